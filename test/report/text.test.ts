import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setHourCycle } from '../../src/words/time.ts';
import type { Event, EventBody, Reason } from '../../src/events.ts';
import { exitLine } from '../../src/report/exit-line.ts';
import { listed } from '../../src/report/session-list.ts';
import { summarise } from '../../src/state/fold.ts';
import { renderReport } from '../../src/report/text.ts';
import { answered, ask, journey, script, sessionStart, START } from './story.ts';
import { OVERLOADED, inWords } from '../helpers/reasons.ts';

const evening = START + 6 * 3600_000;

function report(
  events: Event[],
  width = 80,
  more: { color?: boolean; now?: number; running?: boolean; whole?: boolean } = {},
): string {
  return renderReport(summarise(events), { width, color: false, now: evening, home: '/home/ada', ...more });
}

describe('the report', () => {
  it('tells the journey at 80 columns', () => {
    expect(report(journey())).toMatchInlineSnapshot(`
      "Session 3f2a91 · 22 Nov 2026, 14:00
      32 min · 8 messages · 8 answers · 1 failover
      ~/race-condition

      Timeline
        CCC CCC CCC CCC CCC GGG GGG CCC
                            ▲ 14:25 △ 14:30
        C Claude · G Gemini

      What happened
        14:25  Message 6 · Claude: 429 (5-hour limit) · answered by Gemini in 4.2 s
               (Claude's average: 2.8 s) · Claude was due back at 14:30
        14:30  Message 8 · Claude is back · answered in 2.7 s (Gemini's average:
               4.0 s)

      Who answered
                answers  failed  median  average    in   out  cached  est. cost
        Claude        6       1   2.8 s    2.8 s  7.2k  2.1k    251k     $0.72*
        Gemini        2       –   4.0 s    4.0 s  2.4k   700   83.8k      $0.04
        * at API prices, for comparison: not counted as spent.
        Spent on paid providers: est. $0.04.

      Lost in translation
          2×  Gemini: Claude's thinking blocks were left out (thinking)
          1×  Gemini: cache breakpoints have no counterpart (cache-control)

      Every response
        1 · the worker pool deadlocks when two jobs finish at once, find out why
          14:00  Claude  claude-opus-4-8              2.6 s  43.1k > 350  req_claude_1
        2 · read the scheduler too
          14:04  Claude  claude-opus-4-8              2.7 s  43.1k > 350  req_claude_2
        3 · what holds the lock there?
          14:08  Claude  claude-opus-4-8              2.8 s  43.1k > 350  req_claude_3
        4 · write the fix
          14:12  Claude  claude-opus-4-8              2.9 s  43.1k > 350  req_claude_4
        5 · now run the tests
          14:16  Claude  claude-opus-4-8              3.0 s  43.1k > 350  req_claude_5
        6 · the test still hangs, why?
          14:25  Gemini  gemini-3-pro…review  2 lost  4.2 s  43.1k > 350  req_gemini_6
        7 · and if both jobs fail?
          14:26  Gemini  gemini-3-pro…review  1 lost  3.9 s  43.1k > 350  req_gemini_7
        8 · good, commit it
          14:30  Claude  claude-opus-4-8              2.7 s  43.1k > 350  req_claude_8
      "
    `);
  });

  it('tells the journey at 50 columns', () => {
    expect(report(journey(), 50)).toMatchInlineSnapshot(`
      "Session 3f2a91 · 22 Nov 2026, 14:00
      32 min · 8 messages · 8 answers · 1 failover
      ~/race-condition

      Timeline
        CCC CCC CCC CCC CCC GGG GGG CCC
                            ▲ 14:25 △ 14:30
        C Claude · G Gemini

      What happened
        14:25  Message 6 · Claude: 429 (5-hour limit) ·
               answered by Gemini in 4.2 s (Claude's
               average: 2.8 s) · Claude was due back
               at 14:30
        14:30  Message 8 · Claude is back · answered in
               2.7 s (Gemini's average: 4.0 s)

      Who answered
                answers  failed  median  est. cost
        Claude        6       1   2.8 s     $0.72*
        Gemini        2       –   4.0 s      $0.04
        * at API prices, for comparison: not counted as
        spent.
        Spent on paid providers: est. $0.04.

      Lost in translation
          2×  Gemini: Claude's thinking blocks were left
              out (thinking)
          1×  Gemini: cache breakpoints have no
              counterpart (cache-control)

      Every response
        1 · the worker pool deadlocks when two jobs fin…
          14:00  Claude  claude-opus-4-8           2.6 s
        2 · read the scheduler too
          14:04  Claude  claude-opus-4-8           2.7 s
        3 · what holds the lock there?
          14:08  Claude  claude-opus-4-8           2.8 s
        4 · write the fix
          14:12  Claude  claude-opus-4-8           2.9 s
        5 · now run the tests
          14:16  Claude  claude-opus-4-8           3.0 s
        6 · the test still hangs, why?
          14:25  Gemini  gemini-3-p…eview  2 lost  4.2 s
        7 · and if both jobs fail?
          14:26  Gemini  gemini-3-p…eview  1 lost  3.9 s
        8 · good, commit it
          14:30  Claude  claude-opus-4-8           2.7 s
      "
    `);
  });

  it('is short when nothing happened', () => {
    expect(report(journey().slice(0, 11))).toMatchInlineSnapshot(`
      "Session 3f2a91 · 22 Nov 2026, 14:00
      16 min · 5 messages · 5 answers · no failover · ended abruptly
      ~/race-condition

      Who answered
                answers  failed  median  average    in   out  cached  est. cost
        Claude        5       –   2.8 s        –  6.0k  1.8k    210k     $0.60*
        * at API prices, for comparison: not counted as spent.
      "
    `);
  });

  it('says when nothing was asked', () => {
    const events = script([0, sessionStart], [2, { type: 'session-end', exitCode: 0 }]);
    expect(report(events)).toMatchInlineSnapshot(`
      "Session 3f2a91 · 22 Nov 2026, 14:00
      2.0 s · 0 messages · 0 answers · no failover
      ~/race-condition

      Who answered
        Nobody: nothing was asked.
      "
    `);
  });

  it('tells of failures three deep, answers that broke off, and prices that nobody knows', () => {
    expect(report(trouble())).toMatchInlineSnapshot(`
      "Session 3f2a91 · 22 Nov 2026, 14:00
      1 min 35 s · 3 messages · 1 answer · 1 failover · ended by SIGINT
      ~/race-condition

      Timeline
        OOO ××× ×××
        ▲ 14:00
        O OpenRouter · × no provider could answer

      What happened
        14:00  Message 1 · Claude: 529 overloaded · Gemini: 503 · answered by
               OpenRouter in 3.8 s
        14:01  Message 2 · no provider could answer · Claude: no answer within 60 s ·
               Gemini: connection refused
        14:01  Message 3 · OpenRouter's answer broke off · Claude Code tried again by
               itself
        14:01  Message 3 · Claude: 400 · error passed on to Claude Code

      Who answered
                    answers  failed  median  average    in  out  cached  est. cost
        Claude            0       2       –        –     0    0       0          –
        Gemini            0       2       –        –     0    0       0          –
        OpenRouter        1       –   3.8 s        –  1.2k  350   41.9k    unknown
        Spent on paid providers: cost unknown.

      Other programs
        2 requests came from programs that were run in this session. They went to
        Claude's address unchanged; no other provider was asked, and no limit of
        theirs counts here.

      Faults inside ccmux (no request failed by them)
        1× journal: ENOSPC: no space left on device

      Every response
        1 · hello
          14:00  OpenRouter  qwen/qwen3-coder                   3.8 s  req_openro…er_1
        2 · and again
          14:01  nobody                        failed           2.0 s
        3 · once more
          14:01  OpenRouter  qwen/qwen3-coder  broke off        4.0 s
          14:01  Claude      claude-haiku-4-5  ! 400, subagent  0.3 s  req_011CVa…pqrs
      "
    `);
  });

  it('says of a running session when Claude will be back', () => {
    const events = journey().filter(({ at }) => at < START + 1_600_000);
    const text = report(events, 80, { now: START + 1_520_000, running: true });
    expect(text).toContain('25 min · 6 messages · 6 answers · 1 failover · still running');
    expect(text).toContain('Claude is back at 14:30');
  });

  it('names the day when Claude is back on another', () => {
    const events = journey().map((event) =>
      event.type === 'provider-switch' && event.cause === 'failover'
        ? { ...event, backAt: new Date(2026, 10, 24, 9, 5).getTime() }
        : event,
    );
    expect(report(events)).toContain('back on 24 Nov at 09:05');
  });

  it('lists the last twenty of many answers, and says how to see all', () => {
    const text = report(long());
    expect(text).toContain('The last 20 of 300 responses; all of them: ccmux report 3f2a91 --all');
    expect(text).not.toContain('req_claude_280\n');
    expect(text).toContain('req_claude_281\n');
  });

  it('keeps its width with a clock of twelve hours', () => {
    setHourCycle('h12');
    onTestFinished(() => setHourCycle('h23'));
    for (const width of [40, 60, 80]) {
      const lines = report(journey(), width).split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      expect(lines).toContainEqual(expect.stringMatching(/^ {2}2:25pm {2}Message 6 · Claude/));
      expect(lines).toContainEqual(expect.stringMatching(/^ {10}\S/));
    }
  });

  it('draws more turns than columns, and still shows who stood in', () => {
    const lines = report(long(), 60).split('\n');
    const bar = lines[lines.indexOf('Timeline') + 1]?.trim() ?? '';
    expect(bar).toMatch(/^C+O+C+O+C+O+C+O+C+$/);
    expect(bar.length).toBeLessThanOrEqual(58);
  });

  it('colours by provider, and says the same in letters', () => {
    const colored = report(journey(), 80, { color: true });
    expect(colored).not.toBe(report(journey()));
    expect(stripVTControlCharacters(colored)).toBe(report(journey()));
  });

  it('fits any width and holds nothing that could redraw the terminal, whatever was typed', () => {
    const events = journey();
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 200 }), fc.string({ unit: 'grapheme', maxLength: 80 }), (width, typed) => {
        const dangerous = `\x1b[2J${typed}\r\n\u202e日本語 👩‍👩‍👧`;
        const told = events.map((event): Event => {
          if (event.type === 'exchange-start') return { ...event, preview: dangerous };
          return event.type === 'attempt-fail' ? { ...event, reason: inWords(dangerous) } : event;
        });
        const text = report(told, width);
        expect([...text].filter((letter) => letter !== '\n' && /[\p{Cc}\u202e]/u.test(letter))).toEqual([]);
        for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 200 },
    );
  });
});

