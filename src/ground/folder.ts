import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it, that only their owner can enter; a folder that is there stays as it is.
 * Not by `mkdir` with `recursive`: under `/proc`, where a new folder fails with ENOENT although its parent is there,
 * Node tries the two for ever, at full speed and deaf to signals (Node 20 to 24).
 * @throws the file system's error.
 */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder || isThere(parent)) throw fault;
    makePrivateFolder(parent);
    mkdirSync(folder, { mode: 0o700 });
  }
}

function isThere(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false }) !== undefined;
}
