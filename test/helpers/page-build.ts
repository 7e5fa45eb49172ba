import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Bundles the page's client as the build does, so that a test never meets an old one. */
export async function buildPage(): Promise<void> {
  const script = fileURLToPath(new URL('../../bin/build-page.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [script]);
}
