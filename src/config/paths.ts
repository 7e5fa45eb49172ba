import { makePrivateFolder } from '../ground/folder.ts';
import { ownFolders } from '../ground/places.ts';
import { type Environment, SYSTEM } from '../ground/system.ts';
import { writeInOneStep } from '../ground/write-file.ts';

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

/** Where ccmux keeps its files. Nothing is created. */
export function folders(env: Environment = process.env, system = SYSTEM): Folders {
  const { config, state } = ownFolders(env, system);
  return { config, state, sessions: system.path.join(state, 'sessions'), memory: system.path.join(state, 'memory') };
}

/** Writes a file that only its owner can read, in one step, and makes its folder where there is none. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  makePrivateFolder(process.getBuiltinModule('node:path').dirname(path));
  await writeInOneStep(path, text);
}
