import { constants } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

/**
 * The text of a file that a repository may have brought along. There a link may lead to a device that never ends
 * (`/dev/zero`), to a pipe that nobody writes to, or to a file of the kernel's that waits (its size is 0).
 * @throws the file system's error; an Error for what is no regular file.
 */
export function readRegularFile(path: string): string {
  const state = statSync(path);
  if (!state.isFile()) throw new Error(`${path} is not a regular file`);
  refuseHuge(path, state.size);
  return state.size === 0 ? '' : readFileSync(path, 'utf8');
}

/**
 * The bytes of a file in a folder of ours, where a person or a crash may have put anything else: to open a pipe would wait
 * for ever, and keep this process from ending.
 * @throws the file system's error; one with the code `ENOTREG` (ours, see `words/storage.ts`) for what is no file.
 */
export async function readOwnFile(path: string): Promise<Buffer> {
  const state = await stat(path);
  if (!state.isFile() && !state.isDirectory()) throw failure(path, 'is not a regular file', 'ENOTREG');
  refuseHuge(path, state.size);
  return readFile(path);
}

/** More is no text for Node, and reading it takes seconds and gigabytes. */
function refuseHuge(path: string, size: number): void {
  if (size > constants.MAX_STRING_LENGTH) throw failure(path, 'is too large', 'ERR_FS_FILE_TOO_LARGE');
}

function failure(path: string, what: string, code: string): Error {
  return Object.assign(new Error(`${path} ${what}`), { code, path });
}
