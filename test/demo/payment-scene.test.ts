import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLAIM, PAYMENT_PROJECT } from '../../src/demo/payment-project.ts';
import { MOMENTS, paymentMinds } from '../../src/demo/payment-scene.ts';
import type { AnswerStep, SimulatedRequest } from '../../src/demo/script.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

/** The scene of `ccmux demo --memory`: its race is real, and the stand-in for Gemini knows what its request says, no more. */

it('its race is real: no setting helps, the fix does', () => {
  const folder = temporaryFolder('ccmux-payments-');
  for (const [name, text] of Object.entries(PAYMENT_PROJECT)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const load = (...settings: string[]) => {
    const { status, stdout } = spawnSync(process.execPath, ['load.js', ...settings], { cwd: folder, encoding: 'utf8' });
    return [status, stdout.trim()];
  };
  expect(load()).toEqual([1, 'as it is: order 4711 charged twice']);
  for (const change of ['pool=50', 'retries=0', 'timeout=5000']) {
    expect(load(change)).toEqual([1, `${change}: order 4711 charged twice`]);
  }
  const ledger = join(folder, 'src/ledger.js');
  writeFileSync(ledger, readFileSync(ledger, 'utf8').replace(CLAIM.racy, CLAIM.mended));
  expect(load()).toEqual([0, 'as it is: order 4711 charged once']);
  execFileSync(process.execPath, ['--test'], { cwd: folder });
});

describe('the stand-in for Gemini', () => {
  const typed = { role: 'user', parts: [{ text: MOMENTS.at(-1)!.types }] };
  const text = (words: string) => ({ role: 'user', parts: [{ text: words }] });
  const result = (output: string) => ({
    role: 'user',
    parts: [{ functionResponse: { name: 'Bash', response: { output } } }],
  });
  const called = (name: string) => ({ role: 'model', parts: [{ functionCall: { name } }] });
  const POOL = 'pool=50: still charged twice.';
  const OTHERS = 'with retries=0 charged twice, with timeout=5000 charged twice';
  const PLACE = 'claim() lets 3 ms pass between its read and its write.';

  function next(contents: object[], toolResults: string[] = []): string {
    const minds = paymentMinds(
      '/w',
      () => ({ thinkMs: 0, chunkDelayMs: 0 }),
      () => {},
    );
    const facts = { side: false, toolResults, userText: MOMENTS.at(-1)!.types };
    const request = { json: { contents }, facts, body: Buffer.from('') } as unknown as SimulatedRequest;
    const step = (minds.gemini as (request: SimulatedRequest) => AnswerStep)(request);
    const [call] = step.toolCalls ?? [];
    return String(Object(call?.input)['command'] ?? call?.name ?? step.text);
  }

  it.each([
    { what: 'nothing', contents: [typed], then: 'node load.js pool=50' },
    { what: 'what a summary keeps', contents: [text(POOL), typed], then: 'node load.js retries=0' },
    {
      what: 'an outcome of its own',
      contents: [text(POOL), typed, result('retries=0: order 4711 charged twice')],
      then: 'node load.js timeout=5000',
    },
    { what: 'what Claude answered', contents: [text(`${POOL}\n${OTHERS}`), typed], then: 'TRACE=1 node load.js' },
    {
      what: 'a setting without its outcome',
      contents: [text('pool=50 was tried.'), typed],
      then: 'node load.js pool=50',
    },
    { what: 'what Claude thought', contents: [text(`${POOL}\n${OTHERS}\n${PLACE}`), typed], then: 'Edit' },
    {
      what: 'a trace',
      contents: [text(`${POOL}\n${OTHERS}`), typed, result('3 ms 4711 read: open\n5 ms 4711 read: open')],
      then: 'Edit',
    },
    {
      what: "Claude's edit of before",
      contents: [called('Edit'), text(`${POOL}\n${OTHERS}\n${PLACE}`), typed],
      then: 'Edit',
    },
    {
      what: 'its own edit',
      contents: [text(`${POOL}\n${OTHERS}\n${PLACE}`), typed, called('Edit')],
      then: 'node --test | grep -E "(tests|pass|fail) [0-9]"',
    },
  ])('knows $what', ({ contents, then }) => expect(next(contents)).toBe(then));

  it('says from whom it knows the cause', () => {
    const end = [typed, called('Edit')];
    expect(next([text(`${POOL}\n${OTHERS}\n${PLACE}`), ...end], ['ℹ pass 1'])).toMatch(/^As Claude found/);
    const traced = result('3 ms 4711 read: open\n5 ms 4711 read: open');
    expect(next([text(`${POOL}\n${OTHERS}`), traced, ...end], ['ℹ pass 1'])).toMatch(/^The trace shows/);
  });
});
