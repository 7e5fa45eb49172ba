process.getBuiltinModule('node:module').enableCompileCache();
const { run } = await import('./main.ts');

// `ccmux report | head` closes the pipe early (EPIPE), a person closes the terminal (EIO): that is their wish, not a
// fault, and the report must still be written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const code = await run(process);
// What was written to a pipe is still on its way; a keep-alive connection must not keep a finished ccmux alive.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit(code);