describe('errors that went back to the client', () => {
  const refused = (count: number): Event[] =>
    script(
      [0, sessionStart],
      ...Array.from({ length: count }, (_, index): [number, EventBody][] => [
        [index * 10, ask(index + 1, index + 1, 'hello')],
        [
          index * 10 + 1,
          {
            type: 'exchange-end',
            exchange: index + 1,
            outcome: 'relayed',
            provider: 'claude',
            status: 401,
            totalMs: 300,
          },
        ],
      ]).flat(),
      [60, ask(9, count + 1, 'and now?')],
      [63, answered(9, 'claude', 'claude-opus-4-8', 3000)],
    );

  it('are no answers, and have a mark and words of their own', () => {
    expect(report(refused(5))).toMatchInlineSnapshot(`
      "Session 3f2a91 · 22 Nov 2026, 14:00
      1 min 3 s · 6 messages · 1 answer · no failover · ended abruptly
      ~/race-condition

      Timeline
        !!! !!! !!! !!! !!! CCC
        C Claude · ! error passed on to Claude Code

      What happened
        14:00  Messages 1 to 5 · Claude: 401 · error passed on to Claude Code

      Who answered
                answers  failed  median  average    in  out  cached  est. cost
        Claude        1       –   3.0 s        –  1.2k  350   41.9k     $0.12*
        * at API prices, for comparison: not counted as spent.

      Every response
        1 · hello
          14:00  Claude                   ! 401  0.3 s
        2 · hello
          14:00  Claude                   ! 401  0.3 s
        3 · hello
          14:00  Claude                   ! 401  0.3 s
        4 · hello
          14:00  Claude                   ! 401  0.3 s
        5 · hello
          14:00  Claude                   ! 401  0.3 s
        6 · and now?
          14:01  Claude  claude-opus-4-8         3.0 s  43.1k > 350  req_claude_9
      "
    `);
    expect(listed(summarise(refused(5)), false)).toMatchObject({ turns: 6, answers: 1 });
  });

  it('are told apart from what nobody could answer, and from what was cancelled', () => {
    const cancelled: EventBody = { type: 'exchange-end', exchange: 10, outcome: 'cancelled', totalMs: 900 };
    const failed: EventBody = { type: 'exchange-end', exchange: 11, outcome: 'failed', status: 529, totalMs: 900 };
    const steps = script([70, ask(10, 3, 'stop')], [71, cancelled], [80, ask(11, 4, 'once more')], [81, failed]);
    const lines = report([...refused(1), ...steps], 120).split('\n');
    const bar = lines.indexOf('Timeline') + 1;
    expect(lines[bar]).toBe('  !!! CCC ––– ×××');
    expect(lines[bar + 1]).toBe(
      '  C Claude · × no provider could answer · ! error passed on to Claude Code · – cancelled',
    );
  });
});

