import envPaths from 'env-paths';
import { makePrivateFolder } from '../ground/folder.ts';

/** The part of `process.env` that this room reads. */
export type Environment = Record<string, string | undefined>;

export type Folders = {
  /** `config.yaml`, `trust.json`. */
  config: string;
  /** `providers.json`, `discovered.json` and what completion keeps. */
  state: string;
  /** Journals and reports. */
  sessions: string;
  /** What was said in each project, with `memory.mode: project`. */
  memory: string;
};

const { join, dirname } = process.getBuiltinModule('node:path');

/** ccmux's folders: by the XDG variables if they are set, else the platform's own. Nothing is created. */
export function folders(env: Environment = process.env): Folders {
  const platform = envPaths('ccmux', { suffix: '' });
  // On macOS and Windows `env-paths` knows no state folder; its `log` is the XDG state folder on Linux only.
  const platformState = process.platform === 'linux' ? platform.log : platform.data;
  const state = env['XDG_STATE_HOME'] ? join(env['XDG_STATE_HOME'], 'ccmux') : platformState;
  return {
    config: env['XDG_CONFIG_HOME'] ? join(env['XDG_CONFIG_HOME'], 'ccmux') : platform.config,
    state,
    sessions: join(state, 'sessions'),
    memory: join(state, 'memory'),
  };
}

/** The user's home, where the search for a project's file ends. */
export function homeFolder(env: Environment = process.env): string {
  return env['HOME'] ?? process.getBuiltinModule('node:os').homedir();
}

/** Writes a file that only its owner can read, atomically: a reader finds the old text or the new. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  makePrivateFolder(dirname(path));
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(path, text, { mode: 0o600 });
}
