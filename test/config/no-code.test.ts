import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

test.each(['switchBack: manual', '$import: ./imported.cjs', '{ "$import": ["./imported.cjs"] }'])(
  'nothing in a project is run: %s',
  async (text) => {
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
    process.chdir(room.project);
    try {
      const loading = loadConfig({ env: room.env, catalogue: async () => ROWS });
      if (text.includes('$import')) await expect(loading).rejects.toThrow(/\$import is not supported/);
      else expect((await loading).config.switchBack).toBe('manual');
    } finally {
      process.chdir(before);
    }
    expect(existsSync(mark)).toBe(false);
  },
);
