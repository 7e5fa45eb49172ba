import { readFileSync, statSync } from 'node:fs';

/**
 * The text of a file that a repository may have brought along. There a link may lead to a device that never ends
 * (`/dev/zero`), to a pipe that nobody writes to, or to a file of the kernel's that waits (its size is 0).
 * @throws the file system's error; an Error for what is no regular file.
 */
export function readRegularFile(path: string): string {
  const state = statSync(path);
  if (!state.isFile()) throw new Error(`${path} is not a regular file`);
  return state.size === 0 ? '' : readFileSync(path, 'utf8');
}
