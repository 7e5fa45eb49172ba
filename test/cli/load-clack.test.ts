import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { loadClack } from '../../src/cli/load-clack.ts';

it.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s leaves every kind of question', async (_, key) => {
  const clack = await loadClack();
  const options = [{ value: 'a', label: 'A' }];
  const kinds = [
    (io: object) => clack.confirm({ message: '?', ...io }),
    (io: object) => clack.select({ message: '?', options, ...io }),
    (io: object) => clack.multiselect({ message: '?', options, ...io }),
    (io: object) => clack.text({ message: '?', ...io }),
    (io: object) => clack.password({ message: '?', ...io }),
  ];
  for (const ask of kinds) {
    const input = new PassThrough();
    const answer = ask({ input, output: new PassThrough().resume() });
    input.write(key);
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as on a terminal
    expect(clack.isCancel(await answer)).toBe(true);
  }
});
