import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { overloaded } from '../simulators/failures.ts';
import { answer, callTool, type Facts, type Script } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { runCcmux, runClaude } from '../helpers/claude.ts';
import { openConversation } from '../helpers/conversation.ts';

/** When Claude comes back, in each mode, across a reset, in one session of the real client. */

/** Two tools, then an answer; the first tool takes as long as the test says. */
const working =
  (who: string, seconds = 0) =>
  ({ facts }: { facts: Facts }) => {
    if (facts.side) return answer('ok');
    if (facts.stepInTurn === 0)
      return callTool('Bash', { command: `sleep ${seconds}; echo one`, description: 'First' });
    if (facts.stepInTurn === 1) return callTool('Bash', { command: 'echo two', description: 'Second' });
    return answer(`${who} did it.`);
  };

/** A Claude whose limit strikes at the first question, for some seconds. */
function limitedFor(seconds: number): { script: Script; resetAt(): number } {
  let resetAt = 0;
  const work = working('Claude');
  return {
    resetAt: () => resetAt,
    script(request) {
      if (request.facts.side) return answer('ok');
      resetAt ||= Math.ceil(Date.now() / 1000 + seconds) * 1000;
      return Date.now() < resetAt ? claudeLimit(resetAt) : work(request);
    },
  };
}

const initials = (models: string[]) => models.map((model) => (model.startsWith('claude') ? 'C' : 'G')).join('');

it('turn: back in the tool loop after a limit of some seconds, once; then with the next thing the user types', async () => {
  // Limited at its first and at its third question.
  let asked = 0;
  let resetAt = 0;
  const work = working('Claude');
  const cast = await makeCast({
    login: 'subscription',
    claude(request) {
      if (request.facts.side) return answer('ok');
      asked += 1;
      if (asked === 1 || asked === 3) resetAt = Math.ceil(Date.now() / 1000 + 1) * 1000;
      return Date.now() < resetAt ? claudeLimit(resetAt) : work(request);
    },
    gemini: ({ facts }) => {
      if (facts.side) return answer('ok');
      if (facts.stepInTurn > 3) return answer('Gemini did it.');
      // There are no tests: a run that fails.
      const command = facts.stepInTurn === 0 ? 'npm test' : 'echo on';
      return callTool('Bash', { command: `sleep 3; ${command}`, description: 'Works' });
    },
  });
  const conversation = openConversation(cast.place);
  const first = await conversation.ask('first');
  expect([first.text, initials(first.models)]).toEqual(['Gemini did it.', 'GCGGG']);
  expect(Date.now()).toBeGreaterThan(resetAt);
  const second = await conversation.ask('second');
  expect([second.text, initials(second.models)]).toEqual(['Claude did it.', 'CCC']);
  await conversation.end();
  expect(conversation.stderr()).toMatch(/Claude is back/);
  expect(conversation.stderr()).toMatch(/Gemini answered 1 turn: ran the tests: failed/);
  expect(conversation.stderr()).toMatch(/^ccmux: Review what Gemini did in turn 1$/m);
  expect(cast.claude.requests.some(({ body }) => String(body).includes('Review what'))).toBe(false);
  expect(cast.rejections()).toEqual([]);
});

it('turn: one line for a hiccup, and back with the first request after the cooldown', async () => {
  let asked = 0;
  const work = working('Claude');
  const cast = await makeCast({
    claude: (request) => (!request.facts.side && ++asked <= 3 ? overloaded() : work(request)),
    gemini: working('Gemini', 6),
  });
  const conversation = openConversation(cast.place);
  const first = await conversation.ask('first');
  expect([first.text, initials(first.models)]).toEqual(['Claude did it.', 'GCC']);
  await conversation.end();
  // One line when it happens, and the last line of the session.
  expect(conversation.stderr().match(/^ccmux: .*/gm)).toEqual([
    expect.stringMatching(/^ccmux: Claude: 529 overloaded/),
    expect.stringMatching(/^ccmux: 1 failover/),
  ]);
  expect(cast.rejections()).toEqual([]);
});

