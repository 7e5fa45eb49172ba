import { whenFree } from './when-free.ts';

/** What `writeInOneStep` writes with. */
export const loadWriter = () => import('write-file-atomic');

/**
 * Writes a file that only its owner can read, in one step: a reader finds the old text or the new.
 * @param options.durable false: after a power failure the old text may be there.
 * @throws the file system's error.
 */
export async function writeInOneStep(path: string, text: string, { durable = true } = {}): Promise<void> {
  const { default: writeFileAtomic } = await loadWriter();
  await whenFree(() => writeFileAtomic(path, text, { mode: 0o600, fsync: durable }));
}
