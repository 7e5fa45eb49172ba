import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand } from '../helpers/claude.ts';
import { openTerminal } from '../helpers/terminal.ts';

/** In a real terminal: Claude Code draws, ccmux speaks through it and never over it. */

it.each([
  { columns: 120, rows: 40, show: 'false', thinking: 'updates' },
  { columns: 80, rows: 24, show: 'true', thinking: 'summarized' },
])('shows the notice under the answer at $columns × $rows, and the same line after the exit', async (row) => {
  const { columns, rows, show, thinking } = row;
  const cast = await makeCast({ login: 'key' });
  cast.place.env['CCMUX_SHOW_THINKING'] = show;
  cast.claude.script = ({ facts }) => {
    if (facts.side) return answer('ok');
    if (facts.turn === 1) return answer('Claude says hello.');
    return facts.stepInTurn === 0
      ? callTool('Bash', { command: 'echo from-a-tool', description: 'Say it' })
      : claudeLimit(inAnHour());
  };
  cast.gemini.script = () => answer('Gemini went on.');
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', ['--allowedTools', 'Bash']), {
    columns,
    rows,
  });
  await terminal.until('❯');
  await terminal.type('hello');
  await terminal.press('Enter');
  expect(await terminal.until('Claude says hello.')).not.toContain('ccmux: ');

  await terminal.type('use a tool');
  await terminal.press('Enter');
  await terminal.until('Gemini went on.');
  const shown = await terminal.until(/Claude: 429[\s\S]*answered by Gemini/);
  expect(shown).toMatch(/says: ccmux: Claude: 429/);

  await terminal.type('/exit');
  await terminal.press('Enter');
  expect(await terminal.exited()).toBe(0);
  const after = (await terminal.history()).split('❯ /exit').at(-1)!;
  expect(after).toMatch(/^ccmux: Claude: 429/m);
  const typed = cast.claude.requests.filter(({ facts }) => !facts.side);
  expect(typed.map(({ json }) => json.thinking?.display)).toEqual(typed.map(() => thinking));
  expect(cast.rejections()).toEqual([]);
});

it('shows in the footer who answers', async () => {
  const cast = await makeCast({ claude: () => claudeLimit(inAnHour()), gemini: () => answer('Gemini here.') });
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', []), { columns: 100, rows: 30 });
  await terminal.until('❯');
  await terminal.type('hello');
  await terminal.press('Enter');
  await terminal.until('Gemini here.');
  const end = Date.now() + 15_000;
  const footer = async () => (await terminal.screen()).trimEnd().split('\n').slice(-4).join('\n');
  while (!/gemini/i.test(await footer()) && Date.now() < end) await new Promise((passed) => setTimeout(passed, 200));
  expect(await footer()).toMatch(/gemini/i);
});

it('leaves at Ctrl-C twice as plain claude does, and nothing behind', async () => {
  const cast = await makeCast({ claude: () => ({ type: 'hang' }) });
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', []), { columns: 100, rows: 30 });
  await terminal.until('❯');
  await terminal.type('hello');
  await terminal.press('Enter');
  await expect.poll(() => cast.claude.asked().length, { timeout: 15_000 }).toBe(1);
  await terminal.press('Escape');
  await expect.poll(() => cast.claude.aborts.length, { timeout: 5000 }).toBe(1);
  // Esc put the words back into the box; the first Ctrl-C empties it.
  for (let tries = 0; tries < 4 && !/\[exit/.test(await terminal.history()); tries += 1) {
    await terminal.press('C-c');
    await new Promise((passed) => setTimeout(passed, 400));
  }
  expect(await terminal.exited()).toBe(0);
});