it('immediate: the next step of the same tool loop', async () => {
  const limit = limitedFor(2);
  const cast = await makeCast({
    login: 'subscription',
    claude: limit.script,
    gemini: working('Gemini', 4),
  });
  const conversation = openConversation(cast.place, ['--switch-back', 'immediate']);
  const first = await conversation.ask('first');
  expect([first.text, initials(first.models)]).toEqual(['Claude did it.', 'GCC']);
  await conversation.end();
  expect(cast.rejections()).toEqual([]);
});

it('manual: when the user says so, who is told when that is possible', async () => {
  const limit = limitedFor(2);
  const cast = await makeCast({
    login: 'subscription',
    claude: limit.script,
    gemini: working('Gemini'),
  });
  const conversation = openConversation(cast.place, ['--switch-back', 'manual']);
  expect((await conversation.ask('first')).text).toBe('Gemini did it.');
  await sleep(limit.resetAt() - Date.now() + 300);
  const second = await conversation.ask('second');
  expect([second.text, initials(second.models)]).toEqual(['Gemini did it.', 'GGG']);
  await expect.poll(conversation.stderr, { timeout: 5000 }).toMatch(/Claude is available again/);
  const used = await runCcmux(cast.place, ['use', 'claude']);
  expect([used.code, used.stderr]).toEqual([0, '']);
  const third = await conversation.ask('third');
  expect([third.text, initials(third.models)]).toEqual(['Claude did it.', 'CCC']);
  await conversation.end();
  expect(cast.rejections()).toEqual([]);
});

it('--no-failover and use --only: nobody else, whatever happens', async () => {
  const cast = await makeCast({ claude: () => claudeLimit(inAnHour()), gemini: working('Gemini') });
  const alone = openConversation(cast.place, ['--no-failover']);
  expect((await alone.ask('anybody?')).isError).toBe(true);
  await alone.end();
  expect(cast.gemini.requests).toEqual([]);

  const pinned = openConversation(cast.place);
  expect((await pinned.ask('first')).text).toBe('Gemini did it.');
  expect((await runCcmux(cast.place, ['use', 'claude', '--only'])).code).toBe(0);
  expect((await pinned.ask('second')).isError).toBe(true);
  expect((await runCcmux(cast.place, ['use', 'auto'])).code).toBe(0);
  expect((await pinned.ask('third')).text).toBe('Gemini did it.');
  await pinned.end();
  expect(cast.rejections()).toEqual([]);
});

it('a later session: what Gemini did in the one before is told at the first answer of Claude, once', async () => {
  let isLimited = true;
  const cast = await makeCast({
    login: 'subscription',
    settings: 'memory: { mode: off }',
    claude: ({ facts }) => (isLimited && !facts.side ? claudeLimit(inAnHour()) : answer('Claude is here.')),
    gemini: ({ facts }) =>
      facts.side || facts.stepInTurn > 0
        ? answer('Gemini did it.')
        : callTool('Bash', { command: 'npm test', description: 'Run the tests' }),
  });
  const go = (prompt: string, ...args: string[]) => runClaude(cast.place, 'ccmux', prompt, { args });
  expect((await go('first')).stderr).not.toContain('Review what');
  expect((await go('second', '-c')).stderr).not.toContain('Review what');
  isLimited = false;
  // The limit, which the next session would know.
  rmSync(join(cast.place.ccmuxState, 'providers.json'));
  const third = await go('third', '-c');
  expect(third.stdout).toContain('Claude is here.');
  expect(third.stderr).toMatch(/Gemini answered 2 turns: ran the tests: failed/);
  expect(third.stderr).toMatch(/^ccmux: Review what Gemini did before this conversation was resumed$/m);
  expect((await runCcmux(cast.place, ['report'])).stdout).toMatch(/Review what\s+Gemini did before this/);
  expect((await go('fourth', '-c')).stderr).not.toContain('Review what');
  expect(cast.rejections()).toEqual([]);
});
