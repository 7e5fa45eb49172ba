import { folders } from '../config/paths.ts';
import { makePrivateFolder } from '../ground/folder.ts';
import { noteInherited } from '../launch/descriptors.ts';
import { hourCycleOf } from '../report/hour-cycle.ts';
import { storageCause } from '../words/storage.ts';
import { setHourCycle } from '../words/time.ts';

noteInherited();
keepCompiledCode();
const { run } = await import('./main.ts');
setHourCycle(() => hourCycleOf(process.env));

// `ccmux report | head` closes the pipe early (EPIPE), and a user closes the terminal (EIO): neither is a fault, and
// the report must still be written. A full disk behind `>` is reported.
let lost: string | undefined;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || code === 'EIO' || stream === process.stderr || lost !== undefined) return;
    lost = storageCause(code);
    process.stderr.write(`ccmux: the output cannot be written (${lost})\n`);
  });
}

const code = await run(process);
// Output to a pipe is still on its way; a keep-alive connection must not keep a finished ccmux alive.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit(code === 0 && lost !== undefined ? 1 : code);

/**
 * By default Node keeps compiled code in the shared temporary folder. ccmux creates its own folder first, because Node
 * tries for ever if it cannot create one (below `/proc`).
 */
function keepCompiledCode(): void {
  if (process.env['NODE_DISABLE_COMPILE_CACHE']) return;
  const cache = process.getBuiltinModule('node:path').join(folders().state, 'compile-cache');
  try {
    makePrivateFolder(cache);
    process.getBuiltinModule('node:module').enableCompileCache(cache);
  } catch {
    // An unwritable state folder costs some milliseconds here; the session reports it.
  }
}
