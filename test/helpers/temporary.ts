import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** @returns the path of a new folder, which is removed when the test has finished. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => removeLater(folder));
  return folder;
}

/** A program that was killed a moment ago can still write its last files into the folder: try until it is quiet. */
async function removeLater(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after another
      await rm(folder, { recursive: true, force: true });
      return;
    } catch {
      // oxlint-disable-next-line no-await-in-loop
      await sleep(200);
    }
  }
  throw new Error(`a program still writes into ${folder}, ten seconds after the test that started it`);
}
