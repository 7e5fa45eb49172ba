import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/events.ts';
import { fold, setUsual, summarise } from '../../src/state/fold.ts';
import { renderReport } from '../../src/report/text.ts';
import type { Summary } from '../../src/state/summary.ts';
import { answered, ask, journey, script, sessionStart, START } from '../report/story.ts';
import { inWords } from '../helpers/reasons.ts';

describe('summarise', () => {
  const summary = summarise(journey());

  it('knows the session', () => {
    expect(summary).toMatchObject({
      session: '3f2a91',
      pid: 4711,
      cwd: '/home/ada/race-condition',
      ccmux: '0.1.0',
      startedAt: START,
      endedAt: START + 1_900_000,
      lastAt: START + 1_900_000,
      exitCode: 0,
      order: ['claude', 'gemini', 'openrouter'],
      turns: 8,
    });
  });

  it('attributes every answer', () => {
    expect(summary.responses.map(({ turn, provider, requestId }) => [turn, provider, requestId])).toEqual([
      [1, 'claude', 'req_claude_1'],
      [2, 'claude', 'req_claude_2'],
      [3, 'claude', 'req_claude_3'],
      [4, 'claude', 'req_claude_4'],
      [5, 'claude', 'req_claude_5'],
      [6, 'gemini', 'req_gemini_6'],
      [7, 'gemini', 'req_gemini_7'],
      [8, 'claude', 'req_claude_8'],
    ]);
    expect(summary.responses[5]).toEqual({
      at: START + 1_500_000,
      exchange: 6,
      turn: 6,
      thread: 'main',
      preview: 'the test still hangs, why?',
      provider: 'gemini',
      model: 'gemini-3-pro-preview',
      askedModel: 'claude-opus-4-8',
      outcome: 'answered',
      status: 200,
      stopReason: 'end_turn',
      requestId: 'req_gemini_6',
      firstByteMs: 1050,
      totalMs: 4200,
      usage: { inputTokens: 1200, outputTokens: 350, cacheReadTokens: 41_000, cacheWriteTokens: 900 },
      usd: 0.021,
      warnings: 2,
      losses: [0, 1],
    });
  });

  it('counts warnings on their answer, whether they come before its end or after', () => {
    expect(summary.responses.map(({ warnings }) => warnings)).toEqual([0, 0, 0, 0, 0, 2, 1, 0]);
    expect(summary.warnings.map(({ what, provider, count }) => [what, provider, count])).toEqual([
      ['thinking', 'gemini', 2],
      ['cache-control', 'gemini', 1],
    ]);
  });

  it('knows what each answer lost, and goes on counting a summary that was kept without it', () => {
    expect(summary.responses.map(({ losses }) => losses)).toEqual([
      ...Array(5).fill(undefined),
      [0, 1],
      [0],
      undefined,
    ]);
    const kept = JSON.parse(JSON.stringify(summary)) as Summary;
    for (const response of kept.responses) delete response.losses;
    const late = { type: 'translation-warn', exchange: 7, provider: 'gemini', at: START } as const;
    const folded = fold(kept, { ...late, warnings: [{ what: 'cache-control', detail: 'in other words' }] });
    expect(folded.responses[6]).toMatchObject({
      warnings: 2,
      losses: [{ what: 'cache-control', detail: 'in other words' }],
    });
    expect(folded.warnings[1]).toMatchObject({ what: 'cache-control', count: 2 });
  });

  it('keeps who was not asked where an attempt failed, and nowhere else', () => {
    const skip = (exchange: number): EventBody => ({
      type: 'provider-skip',
      exchange,
      provider: 'openrouter',
      reason: 'no_key',
      detail: inWords('no key'),
    });
    const told = script([1499, skip(5)], [1500, skip(6)], [1500, skip(6)]);
    const events = [...journey(), ...told].toSorted((a, b) => a.at - b.at);
    const skipped = summarise(events).responses.map((response) => response.skipped);
    expect(skipped[5]).toEqual([{ provider: 'openrouter', reason: 'no_key', detail: inWords('no key') }]);
    expect(skipped.filter(Boolean)).toHaveLength(1);
  });

  it('totals by provider', () => {
    const [claude, gemini, openrouter] = summary.providers;
    expect(claude).toMatchObject({ label: 'Claude', answers: 6, failures: 1, medianMs: 2750, usualMs: 2800 });
    expect(claude).not.toHaveProperty('cooldown');
    expect(claude?.usd).toBeCloseTo(0.72);
    expect(gemini).toMatchObject({ answers: 2, failures: 0, medianMs: 4050, usualMs: 4050, paid: true });
    expect(gemini?.usage).toEqual({
      inputTokens: 2400,
      outputTokens: 700,
      cacheReadTokens: 82_000,
      cacheWriteTokens: 1800,
    });
    expect(openrouter).toMatchObject({ answers: 0, usd: 0 });
  });

  it('never takes an unknown price for nothing', () => {
    const unknown = { ...answered(2, 'gemini', 'x', 10), usd: null };
    const { providers } = summarise(
      script([0, sessionStart], [1, answered(1, 'gemini', 'x', 10)], [2, unknown], [3, answered(3, 'gemini', 'x', 10)]),
    );
    expect(providers.find(({ id }) => id === 'gemini')?.usd).toBeNull();
  });

  it('takes in a price that comes behind its answer, and none for what is no answer', () => {
    const unpriced = (exchange: number) => ({ ...answered(exchange, 'gemini', 'x', 10), usd: undefined }) as never;
    const price = (exchange: number, usd: number | null) =>
      ({ type: 'exchange-price', exchange, provider: 'gemini', usd }) as const;
    const start = [[0, sessionStart]] as Parameters<typeof script>;
    const known = summarise(script(...start, [1, unpriced(1)], [2, price(1, 0.5)], [3, price(7, 9)]));
    expect(known.responses).toMatchObject([{ exchange: 1, usd: 0.5 }]);
    expect(known.providers.find(({ id }) => id === 'gemini')).toMatchObject({ answers: 1, usd: 0.5 });
    const unknown = summarise(
      script(...start, [1, unpriced(1)], [2, price(1, null)], [3, unpriced(2)], [4, price(2, 1)]),
    );
    expect(unknown.providers.find(({ id }) => id === 'gemini')?.usd).toBeNull();
  });

  it('leaves token counts out of the answers, and titles out of the usual times', () => {
    const { responses, providers, turns } = summarise(
      script(
        [0, sessionStart],
        [1, { ...ask(1, 1, 'hi'), endpoint: 'count_tokens' } as never],
        [2, answered(1, 'claude', 'm', 5)],
        [3, { ...ask(2, 9, 'title'), thread: 'side' } as never],
        [4, answered(2, 'claude', 'm', 7)],
        [5, ask(3, 1, 'hi')],
        [6, answered(3, 'claude', 'm', 900)],
      ),
    );
    expect(responses.map(({ exchange }) => exchange)).toEqual([2, 3]);
    expect(providers[0]).toMatchObject({ answers: 2, medianMs: 900 });
    expect(turns).toBe(1);
  });

  it('a provider takes the time of its own attempt: what was waited for before it is not its', () => {
    const attempt = (number: number, provider: string): EventBody => ({
      type: 'attempt-start',
      exchange: 1,
      attempt: number,
      provider,
    });
    const events = script(
      [0, sessionStart],
      [1, ask(1, 1, 'hi')],
      [1, attempt(1, 'claude')],
      [60, attempt(2, 'gemini')],
      [63, answered(1, 'gemini', 'm', 62_000)],
      [64, ask(2, 1, 'more')],
      [65, answered(2, 'claude', 'm', 1000)],
    );
    const summary = summarise(events);
    expect(summary.responses).toMatchObject([{ totalMs: 62_000, ownMs: 3000 }, { totalMs: 1000 }]);
    expect(summary.responses[1]).not.toHaveProperty('ownMs');
    expect(summary.providers.map(({ medianMs }) => medianMs)).toEqual([1000, 3000, undefined]);
    // A report that was read from disk goes on with the same times.
    const again = fold(structuredClone(summary), { ...answered(3, 'gemini', 'm', 5000), at: START + 70_000 });
    expect(again.providers[1]?.medianMs).toBe(4000);
  });

  it('keeps cooldowns, windows and faults as they stand', () => {
    const { providers, faults } = summarise(
      script(
        [0, sessionStart],
        [1, { type: 'quota-read', provider: 'claude', windows: [{ name: '5h', used: 0.5, source: 'wire' }] }],
        [
          2,
          {
            type: 'quota-read',
            provider: 'claude',
            windows: [
              { name: '5h', used: 0.9, source: 'wire' },
              { name: '7d', used: 0.1, source: 'wire' },
            ],
          },
        ],
        [
          3,
          {
            type: 'provider-cooldown',
            provider: 'claude',
            until: 9,
            failure: 'rate_limit',
            reason: inWords('429'),
            family: 'opus',
          },
        ],
        [4, { type: 'fault', where: 'journal', message: 'disk full' }],
        [5, { type: 'fault', where: 'journal', message: 'disk full' }],
      ),
    );
    expect(providers[0]?.windows.map(({ name, used }) => [name, used])).toEqual([
      ['5h', 0.9],
      ['7d', 0.1],
    ]);
    expect(providers[0]?.cooldown).toEqual({ until: 9, failure: 'rate_limit', reason: inWords('429'), family: 'opus' });
    expect(faults).toEqual([{ where: 'journal', message: 'disk full', count: 2 }]);
  });
});