describe('a request that nobody could answer', () => {
  it('is told with everybody who was in the order, equal attempts once', () => {
    const skip = (provider: string, reason: 'budget' | 'not_chosen', detail: Reason): EventBody => ({
      type: 'provider-skip',
      exchange: 1,
      provider,
      reason,
      detail,
    });
    const events = script(
      [0, sessionStart],
      [5, ask(1, 1, 'hello')],
      [5, fail(1, 'claude', OVERLOADED)],
      [5, fail(1, 'claude', OVERLOADED)],
      [6, skip('gemini', 'budget', { kind: 'over-budget' })],
      [6, skip('openrouter', 'not_chosen', { kind: 'not-chosen', only: 'claude' })],
      [7, { type: 'exchange-end', exchange: 1, outcome: 'failed', status: 529, totalMs: 2000 }],
    );
    const text = report(events).replaceAll(/\n +/g, ' ');
    expect(text).toContain(
      'Message 1 · no provider could answer · Claude: 529 overloaded, twice · Gemini was not asked: over your budget',
    );
    expect(text).not.toContain('was chosen');
  });

  it('says of a failover who was not asked, and why', () => {
    const events = trouble().map((event): Event =>
      event.type === 'attempt-fail' && event.exchange === 1 && event.provider === 'gemini'
        ? {
            at: event.at,
            type: 'provider-skip',
            exchange: 1,
            provider: 'gemini',
            reason: 'cooldown',
            detail: inWords('it is unavailable'),
          }
        : event,
    );
    expect(report(events)).toContain('Gemini was not asked: it is');
  });
});

