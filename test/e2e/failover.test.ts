import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { apiKeyLimit, geminiOverloaded, openaiLimit, overloaded } from '../simulators/failures.ts';
import { geminiLimit } from '../../src/demo/limits.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { inAnHour, makeCast, outage } from '../helpers/cast.ts';
import { journalOf, runCcmux, runClaude, startStreaming } from '../helpers/claude.ts';

/** The main job, with the real client: somebody else answers the request that just failed. */

it('answers a 429 before the first token from the next provider, and says so in one line', async () => {
  const cast = await makeCast({
    login: 'subscription',
    claude: () => claudeLimit(inAnHour()),
    gemini: [answer('Gemini was here.')],
  });
  const run = await runClaude(cast.place, 'ccmux', 'say who you are');
  expect(run.code).toBe(0);
  expect(run.result()).toMatchObject({ result: 'Gemini was here.', is_error: false });
  expect(cast.claude.asked()).toHaveLength(1);
  const [notice, ...more] = run.stderr.trim().split('\n');
  expect(notice).toMatch(
    /^ccmux: Claude: 429 \(5-hour limit\) · answered by Gemini in (?:< )?[\d.]+ s.* · Claude is back at /,
  );
  expect(more.filter((line) => !line.startsWith('ccmux: '))).toEqual([]);
  const journal = journalOf(cast.place);
  expect(journal.find((event) => event.type === 'attempt-fail')).toMatchObject({
    provider: 'claude',
    failure: 'rate_limit',
    status: 429,
    action: 'failover',
  });
  expect(journal.findLast((event) => event.type === 'exchange-end' && event['provider'] === 'gemini')).toMatchObject({
    outcome: 'answered',
  });
  expect(journal.find((event) => event.type === 'exchange-price' && event['provider'] === 'gemini')).toMatchObject({
    usd: expect.toSatisfy((usd: number) => usd > 0 && usd < 1),
  });
  expect(cast.rejections()).toEqual([]);

  const report = await runCcmux(cast.place, ['report']);
  expect(report.code).toBe(0);
  expect(report.stdout).toContain('Gemini');
});

it('goes on in the middle of a tool loop, three providers deep, with tools answered by each', async () => {
  const cast = await makeCast({ order: ['claude', 'gemini', 'openai', 'chat'], login: 'subscription' });
  const file = join(cast.place.project, 'src/add.js');
  cast.claude.script = [
    callTool('Read', { file_path: file }, { thinking: 'Look first.', text: 'Reading.' }),
    claudeLimit(inAnHour()),
  ];
  cast.gemini.script = [
    callTool('Edit', { file_path: file, old_string: 'a - b', new_string: 'a + b' }, { thinking: 'A minus.' }),
    geminiLimit({ per: 'Day' }),
  ];
  cast.openai.script = [
    {
      type: 'answer',
      thinking: 'Try it.',
      text: 'Two checks at once.',
      toolCalls: [
        { name: 'Bash', input: { command: 'cat src/add.js', description: 'Show the file' } },
        { name: 'Bash', input: { command: 'echo second', description: 'Say second' } },
      ],
    },
    ...outage(overloaded()),
  ];
  cast.chat.script = [answer('All four of us fixed it.')];

  const run = await runClaude(cast.place, 'ccmux', 'fix add');
  expect(run.result()).toMatchObject({ result: 'All four of us fixed it.', is_error: false });
  expect(readFileSync(file, 'utf8')).toContain('a + b');
  expect(cast.gemini.asked()[0]!.facts.toolResults[0]).toContain('a - b');
  expect(cast.openai.asked()[0]!.facts).toMatchObject({ stepInTurn: 2 });
  expect(cast.chat.asked()[0]!.facts.toolResults).toEqual([
    expect.stringContaining('a + b'),
    expect.stringContaining('second'),
  ]);
  expect(cast.rejections()).toEqual([]);
});

it('switches back at the next turn once the limit has reset, and Claude accepts what others wrote', async () => {
  const cast = await makeCast({ login: 'subscription', gemini: () => answer('From Gemini.', { thinking: 'Hm.' }) });
  let limited = true;
  cast.claude.script = ({ facts }) =>
    facts.side
      ? answer('ok')
      : limited
        ? claudeLimit(Date.now() + 1000)
        : answer('From Claude.', { thinking: 'Mine.' });
  const first = await runClaude(cast.place, 'ccmux', 'first');
  expect(first.result().result).toBe('From Gemini.');
  limited = false;
  await new Promise((passed) => setTimeout(passed, 2500));
  const second = await runClaude(cast.place, 'ccmux', 'second', { args: ['--resume', first.result().session_id] });
  expect(second.result().result).toBe('From Claude.');
  expect(cast.claude.asked().at(-1)!.facts.turn).toBe(2);
  expect(cast.rejections()).toEqual([]);
});