describe('fold', () => {
  it('goes on from a summary that was read from disk', () => {
    const events = journey();
    for (let split = 0; split <= events.length; split += 1) {
      const first = JSON.parse(JSON.stringify(summarise(events.slice(0, split)))) as Summary;
      const whole = events.slice(split).reduce(fold, first);
      expect(whole.responses).toHaveLength(8);
      expect(whole.providers.map(({ id, answers, medianMs }) => [id, answers, medianMs])).toEqual([
        ['claude', 6, 2750],
        ['gemini', 2, 4050],
        ['openrouter', 0, undefined],
      ]);
    }
  });
});

it('a provider whose name was lost in a damaged line goes by its id', () => {
  const start = { ...sessionStart, at: START, providers: [{ id: 'x', kind: 'openai', paid: true }] };
  const summary = summarise([start as never]);
  expect(summary.providers).toMatchObject([{ id: 'x', label: 'x' }]);
  expect(renderReport(summary, { width: 80, color: false, now: START })).toContain('Session');
});

describe('setUsual', () => {
  it('sets what is usual across sessions', () => {
    const summary = setUsual(summarise(journey()), (id) => (id === 'openrouter' ? 5000 : undefined));
    expect(summary.providers.map(({ usualMs }) => usualMs)).toEqual([2800, 4050, 5000]);
  });
});
