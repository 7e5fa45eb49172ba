import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { whenFreeSync } from './when-free.ts';

/**
 * Writes a small private file in one step: whoever reads it meanwhile finds the old text or the new. Where there is no
 * room the old one stays, and nothing beside it.
 * @throws the file system's error.
 */
export function replaceFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  try {
    writeFileSync(fresh, text, { mode: 0o600 });
    whenFreeSync(() => renameSync(fresh, path));
  } catch (fault) {
    rmSync(fresh, { force: true });
    throw fault;
  }
}
