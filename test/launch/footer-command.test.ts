import { expect, test } from 'vitest';
import { systemOf } from '../../src/ground/system.ts';
import { footerCommand } from '../../src/launch/footer-command.ts';

const NODE = 'C:\\Program Files\\nodejs\\node.exe';
const SCRIPT = 'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\ccmux\\dist\\footer.js';
const SLASHED = 'C:/Users/me/AppData/Roaming/npm/node_modules/ccmux/dist/footer.js';

test.each([
  ['Node on the PATH', { Path: 'C:\\Windows;C:\\Program Files\\nodejs' }, `node "${SLASHED}"`],
  ['Node elsewhere', { Path: 'C:\\Windows' }, `"C:/Program Files/nodejs/node.exe" "${SLASHED}"`],
])('on Windows, for Git Bash and PowerShell: %s', (_, env, expected) => {
  const machine = { system: systemOf('win32'), node: NODE, isThere: (path: string) => path === NODE };
  expect(footerCommand(SCRIPT, env, machine)).toBe(expected);
});

test.each([
  ['a$b', `node 'C:/Users/a$b/f.js'`],
  ['a`b', `node 'C:/Users/a\`b/f.js'`],
  ["o'b", `node "C:/Users/o'b/f.js"`],
])('on Windows no shell fills anything into the name %s', (user, expected) => {
  const machine = { system: systemOf('win32'), node: NODE, isThere: () => true };
  expect(footerCommand(`C:\\Users\\${user}\\f.js`, { Path: 'C:\\Windows' }, machine)).toBe(expected);
});

test('elsewhere the user’s own line is shown if ccmux is removed', () => {
  expect(footerCommand("/it's/footer.js", {}, { system: systemOf('darwin'), node: '/n' })).toBe(
    `[ -x '/n' ] && [ -f '/it'\\''s/footer.js' ] && exec '/n' '/it'\\''s/footer.js'; eval "$CCMUX_STATUS_LINE"`,
  );
});
