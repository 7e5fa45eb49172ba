import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, runClaude } from '../helpers/claude.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/**
 * What every version of Claude Code must do behind ccmux, by `-p` and in the terminal: with the one that is a
 * dependency, and with those that `run.mjs` installs (TEST_CLIENT is the folder of their program).
 */
async function castWithClient() {
  const cast = await makeCast({
    claude: ({ facts }) => (facts.userText.includes('second') ? claudeLimit(inAnHour()) : answer('Claude here.')),
    gemini: () => answer('Gemini here.'),
  });
  const { env } = cast.place;
  if (process.env['TEST_CLIENT']) env['PATH'] = `${process.env['TEST_CLIENT']}:${env['PATH']}`;
  return cast;
}

it('answers by -p, Claude and a fallback', async () => {
  const { place } = await castWithClient();
  expect((await runClaude(place, 'ccmux', 'first')).result()).toMatchObject({ result: 'Claude here.' });
  expect((await runClaude(place, 'ccmux', 'second')).result()).toMatchObject({ result: 'Gemini here.' });
}, 60_000);

it('answers in the terminal, Claude and a fallback, with the notice under the answer', async () => {
  const { place } = await castWithClient();
  const terminal = await openTerminal(place, claudeCommand('ccmux', []));
  expect(await terminal.until('❯', 40)).not.toMatch(/settings error/i);
  await say(terminal, 'first');
  await terminal.until('Claude here.', 40);
  await say(terminal, 'second');
  await terminal.until('Gemini here.', 40);
  await terminal.until(/Claude: 429[\s\S]*answered by Gemini/, 40);
}, 120_000);

/** Older clients take an Enter that comes with the text for a line of a pasted text. */
async function say(terminal: Terminal, text: string): Promise<void> {
  await terminal.type(text);
  await terminal.until(new RegExp(`❯\\s${text}`));
  await sleep(500);
  await terminal.press('Enter');
}