describe('the line after the exit', () => {
  it.each<[string, Event[], string | undefined]>([
    [
      'says who stood in and what it cost',
      journey(),
      'ccmux: 1 failover · Gemini answered 2 of 8 requests · est. $0.04 · ccmux report 3f2a91',
    ],
    [
      'counts what was answered, not what was asked',
      journey().map((event) =>
        event.type === 'exchange-end' && event.exchange < 3 ? { ...event, outcome: 'relayed', status: 401 } : event,
      ),
      'ccmux: 1 failover · Gemini answered 2 of 6 requests · est. $0.04 · ccmux report 3f2a91',
    ],
    ['is not there when nothing happened', journey().slice(0, 11), undefined],
    [
      'names a session by the end of its id',
      journey().map((event) =>
        event.type === 'session-start' ? { ...event, session: '20261122-140000-3f2a' } : event,
      ),
      'ccmux: 1 failover · Gemini answered 2 of 8 requests · est. $0.04 · ccmux report 3f2a',
    ],
    [
      'does not take an unknown price for nothing',
      journey().map((event) =>
        event.type === 'exchange-end' && event.exchange === 6 ? { ...event, usd: null } : event,
      ),
      'ccmux: 1 failover · Gemini answered 2 of 8 requests · est. $0.02 + unknown prices · ccmux report 3f2a91',
    ],
  ])('%s', (_, events, line) => expect(exitLine(summarise(events))).toBe(line));
});

function fail(exchange: number, provider: string, reason: Reason): EventBody {
  return {
    type: 'attempt-fail',
    exchange,
    attempt: 1,
    provider,
    failure: 'overloaded',
    reason,
    action: 'failover',
    ms: 90,
  };
}