it('tells the client truthfully, once, when nobody can answer', async () => {
  const cast = await makeCast({
    order: ['claude', 'gemini', 'openai'],
    claude: () => apiKeyLimit(1800),
    gemini: () => geminiLimit({ per: 'Day' }),
    openai: () => openaiLimit('6m0s'),
  });
  const run = await runClaude(cast.place, 'ccmux', 'anybody?');
  expect(run.code).toBe(1);
  expect(run.result().is_error).toBe(true);
  for (const word of [/429/, /claude/i, /gemini/i, /openai/i]) expect(run.result().result).toMatch(word);
  expect(run.stderr).toContain('ccmux: no provider could answer');
  expect([cast.claude, cast.gemini, cast.openai].map((one) => one.asked().length)).toEqual([1, 1, 1]);
  expect(cast.rejections()).toEqual([]);
});

it('lets the client try again when somebody will soon be able to answer', async () => {
  const cast = await makeCast({
    claude: [apiKeyLimit(1800)],
    gemini: [geminiOverloaded(), geminiOverloaded(), answer('At last.')],
  });
  const run = await runClaude(cast.place, 'ccmux', 'anybody?');
  expect(run.result()).toMatchObject({ result: 'At last.', is_error: false });
  expect(cast.claude.asked()).toHaveLength(1);
  expect(cast.rejections()).toEqual([]);
});

it("serves a subagent while its session's Claude is limited", async () => {
  const cast = await makeCast({ login: 'subscription' });
  const inSubagent = (names: string[]) => !names.includes('Agent');
  cast.claude.script = ({ facts }) => {
    if (facts.side) return answer('ok');
    if (facts.stepInTurn === 0 && !inSubagent(facts.toolNames))
      return callTool('Agent', {
        description: 'Look',
        prompt: 'Find the bug.',
        subagent_type: 'general-purpose',
        run_in_background: false,
      });
    return claudeLimit(inAnHour());
  };
  cast.gemini.script = ({ facts }) => {
    if (facts.userText.includes('Find the bug.') && facts.stepInTurn === 0)
      return callTool('Read', { file_path: join(cast.place.project, 'src/add.js') });
    return facts.userText.includes('Find the bug.') ? answer('It is the minus.') : answer('The agent found it.');
  };
  const run = await runClaude(cast.place, 'ccmux', 'send an agent', { allow: 'Agent,Read' });
  expect(run.result()).toMatchObject({ result: 'The agent found it.', is_error: false });
  const threads = journalOf(cast.place).flatMap((event) => (event.type === 'exchange-start' ? [event['thread']] : []));
  expect(threads).toContain('subagent');
  expect(threads).toContain('main');
  expect(cast.rejections()).toEqual([]);
});

it('remembers a limit for the next session, and tells it at the first answer', async () => {
  const cast = await makeCast({ claude: () => apiKeyLimit(1800), gemini: () => answer('Gemini.') });
  await runClaude(cast.place, 'ccmux', 'first');
  const second = await runClaude(cast.place, 'ccmux', 'second');
  expect(second.result().result).toBe('Gemini.');
  expect(second.stderr).toMatch(/^ccmux: /);
  expect(cast.claude.asked()).toHaveLength(1);
  expect(cast.rejections()).toEqual([]);
});

it('leaves a journal that can be read after kill -9', async () => {
  const cast = await makeCast({
    claude: () => claudeLimit(inAnHour()),
    gemini: () => answer('slow '.repeat(500), { chunkDelayMs: 100 }),
  });
  const running = startStreaming(cast.place, 'hello');
  await expect.poll(() => running.stdout().includes('text_delta'), { timeout: 15_000 }).toBe(true);
  running.child.kill('SIGKILL');
  await expect.poll(() => cast.gemini.aborts.length, { timeout: 5000 }).toBe(1);
  const report = await runCcmux(cast.place, ['report']);
  expect([report.code, report.stderr]).toEqual([0, '']);
  expect(report.stdout).toContain('ended abruptly');
  expect(journalOf(cast.place).map((event) => event.type)).toContain('attempt-fail');
});
