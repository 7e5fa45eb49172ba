import { upstreamOf } from '../session/merge.ts';
import { isTrusted, managedFolder, readSettingsFiles } from '../session/sources.ts';

/** Where `claude`, started in this folder, would go by itself: its settings files beat the environment. */
export function claudeUpstream(env: NodeJS.ProcessEnv, cwd: string): string {
  const files = readSettingsFiles({ env, cwd, sources: ['user', 'project', 'local'], managed: managedFolder() });
  return upstreamOf({ files, env, trusted: isTrusted(env, cwd) });
}
