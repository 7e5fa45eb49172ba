import { copyFileSync, cpSync, linkSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { journalOf, root, runCcmux } from '../helpers/claude.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openTerminal } from '../helpers/terminal.ts';

/** A ccmux of its own, with a Node of its own, that can be taken away. */
function install(): { command: string[]; remove(): void } {
  const folder = temporaryFolder('ccmux-installed-');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
  const node = realpathSync(join(root, 'node_modules', '.bin', 'node'));
  const own = join(folder, 'node');
  try {
    linkSync(node, own);
  } catch {
    copyFileSync(node, own);
  }
  return { command: [own, join(folder, 'bin', 'ccmux.js')], remove };
}

it('goes on when ccmux and its Node are removed under a running session', async () => {
  const { command, remove } = install();
  let removed = false;
  const { claude, gemini, place } = await makeCast({
    login: 'subscription',
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    gemini: ({ facts }) => answer(`By Gemini: ${facts.userText}.`),
  });
  claude.script = ({ facts }) => {
    if (facts.side) return answer('ok');
    if (facts.turn < 3) return answer(`Answer ${facts.turn}.`);
    remove();
    removed = true;
    return claudeLimit(inAnHour());
  };
  const statusLine = { type: 'command', command: 'cat >/dev/null; printf my-own-line' };
  writeFileSync(join(place.configDir, 'settings.json'), JSON.stringify({ statusLine }));

  const terminal = await openTerminal(place, [...command, 'claude', '--permission-mode', 'default']);
  const say = async (text: string, then: string) => {
    await terminal.until('❯');
    await terminal.type(text);
    await terminal.press('Enter');
    await terminal.until(then);
  };
  await say('one', 'Answer 1.');
  await terminal.until(/my-own-line │ ccmux ▸ Claude/);
  await say('two', 'Answer 2.');
  expect(removed).toBe(false);
  await say('three', 'By Gemini: three.');
  expect(removed).toBe(true);
  // A run of the status line in which the files went away may have shown nothing; the next one begins without them.
  await say('four', 'By Gemini: four.');
  // What the user had before ccmux is what is left of the status line.
  await expect.poll(() => terminal.screen(), { timeout: 20_000 }).toMatch(/my-own-line(?! │)/);
  await say('/exit', '[exit 0]');
  expect(await terminal.history()).not.toMatch(/please report|ERR_MODULE|\n\s+at /);

  expect(gemini.asked().length).toBeGreaterThan(0);
  expect(journalOf(place).filter(({ type }) => type === 'fault')).toEqual([]);
  expect(readdirSync(join(place.ccmuxState, 'sessions')).filter((name) => name.endsWith('.json'))).toHaveLength(1);
  expect((await runCcmux(place, ['report'])).stdout).toContain('Gemini');
});