function trouble(): Event[] {
  return script(
    [0, sessionStart],
    [5, ask(1, 1, 'hello')],
    [5, fail(1, 'claude', OVERLOADED)],
    [6, fail(1, 'gemini', inWords('503'))],
    [9, { ...answered(1, 'openrouter', 'qwen/qwen3-coder', 3800), usd: null } as EventBody],
    [
      9,
      {
        type: 'provider-switch',
        exchange: 1,
        from: 'claude',
        to: 'openrouter',
        cause: 'failover',
        reason: OVERLOADED,
        ms: 3800,
      },
    ],
    [60, ask(2, 2, 'and again')],
    [60, fail(2, 'claude', { kind: 'silence', limitMs: 60_000 })],
    [61, fail(2, 'gemini', { kind: 'network', code: 'ECONNREFUSED' })],
    [62, { type: 'exchange-end', exchange: 2, outcome: 'failed', status: 529, totalMs: 2000 }],
    [70, ask(3, 3, 'once more')],
    [
      74,
      {
        type: 'exchange-end',
        exchange: 3,
        outcome: 'cut',
        provider: 'openrouter',
        model: 'qwen/qwen3-coder',
        totalMs: 4000,
      },
    ],
    [80, { ...ask(4, 3, ''), thread: 'subagent' } as EventBody],
    [
      82,
      {
        type: 'exchange-end',
        exchange: 4,
        outcome: 'relayed',
        provider: 'claude',
        model: 'claude-haiku-4-5',
        status: 400,
        requestId: 'req_011CVabcdefghijklmnopqrs',
        totalMs: 300,
      },
    ],
    [89, { type: 'program-relay', status: 429 }],
    [89, { type: 'program-relay' }],
    [90, { type: 'fault', where: 'journal', message: 'ENOSPC: no space left on device' }],
    [95, { type: 'session-end', exitCode: 130, signal: 'SIGINT' }],
  );
}

it('says what was taken of the plan, and what was billed beyond it', () => {
  const read = (used: number): EventBody => ({
    type: 'quota-read',
    provider: 'claude',
    windows: [{ name: '5h', used, resetAt: START + 3_600_000, source: 'wire' }],
  });
  const text = report(
    script(
      [0, sessionStart],
      [1, ask(1, 1, 'hello')],
      [2, read(0.4)],
      [3, { type: 'overage-begin', provider: 'claude' }],
      [4, answered(1, 'claude', 'claude-opus-5-5', 900)],
      [5, read(0.62)],
    ),
    80,
  );
  expect(text).toContain('5-hour limit: 40 % → 62 % since');
  expect(text).toContain('Billed as extra usage since');
});

it('says of every detour why, where nothing is left out', () => {
  const detour: EventBody = {
    type: 'exchange-move',
    exchange: 1,
    to: 'gemini',
    why: { kind: 'route', rule: 'class main' },
  };
  const events = script(
    [0, sessionStart],
    [1, ask(1, 1, 'hello')],
    [2, detour],
    [3, answered(1, 'gemini', 'gemini-pro-latest', 900)],
    [4, ask(2, 2, 'and again')],
    [5, answered(2, 'claude', 'claude-opus-5-5', 900)],
  );
  const lines = report(events, 80, { whole: true }).split('\n');
  const at = lines.findIndex((line) => line.includes('gemini-pro-latest'));
  expect(lines[at + 1]?.trim()).toBe('your route: class main');
  expect(lines.filter((line) => line.includes('as your order says'))).toEqual([]);
});

/** 300 turns, in which Claude is overloaded four times. */
function long(): Event[] {
  const steps: [number, EventBody][] = [[0, sessionStart]];
  for (let turn = 1; turn <= 300; turn += 1) {
    const away = turn % 70 >= 60 && turn % 70 < 68;
    steps.push([turn * 20, ask(turn, turn, `turn number ${turn}`)]);
    steps.push([turn * 20 + 3, answered(turn, away ? 'openrouter' : 'claude', 'some-model', 3000)]);
    if (turn % 70 === 60) {
      steps.push([
        turn * 20 + 3,
        { type: 'provider-switch', exchange: turn, from: 'claude', to: 'openrouter', cause: 'failover', ms: 3000 },
      ]);
    }
    if (turn % 70 === 68) {
      steps.push([
        turn * 20 + 3,
        { type: 'provider-switch', exchange: turn, from: 'openrouter', to: 'claude', cause: 'back', ms: 3000 },
      ]);
    }
  }
  return script(...steps);
}
