import { expect, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/failures.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { answer, callTool, type Script } from '../../src/demo/script.ts';
import { claudeCommand, journalOf, makePlace, runCcmux, start, type Place } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';

const RESET_MS = 2_500;

/** One session of the real client in which several turns are typed, one behind the other's result. */
function converse(place: Place, ccmuxOptions: string[]) {
  const format = ['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
  const running = start(place, claudeCommand('ccmux', ['-p', ...format, '--allowedTools', 'Bash'], ccmuxOptions), {
    stdin: 'pipe',
  });
  const results = () =>
    running
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{"type":"result"') || line.includes('"type":"result"'))
      .map((line) => (JSON.parse(line) as { result: string }).result);
  return {
    async say(text: string): Promise<string> {
      const before = results().length;
      running.child.stdin!.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content: text } })}\n`);
      await expect.poll(() => results().length, { timeout: 20_000 }).toBe(before + 1);
      return results().at(-1)!;
    },
    async leave() {
      running.child.stdin!.end();
      return running.finished;
    },
  };
}

/** Claude answers, is limited for a moment from the second turn on, and then answers again. */
async function scene() {
  let resetAt = 0;
  const claudeScript: Script = (request) => {
    if (request.facts.turn >= 2 && resetAt === 0) resetAt = Math.ceil((Date.now() + RESET_MS) / 1000) * 1000;
    return Date.now() < resetAt ? claudeLimit(resetAt) : answer(`Claude, turn ${request.facts.turn}`);
  };
  // In the second turn Gemini runs a tool for longer than Claude's limit lasts.
  const geminiScript: Script = ({ facts }) =>
    facts.turn === 2 && facts.stepInTurn === 0
      ? callTool('Bash', { command: `sleep ${(RESET_MS + 1_500) / 1000}`, description: 'Waits' })
      : answer(`Gemini, turn ${facts.turn}`);
  const anthropic = closing(await startAnthropic({ script: claudeScript }));
  const gemini = closing(await startGemini({ script: geminiScript }));
  const place = makePlace({
    baseUrl: anthropic.url,
    env: { GEMINI_API_KEY: GEMINI_KEY },
    ccmux: `order: [claude, gemini]\nproviders:\n  gemini:\n    baseUrl: ${gemini.url}/v1beta\n`,
  });
  const rejections = () => [...anthropic.rejections, ...gemini.rejections].map(({ body }) => body);
  return { place, rejections };
}

const switches = (place: Place) =>
  journalOf(place)
    .filter(({ type }) => type === 'provider-switch')
    .map(({ from, to, cause }) => `${String(from)}>${String(to)} ${String(cause)}`);

test('turn: the loop ends where it began, and the next turn is Claude again', { timeout: 60_000 }, async () => {
  const { place, rejections } = await scene();
  const session = converse(place, ['--switch-back', 'turn']);
  expect(await session.say('one')).toBe('Claude, turn 1');
  expect(await session.say('two')).toBe('Gemini, turn 2');
  expect(await session.say('three')).toBe('Claude, turn 3');
  const { code, stderr } = await session.leave();
  expect(code).toBe(0);
  expect(switches(place)).toEqual(['claude>gemini failover', 'gemini>claude back']);
  expect(stderr).toMatch(/claude answered 429 \(5-hour limit\) · gemini served it in/);
  expect(stderr).toMatch(/claude is back/);
  expect(rejections()).toEqual([]);
});

test(
  'immediate: Claude takes over in the middle of the loop, tools of both sides included',
  { timeout: 60_000 },
  async () => {
    const { place, rejections } = await scene();
    const session = converse(place, ['--switch-back', 'immediate']);
    expect(await session.say('one')).toBe('Claude, turn 1');
    expect(await session.say('two')).toBe('Claude, turn 2');
    expect(await session.say('three')).toBe('Claude, turn 3');
    await session.leave();
    expect(switches(place)).toEqual(['claude>gemini failover', 'gemini>claude back']);
    expect(rejections()).toEqual([]);
  },
);

test('manual: it stays until `ccmux use claude`, which another terminal may say', { timeout: 60_000 }, async () => {
  const { place, rejections } = await scene();
  const session = converse(place, ['--switch-back', 'manual']);
  expect(await session.say('one')).toBe('Claude, turn 1');
  expect(await session.say('two')).toBe('Gemini, turn 2');
  expect(await session.say('three')).toBe('Gemini, turn 3');
  const use = await runCcmux(place, ['use', 'claude']);
  expect(use).toMatchObject({ code: 0 });
  expect(await session.say('four')).toBe('Claude, turn 4');
  const { stderr } = await session.leave();
  expect(stderr).toMatch(/claude is ready again.*ccmux use claude/);
  expect(switches(place)).toEqual(['claude>gemini failover', 'gemini>claude steer']);
  expect(rejections()).toEqual([]);
});
