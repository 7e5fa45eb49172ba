#!/usr/bin/env node
// Plain and short on purpose: this must still run, and say what is wrong, on a Node too old for the rest.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `ccmux: Node ${process.versions.node} is too old. Install Node 22.15 or newer: https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  await import('../dist/entry.js');
}
