import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { overloadedInStream } from '../simulators/failures.ts';
import { answer, type Step } from '../../src/demo/script.ts';
import { inAnHour, makeCast, outage } from '../helpers/cast.ts';
import { claudeCommand, journalOf, runClaude, start, startStreaming } from '../helpers/claude.ts';

/** Streams that go wrong, and clients that hang up. */

it('fails over on an error event before any content', async () => {
  const cast = await makeCast({ claude: outage(overloadedInStream(false)), gemini: [answer('Gemini took it.')] });
  const run = await runClaude(cast.place, 'ccmux', 'hello');
  expect(run.result()).toMatchObject({ result: 'Gemini took it.', is_error: false });
  // Two more tries, as far as two seconds allow on a busy machine.
  expect([2, 3]).toContain(cast.claude.asked().length);
  expect(cast.rejections()).toEqual([]);
});

it('fails over on a connection that is cut before any content, and on one that is refused', async () => {
  const cast = await makeCast({
    claude: () => ({ type: 'refuse' }),
    gemini: [answer('Gemini took it.')],
  });
  const refused = await runClaude(cast.place, 'ccmux', 'hello');
  expect(refused.result().result).toBe('Gemini took it.');

  const cutting = await makeCast({
    claude: () => ({ type: 'cut', afterContent: false }),
    gemini: [answer('And this.')],
  });
  expect((await runClaude(cutting.place, 'ccmux', 'hello')).result().result).toBe('And this.');
  expect([...cast.rejections(), ...cutting.rejections()]).toEqual([]);
});

it('relays a cut after content as it is, and the retry of the client reaches the next provider', async () => {
  const cast = await makeCast({
    claude: [{ type: 'cut', afterContent: true }],
    gemini: () => answer('Gemini started over.'),
  });
  const run = await runClaude(cast.place, 'ccmux', 'hello');
  expect(run.result().is_error).toBe(false);
  expect(run.result().result).toContain('Gemini started over.');
  expect(cast.claude.asked()).toHaveLength(1);
  expect(journalOf(cast.place).some((event) => event.type === 'exchange-end' && event['outcome'] === 'cut')).toBe(true);
  expect(cast.rejections()).toEqual([]);
});

it('relays an error event after content, and the retry of the client reaches the next provider', async () => {
  const cast = await makeCast({
    claude: [overloadedInStream(true)],
    gemini: () => answer('Gemini started over.'),
  });
  const run = await runClaude(cast.place, 'ccmux', 'hello');
  expect(run.result()).toMatchObject({ result: 'Gemini started over.', is_error: false });
  expect(cast.claude.asked()).toHaveLength(1);
  expect(cast.rejections()).toEqual([]);
});

it('looks into a compressed stream without touching it', async () => {
  const cast = await makeCast({ gemini: [answer('Gemini took it.')] });
  cast.claude.script = [answer('Claude, compressed.', { encoding: 'br', chunkBytes: 7 })];
  expect((await runClaude(cast.place, 'ccmux', 'hello')).result().result).toBe('Claude, compressed.');

  const failing = overloadedInStream(false);
  cast.claude.script = outage({ ...failing, answer: answer('never seen', { encoding: 'gzip' }) } as Step);
  expect((await runClaude(cast.place, 'ccmux', 'hello')).result().result).toBe('Gemini took it.');
  const commits = journalOf(cast.place).filter((event) => event.type === 'attempt-commit');
  expect(commits.map((event) => event['provider'])).toEqual(['claude', 'gemini']);
  expect(cast.rejections()).toEqual([]);
});

it('fails over when no answer begins within the time that the user allows', async () => {
  const cast = await makeCast({ claude: () => ({ type: 'hang' }), gemini: [answer('Gemini took it.')] });
  const run = await runClaude(cast.place, 'ccmux', 'hello', { ccmuxOptions: ['--first-byte-timeout', '1s'] });
  expect(run.result().result).toBe('Gemini took it.');
  expect(run.stderr).toMatch(/^ccmux: Claude: .*1(\.0)? ?s/);
  expect(cast.claude.aborts).toHaveLength(1);
  expect(cast.rejections()).toEqual([]);
});

it('fails over when a stream falls silent behind its headers', async () => {
  const cast = await makeCast({
    claude: () => ({ type: 'silence', ms: 60_000, answer: answer('too late') }),
    gemini: [answer('Gemini took it.')],
  });
  const run = await runClaude(cast.place, 'ccmux', 'hello', { ccmuxOptions: ['--limits', 'silence=1s'] });
  expect(run.result().result).toBe('Gemini took it.');
  expect(cast.claude.asked()).toHaveLength(1);
  expect(cast.claude.aborts).toHaveLength(1);
});

it('closes the upstream at once when the client is interrupted before an answer', async () => {
  const cast = await makeCast({ claude: () => ({ type: 'hang' }) });
  const running = start(cast.place, claudeCommand('ccmux', ['-p', 'hello']));
  await expect.poll(() => cast.claude.asked().length, { timeout: 15_000 }).toBe(1);
  running.child.kill('SIGTERM');
  await running.finished;
  await expect.poll(() => cast.claude.aborts.length, { timeout: 5000 }).toBe(1);
});

it('closes a fallback in the middle of its stream', async () => {
  const cast = await makeCast({
    claude: () => claudeLimit(inAnHour()),
    gemini: () => answer('slow words '.repeat(200), { chunkDelayMs: 200 }),
    login: 'subscription',
  });
  const running = startStreaming(cast.place, 'hello');
  await expect.poll(() => running.stdout().includes('text_delta'), { timeout: 15_000 }).toBe(true);
  expect(cast.gemini.aborts).toEqual([]);
  running.child.kill('SIGTERM');
  await running.finished;
  await expect.poll(() => cast.gemini.aborts.length, { timeout: 5000 }).toBe(1);
});

it('ends as claude ends: its status, or 128 + n for a signal, and nothing is left listening', async () => {
  const cast = await makeCast({ claude: () => ({ type: 'hang' }) });
  const running = start(cast.place, claudeCommand('ccmux', ['-p', 'hello']));
  await expect.poll(() => cast.claude.asked().length, { timeout: 15_000 }).toBe(1);
  running.child.kill('SIGINT');
  const plainRun = start(cast.place, claudeCommand('plain', ['-p', 'hello']));
  await expect.poll(() => cast.claude.asked().length, { timeout: 15_000 }).toBe(2);
  plainRun.child.kill('SIGINT');
  const [muxed, plain] = await Promise.all([running.finished, plainRun.finished]);
  expect(muxed.code ?? muxed.signal).toBe(plain.code ?? plain.signal);
  await sleep(100);
  expect(journalOf(cast.place).at(-1)).toMatchObject({ type: 'session-end' });
});
