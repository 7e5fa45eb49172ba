import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool, type Facts } from '../../src/demo/script.ts';
import { inAnHour, makeCast, type Cast } from '../helpers/cast.ts';
import { claudeCommand, type Place } from '../helpers/claude.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/** What a person does to a conversation in the real client, and what becomes of its memory. */

async function say(terminal: Terminal, text: string) {
  await terminal.type(text);
  await terminal.until(text);
  await terminal.press('Enter');
}

/** What is kept of the project for later sessions. */
function keptIn(place: Place): string {
  const folder = join(place.ccmuxState, 'memory');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

const OTTER = 'The otter queue is full after 40 entries in pushOtter.';
const BADGER = 'The badger lock is lost for 3 ms in reserveBadger.';
const FERRET = 'The ferret cache is stale for 12 s in warmFerret.';

it('what is rewound is forgotten; what is cleared stays for later sessions alone', async () => {
  const thoughts: Record<string, string> = { first: OTTER, second: BADGER, third: FERRET };
  let isLimited = false;
  const cast = await makeCast({
    settings: 'memory: { mode: project }',
    env: { CCMUX_SHOW_THINKING: 'true' },
    claude: ({ facts }) => {
      if (facts.side) return answer('ok');
      if (isLimited) return claudeLimit(inAnHour());
      const word = Object.keys(thoughts).find((each) => facts.userText.endsWith(each)) ?? '';
      return answer(`Here is what I make of the ${word}.`, { thinking: thoughts[word]! });
    },
    gemini: ({ facts }) => answer(facts.side ? 'ok' : `Gemini on: ${facts.userText.split(' ').at(-1)}`),
  });
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', []), { columns: 110, rows: 40 });
  await terminal.until('❯');
  await say(terminal, 'look at the first');
  await terminal.until('make of the first.');
  await say(terminal, 'look at the second');
  await terminal.until('make of the second.');
  await rewind(terminal, 'look at the second');
  await say(terminal, 'look at the third');
  await terminal.until('make of the third.');
  isLimited = true;
  await say(terminal, 'and what about reserveBadger?');
  await terminal.until('Gemini on: reserveBadger?');
  const afterRewind = JSON.stringify(cast.gemini.asked().at(-1)!.json);
  expect([OTTER, BADGER, FERRET].map((each) => afterRewind.includes(each))).toEqual([true, false, true]);
  await expect.poll(() => keptIn(cast.place)).toContain(FERRET);
  expect(keptIn(cast.place)).not.toContain(BADGER);

  await say(terminal, '/clear');
  await expect.poll(() => terminal.screen()).not.toContain('make of the third.');
  await say(terminal, 'and what about pushOtter?');
  await terminal.until('Gemini on: pushOtter?');
  expect(JSON.stringify(cast.gemini.asked().at(-1)!.json)).not.toContain('otter queue');
  expect(keptIn(cast.place)).toContain(OTTER);
  expect(cast.rejections()).toEqual([]);
});

/** As Esc twice does, but for its moment. The message is chosen, then "Restore conversation". */
async function rewind(terminal: Terminal, message: string) {
  await say(terminal, '/rewind');
  await terminal.until('(current)');
  await terminal.press('Up');
  await terminal.until(new RegExp(`❯ ${message}\\s+No code changes`));
  await terminal.press('Enter');
  await terminal.until('Restore conversation');
  await terminal.press('Enter');
  await expect.poll(() => terminal.screen()).not.toContain('Restore conversation');
  // Its words are in the input line again.
  await terminal.press('C-u');
}

const work =
  (cast: () => Cast) =>
  ({ facts }: { facts: Facts }) => {
    const file = join(cast().place.project, 'src/add.js');
    if (facts.side) return answer('ok');
    if (facts.stepInTurn === 0) return callTool('Read', { file_path: file });
    if (facts.stepInTurn === 1) return callTool('Edit', { file_path: file, old_string: 'a - b', new_string: 'a + b' });
    // There are no tests: a run that fails.
    if (facts.stepInTurn === 2) return callTool('Bash', { command: 'npm test', description: 'Run the tests' });
    return answer('Gemini has mended it.');
  };

it.each([
  { what: 'a choice', settings: '', chosen: true },
  { what: 'a route', settings: 'routes: [{ when: { prompt: [mend] }, order: [gemini, claude] }]', chosen: false },
])('once Claude is back after $what, the terminal says what Gemini did, and nothing is sent', async (row) => {
  const cast: Cast = await makeCast({
    settings: row.settings,
    claude: ({ facts }) => answer(facts.side ? 'ok' : 'Claude is here.'),
    gemini: work(() => cast),
  });
  const command = claudeCommand('ccmux', ['--permission-mode', 'acceptEdits', '--allowedTools', 'Read,Edit,Bash']);
  const terminal = await openTerminal(cast.place, command, { columns: 100, rows: 40 });
  await terminal.until('❯');
  if (row.chosen) await order(terminal, 'ccmux use gemini', 'Gemini answers from the next request on.');
  await say(terminal, 'please mend it');
  await terminal.until('Gemini has mended it.');
  if (row.chosen) await order(terminal, 'ccmux use auto', 'Your order applies again from the next request on');
  await say(terminal, 'and then?');
  const shown = await terminal.until(/Review what Gemini changed in turn \d: add\.js/);
  expect(shown.replaceAll(/\s+/g, ' ')).toContain('Gemini answered 1 turn: edited 1 file, ran the tests: failed');
  // Gemini was told nothing of its own work, and Claude nothing at all.
  const asked = [...cast.gemini.asked(), ...cast.claude.requests].map(({ body }) => String(body));
  expect(asked.filter((body) => /handoff-note|Review what/.test(body))).toEqual([]);
  expect(cast.rejections()).toEqual([]);
});

/** A line that ccmux takes; Claude Code leaves it where it was typed. */
async function order(terminal: Terminal, line: string, told: string) {
  await say(terminal, line);
  await terminal.until(told);
  await terminal.press('C-u');
}
