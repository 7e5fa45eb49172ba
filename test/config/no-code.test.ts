import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ROWS, scratch } from './scratch.ts';

// A cloned repository's files are data. Each of these would leave a mark if it were run.
const CODE = [
  '.config/config.js',
  '.config/config.cjs',
  '.config/config.mjs',
  '.config/config.ts',
  '.ccmuxrc.js',
  '.ccmuxrc.cjs',
  'ccmux.config.js',
  'imported.cjs',
];

test.each([
  { text: 'switchBack: immediate', result: 'immediate' },
  { text: '$import: ./imported.cjs', result: '$import is not supported' },
  { text: '{ "$import": ["./imported.cjs"] }', result: '$import is not supported' },
])('nothing in a project is run: $text', async ({ text, result }) => {
  const room = scratch();
  const mark = join(room.root, 'was-run');
  const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`;
  for (const name of CODE) room.write(join(room.project, name), code);
  room.write(
    join(room.project, 'package.json'),
    JSON.stringify({ cosmiconfig: { searchPlaces: ['.ccmuxrc.js'] }, ccmux: { switchBack: 'immediate' } }),
  );
  room.rc(text);
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(room.project);
  const outcome = await loadConfig({ env: room.env, catalogue: async () => ROWS }).then(
    ({ config, warnings }) => [config.switchBack, ...warnings].join('\n'),
    (error: Error) => error.message,
  );
  expect(outcome).toContain(result);
  expect(existsSync(mark)).toBe(false);
});
