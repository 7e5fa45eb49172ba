import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, journalOf, makePlace, runClaude } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/** Whose request it is, and where its credential may go: with the real client. */

async function say(terminal: Terminal, text: string) {
  await terminal.until('❯');
  await terminal.type(text);
  await terminal.press('Enter');
}

/** What a user's settings file says who switches accounts by it. */
const account = (host: string, token: string) =>
  JSON.stringify({ env: { ANTHROPIC_BASE_URL: host, ANTHROPIC_AUTH_TOKEN: token } });

it.each(['plain', 'ccmux'] as const)(
  'host and token switched in the settings of a running session: %s',
  async (through) => {
    const [first, second] = [closing(await startAnthropic()), closing(await startAnthropic())];
    first.script = () => answer('from the first');
    second.script = () => answer('from the second');
    const env = { ANTHROPIC_API_KEY: '', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
    const place = makePlace({ baseUrl: first.url, env });
    const settings = join(place.configDir, 'settings.json');
    writeFileSync(settings, account(first.url, 'sk-ant-first'));
    const terminal = await openTerminal(place, claudeCommand(through, ['--permission-mode', 'default']));
    await say(terminal, 'hello');
    await terminal.until('from the first');
    writeFileSync(settings, account(second.url, 'sk-ant-second'));
    // The client notices by itself, some time later.
    for (let tries = 0; tries < 20 && second.asked().length === 0; tries++) {
      await sleep(500);
      await say(terminal, `again ${tries}`);
      await terminal.until(new RegExp(`again ${tries}[\\s\\S]*from the (first|second)`));
    }
    const tokens = ({ requests }: typeof first) => [
      ...new Set(requests.map(({ headers }) => headers['authorization'])),
    ];
    expect(tokens(first).filter(Boolean)).toEqual(['Bearer sk-ant-first']);
    expect(tokens(second).filter(Boolean)).toEqual(['Bearer sk-ant-second']);
  },
);

it('a conversation after /clear is the session as before: its limit fails over', async () => {
  const cast = await makeCast({ env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' } });
  cast.claude.script = () => answer('Claude here');
  cast.gemini.script = () => answer('Gemini here');
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', ['--permission-mode', 'default']));
  await say(terminal, 'hello');
  await terminal.until('Claude here');
  await say(terminal, '/clear');
  await terminal.until(/\/clear|no content/);
  cast.claude.script = () => claudeLimit(inAnHour());
  await sleep(1_000);
  await say(terminal, 'and now');
  await terminal.until('Gemini here');
  const sessions = cast.claude.asked().map(({ headers }) => headers['x-claude-code-session-id']);
  expect(new Set(sessions).size).toBe(2);
});

it('a claude that a command runs belongs to the session with the same login, and is a program with another', async () => {
  const nested = (more: string) => `${more} claude -p nested --output-format text < /dev/null`;
  for (const [more, own] of [
    ['', true],
    ['ANTHROPIC_API_KEY=sk-ant-api03-of-somebody-else-0000000000000000', false],
  ] as const) {
    const cast = await makeCast();
    cast.gemini.script = () => answer('Gemini for the nested one');
    cast.claude.script = ({ facts }) => {
      if (facts.side) return answer('ok');
      if (facts.userText.includes('nested')) return claudeLimit(inAnHour());
      return facts.stepInTurn === 0
        ? callTool('Bash', { command: nested(more), description: 'Asks another' })
        : answer('Done.');
    };
    const run = await runClaude(cast.place, 'ccmux', 'run it');
    expect(run.code).toBe(0);
    const relayed = journalOf(cast.place).filter(({ type }) => type === 'program-relay');
    expect(cast.gemini.asked().length > 0).toBe(own);
    expect(relayed.length > 0).toBe(!own);
  }
});
