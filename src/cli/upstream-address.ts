import { upstreamOf } from '../launch/merge.ts';
import { isTrusted, readSettingsFiles } from '../launch/sources.ts';
import { SYSTEM } from '../ground/system.ts';

/** Where `claude`, started in this folder, would go by itself: its settings files beat the environment. */
export function claudeUpstream(env: NodeJS.ProcessEnv, cwd: string): string {
  const files = readSettingsFiles({ env, cwd, sources: ['user', 'project', 'local'], managed: SYSTEM.managedFolder });
  return upstreamOf({ files, env, trusted: isTrusted(env, cwd) });
}
