import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBus, type EventBody, type EventOf, type Reason } from '../src/events.ts';
import { createNotices } from '../src/notices.ts';
import type { NoticeMode } from '../src/notices/lines.ts';
import { watchPresent } from '../src/notices/present.ts';
import type { LiveState, ProviderState } from '../src/state/live.ts';
import {
  approachLine,
  billingLine,
  budgetLine,
  clientLine,
  failoverLine,
  LONGEST,
  nobodyLine,
  overageLine,
  shareLine,
  steerLine,
} from '../src/words/notice.ts';
import { FIVE_HOURS, inWords } from './helpers/reasons.ts';

/** Half past two in the afternoon, in whatever zone the machine is. */
const NOW = new Date(2026, 10, 22, 14, 30).getTime();
const MINUTE = 60_000;
const BACK_AT = NOW + 155 * MINUTE; // 17:05

const switched = (more: Partial<EventOf<'provider-switch'>> = {}): EventOf<'provider-switch'> => ({
  type: 'provider-switch',
  at: NOW,
  exchange: 1,
  from: 'claude',
  to: 'gemini',
  cause: 'failover',
  reason: FIVE_HOURS,
  ms: 4200,
  usualMs: 2800,
  backAt: BACK_AT,
  ...more,
});

/** Without the keys that are named: what an event looks like when a fact is not known. */
function without<T extends object>(value: T, ...keys: (keyof T)[]): T {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

const LABELS: Record<string, string> = { claude: 'Claude', gemini: 'Gemini', groq: 'Groq' };
const label = (id: string) => LABELS[id] ?? id;

const NEAR = {
  type: 'limit-approach',
  provider: 'claude',
  window: '5h',
  used: 0.78,
  resetAt: BACK_AT,
  at: NOW,
} as const;

describe('a line', () => {
  it.each<[string, string]>([
    [
      failoverLine(switched(), label, NOW),
      "Claude: 429 (5-hour limit) · answered by Gemini in 4.2 s (Claude's average: 2.8 s) · Claude is back at 17:05",
    ],
    [
      failoverLine(switched({ family: { limited: 'opus', free: 'sonnet' } }), label, NOW),
      'Opus is limited until 17:05 · /model sonnet goes on with the same account · answered by Gemini in 4.2 s',
    ],
    [
      approachLine({ ...NEAR, fullAt: NOW + 110 * MINUTE }, label, NOW),
      "Claude's 5-hour limit: 78 % used · full at 16:20 at this pace, 45 min before its reset",
    ],
    [approachLine(NEAR, label, NOW), "Claude's 5-hour limit: 78 % used · resets 17:05 (in 2 h 35 min)"],
    [
      overageLine({ type: 'overage-begin', provider: 'claude', at: NOW }, label),
      'Claude bills extra usage from here on · what it has cost since: ccmux status',
    ],
    [overageLine({ type: 'overage-end', provider: 'claude', at: NOW }, label), 'Claude no longer bills extra usage'],
    [
      failoverLine(
        without(switched({ reason: { kind: 'network', code: 'ECONNREFUSED' } }), 'usualMs', 'backAt'),
        label,
        NOW,
      ),
      'Claude: connection refused · answered by Gemini in 4.2 s',
    ],
    [
      failoverLine(without(switched({ ms: 65_000 }), 'reason', 'usualMs', 'backAt'), label, NOW),
      'Claude could not answer · answered by Gemini in 1 min 5 s',
    ],
    [
      steerLine({ type: 'provider-steer', at: NOW, provider: 'gemini', only: true }, [], label),
      'only Gemini answers from the next request on, without failover · undo: ccmux use auto',
    ],
    [
      steerLine({ type: 'provider-steer', at: NOW, provider: 'auto', only: false }, ['claude', 'gemini'], label),
      'your order applies again from the next request on: Claude, Gemini',
    ],
    [
      clientLine({ type: 'client-read', at: NOW, version: '2.0.77', told: true, firstParty: false }),
      'Claude Code 2.0.77 takes ccmux for a foreign gateway and does without the shared cache · from the next launch on ccmux uses its documented switches',
    ],
    [
      budgetLine({ type: 'budget-reach', at: NOW, scope: 'session', spentUsd: 4.016, limitUsd: 5, level: 'near' }),
      "this session's budget for paid providers is nearly spent: $4.02 of $5.00",
    ],
    [
      budgetLine({ type: 'budget-reach', at: NOW, scope: 'day', spentUsd: 5.1, limitUsd: 5, level: 'over' }),
      "today's budget is spent ($5.10 of $5.00), paid providers are skipped · more for this session: ccmux budget +5",
    ],
    [
      nobodyLine(
        [
          { provider: 'claude', reason: FIVE_HOURS, asked: true },
          { provider: 'gemini', reason: { kind: 'overloaded', status: 503 }, asked: true },
        ],
        { provider: 'claude', at: BACK_AT, reason: FIVE_HOURS },
        label,
        NOW,
      ),
      'no provider could answer · Claude: 429 (5-hour limit), Gemini: 503 overloaded · Claude is back at 17:05',
    ],
    [
      billingLine(
        {
          type: 'attempt-fail',
          at: NOW,
          exchange: 1,
          attempt: 1,
          provider: 'claude',
          failure: 'billing',
          reason: { kind: 'billing', status: 402, what: 'low-balance' },
          action: 'relay',
          ms: 10,
        },
        label,
      ),
      'Claude: 402 (credit balance too low) · to fail over on billing errors too, add billing to failover.on',
    ],
    [
      shareLine(
        { others: new Map([['gemini', 2]]), total: 2 },
        'this message',
        { provider: 'claude', at: BACK_AT, reason: FIVE_HOURS },
        label,
        NOW,
      ),
      'Gemini answered this message (2 responses) · Claude is back at 17:05',
    ],
    [
      shareLine(
        {
          others: new Map([
            ['gemini', 2],
            ['groq', 1],
          ]),
          total: 5,
        },
        'this message',
        { provider: 'claude', at: NOW - 1, reason: FIVE_HOURS },
        label,
        NOW,
      ),
      'Gemini gave 2, Groq gave 1 of the 5 responses to this message · Claude is available again',
    ],
  ])('%#', (line, expected) => {
    expect(line).toBe(expected);
  });

  it('stays short whatever the facts: what matters least goes first', () => {
    const long = failoverLine(
      switched({ reason: { kind: 'status', status: 500, said: 'x'.repeat(80) }, to: 'a-provider-with-a-long-name' }),
      label,
      NOW,
    );
    expect(long.length).toBeLessThanOrEqual(LONGEST);
    expect(long).toMatch(
      /^Claude: 500 .* · answered by a-provider-with-a-long-name in 4\.2 s · Claude is tried again at 17:05$/,
    );
    const everybody = ['a', 'b', 'c'].map((provider) => ({ provider, reason: inWords('x'.repeat(80)), asked: true }));
    const longer = nobodyLine(everybody, { provider: 'claude', at: BACK_AT, reason: FIVE_HOURS }, label, NOW);
    expect(longer.length).toBeLessThanOrEqual(LONGEST);
    expect(longer).toMatch(/ · a: x+…, b: x+…, c: x+… · Claude is back at 17:05$/);
  });

  it('dates a time that is not today', () => {
    expect(failoverLine(switched({ backAt: NOW + 24 * 60 * MINUTE }), label, NOW)).toMatch(
      /Claude is back on 23 Nov at 14:30$/,
    );
  });
});

/** A session with claude and gemini, of which a test changes what it needs. */
function session(mode: NoticeMode = 'claude', now = () => NOW) {
  const bus = createBus(now, (fault) => {
    throw fault;
  });
  const written: string[] = [];
  const shown: string[] = [];
  const claude: ProviderState = provider('claude');
  const state: Partial<LiveState> = { now: NOW, serving: 'claude', switchBack: 'turn', steer: null };
  state.providers = [claude, provider('gemini')];
  const present = watchPresent(bus);
  const notified: string[] = [];
  const notices = createNotices({
    bus,
    mode,
    write: (text) => written.push(text),
    footer: { format: ['who', 'next', 'limits', 'approvals', 'budget'], color: false },
    notify: { wanted: ['switched', 'nobody', 'back'], send: (text) => notified.push(text) },
    providers: ['claude', 'gemini'].map((id) => ({ id, label: label(id) })),
    live: () => ({ ...state, ...(present().answeredLast && { answeredLast: present().answeredLast }) }) as LiveState,
    now,
  });
  bus.on((event) => {
    if (event.type === 'notice-show') shown.push(event.text);
  });
  let exchanges = 0;
  return {
    ...notices,
    emit: (body: EventBody) => bus.emit(body),
    written,
    notified,
    shown,
    state,
    claude,
    /** One answer of a turn. */
    answer(by: string, more: { startsTurn?: boolean; thread?: 'main' | 'side' | 'subagent'; switch?: object } = {}) {
      const exchange = begin(bus.emit, ++exchanges, more);
      bus.emit({ type: 'attempt-commit', exchange, attempt: 1, provider: by, firstByteMs: 10 });
      if (more.switch) bus.emit({ ...without(switched(more.switch), 'at'), exchange });
      bus.emit({ type: 'exchange-end', exchange, outcome: 'answered', provider: by, totalMs: 20 });
    },
    begin: (more: { startsTurn?: boolean } = {}) => begin(bus.emit, ++exchanges, more),
  };
}

const begin = (
  emit: (body: EventBody) => void,
  exchange: number,
  { startsTurn = false, thread = 'main' as 'main' | 'side' | 'subagent' },
) => {
  emit({
    type: 'exchange-start',
    exchange,
    endpoint: 'messages',
    thread,
    turn: 1,
    startsTurn,
    model: 'claude-opus-5-5',
    stream: true,
    bytes: 10,
  });
  return exchange;
};

const provider = (id: string): ProviderState => ({
  id,
  label: label(id),
  kind: 'anthropic',
  paid: false,
  state: 'ready',
  models: {},
  windows: [],
  spentUsd: 0,
});

const FAILOVER =
  "ccmux: Claude: 429 (5-hour limit) · answered by Gemini in 4.2 s (Claude's average: 2.8 s) · Claude is back at 17:05";

it.each([
  [{ told: true, firstParty: false }, 1],
  [{ told: true, firstParty: true }, 0],
  [{ told: false, firstParty: false }, 0],
])('of a client that is %j it says %d line', (heard, lines) => {
  const { emit, written } = session('stderr');
  emit({ type: 'client-read', version: '2.0.77', ...heard });
  expect(written).toHaveLength(lines);
});

describe("on Claude Code's screen", () => {
  it('waits for the end of the turn, and tells once, with one notification', async () => {
    const { answer, onHook, shown, written, notified } = session();
    answer('gemini', { startsTurn: true, switch: {} });
    expect(written).toEqual([]);
    expect(notified).toEqual(['ccmux: Gemini answers in place of Claude']);
    expect(await onHook('stop', {})).toEqual({ systemMessage: FAILOVER });
    expect(shown).toEqual([FAILOVER.slice('ccmux: '.length)]);
    expect(await onHook('stop', {})).toBeUndefined();
    answer('gemini', { startsTurn: true });
    expect(await onHook('stop', {})).toEqual({
      systemMessage: 'ccmux: Gemini answered this message (1 response) · Claude is back at 17:05',
    });
  });

  it('tells of a switch in the middle of a turn, and of nothing else', async () => {
    const { answer, onHook, emit } = session();
    answer('gemini', { startsTurn: true, switch: {} });
    emit({ type: 'budget-reach', scope: 'session', spentUsd: 4, limitUsd: 5, level: 'near' });
    expect((await onHook('post-tool-use', { tool_name: 'Read' }))?.systemMessage).toBe(FAILOVER);
    answer('gemini');
    expect(await onHook('post-tool-use', {})).toBeUndefined();
    expect((await onHook('stop', {}))?.systemMessage).toMatch(/^ccmux: this session's budget/);
  });

  it('says nothing while the preferred provider answers', async () => {
    const { answer, onHook, flushAfterExit, written } = session();
    answer('claude', { startsTurn: true });
    answer('gemini', { thread: 'side' });
    expect(await onHook('stop', {})).toBeUndefined();
    flushAfterExit();
    expect(written).toEqual([]);
  });

  it("leaves a subagent's tools alone", async () => {
    const { answer, onHook } = session();
    answer('gemini', { startsTurn: true, switch: {} });
    expect(await onHook('post-tool-use', { agent_id: 'a1' })).toBeUndefined();
    expect(await onHook('post-tool-use', {})).toBeDefined();
  });

  it('says who answered a turn that was interrupted, with the next', async () => {
    const { answer, onHook } = session();
    answer('gemini', { startsTurn: true });
    answer('claude', { startsTurn: true });
    expect((await onHook('stop', {}))?.systemMessage).toBe('ccmux: Gemini answered the message before (1 response)');
  });

  it('tells of several things in one message', async () => {
    const { answer, onHook } = session();
    answer('gemini', { startsTurn: true, switch: {} });
    answer('claude', { switch: { from: 'gemini', to: 'claude', cause: 'back' } });
    expect((await onHook('stop', {}))?.systemMessage).toBe(`${FAILOVER}\nccmux: Claude is back and answers again`);
  });

  it('waits for the answer that is still being accounted for', async () => {
    const { begin, emit, onHook } = session();
    const exchange = begin({ startsTurn: true });
    emit({ type: 'attempt-commit', exchange, attempt: 1, provider: 'gemini', firstByteMs: 10 });
    const output = onHook('stop', {});
    emit({ ...without(switched(), 'at'), exchange });
    emit({ type: 'exchange-end', exchange, outcome: 'answered', provider: 'gemini', totalMs: 20 });
    expect((await output)?.systemMessage).toBe(FAILOVER);
  });

  it('repeats its lines after the exit, but not who answered each turn', async () => {
    const { answer, onHook, flushAfterExit, written, shown } = session();
    answer('gemini', { startsTurn: true, switch: {} });
    await onHook('stop', {});
    answer('gemini', { startsTurn: true });
    await onHook('stop', {});
    answer('gemini', { startsTurn: true });
    flushAfterExit();
    expect(written).toEqual([
      `${FAILOVER}\n`,
      'ccmux: Gemini answered the last message (1 response) · Claude is back at 17:05\n',
    ]);
    expect(shown).toHaveLength(3);
  });
});

describe('where hooks are silenced', () => {
  it('keeps every line for the exit', async () => {
    const { answer, onHook, flushAfterExit, written } = session('exit');
    answer('gemini', { startsTurn: true, switch: {} });
    expect(await onHook('stop', {})).toBeUndefined();
    expect(written).toEqual([]);
    flushAfterExit();
    expect(written).toEqual([`${FAILOVER}\n`]);
  });
});

describe('on stderr', () => {
  it('writes each line as it happens, and not again', async () => {
    const { answer, onHook, flushAfterExit, written, shown } = session('stderr');
    answer('gemini', { startsTurn: true, switch: {} });
    expect(written).toEqual([`${FAILOVER}\n`]);
    expect(await onHook('stop', {})).toBeUndefined();
    answer('gemini', { startsTurn: true });
    answer('claude', { startsTurn: true, switch: { from: 'gemini', to: 'claude', cause: 'back' } });
    flushAfterExit();
    expect(written.slice(1)).toEqual([
      'ccmux: Gemini answered the message before (1 response) · Claude is back at 17:05\n',
      'ccmux: Claude is back and answers again\n',
    ]);
    expect(shown).toHaveLength(3);
  });

  it('outlives a terminal that is gone', () => {
    const bus = createBus(
      () => NOW,
      (fault) => {
        throw fault;
      },
    );
    const write = () => {
      throw new Error('EIO');
    };
    createNotices({
      bus,
      mode: 'stderr',
      write,
      providers: [],
      live: () => ({ providers: [] as ProviderState[] }) as LiveState,
      footer: { format: [], color: false },
      notify: { wanted: [], send: () => {} },
    });
    expect(() => bus.emit(without(switched(), 'at'))).not.toThrow();
  });
});

describe('what is told', () => {
  const fail = (exchange: number, more: Partial<Omit<EventOf<'attempt-fail'>, 'at'>>): EventBody => ({
    type: 'attempt-fail',
    exchange,
    attempt: 1,
    provider: 'claude',
    failure: 'rate_limit',
    reason: FIVE_HOURS,
    action: 'failover',
    ms: 5,
    ...more,
  });

  it('a key that is refused or at a long limit, each once; not one at the limit of a minute', () => {
    const { emit, written } = session('stderr');
    const rests = (at: number, reason: Reason, ms: number, left = 2) =>
      emit({
        type: 'provider-cooldown',
        provider: 'gemini',
        key: { at, of: 3, left },
        until: NOW + ms,
        failure: 'rate_limit',
        reason,
      });
    const refused = { kind: 'key-refused', status: 401 } as const;
    const limit = { kind: 'limit', status: 429 } as const;
    rests(1, refused, 600_000);
    rests(1, refused, 600_000);
    rests(2, limit, 60_000);
    rests(3, limit, BACK_AT - NOW, 0);
    expect(written).toEqual([
      "ccmux: Gemini's key 1 of 3: 401 (key or login refused), next try 14:40 · its other keys are asked\n",
      "ccmux: Gemini's key 3 of 3: 429 (rate limit), until 17:05 · it has no other key to be asked with\n",
    ]);
  });

  it('what others did while Claude was away, with a prompt that nobody sends', async () => {
    const { emit, written, shown, onHook } = session('claude');
    const files = ['/w/order.ts', '/w/settle.ts'];
    const tests = { failed: true, failing: 2 };
    emit({ type: 'review-offer', exchange: 9, providers: ['gemini'], from: 6, to: 8, turns: 3, files, tests });
    expect(await onHook('stop', {})).toEqual({
      systemMessage: [
        'ccmux: Gemini answered 3 turns: edited 2 files, ran the tests: 2 failed · to have it looked at, send:',
        'ccmux: Review what Gemini changed in turns 6 to 8: order.ts, settle.ts',
      ].join('\n'),
    });
    expect([written, shown.length]).toEqual([[], 2]);
  });

  it('subagents that run away, with the ways out, in one line', () => {
    const { emit, written } = session('stderr');
    emit({ type: 'swarm-begin', perMinute: 120, stops: true });
    expect(written).toEqual([
      'ccmux: subagents send over 120 requests a minute: paid fallbacks skip them until it is half as many · Esc stops them · to raise: budget.subagentsPerMinute\n',
    ]);
  });

  it('nobody could answer, once a turn however often Claude Code tries again', () => {
    const { begin, emit, written, claude } = session('stderr');
    Object.assign(claude, { until: BACK_AT, reason: FIVE_HOURS });
    for (const startsTurn of [true, false, false]) {
      const exchange = begin({ startsTurn });
      emit(fail(exchange, {}));
      emit({
        type: 'provider-skip',
        exchange,
        provider: 'gemini',
        reason: 'no_key',
        detail: { kind: 'no-key', variables: ['GEMINI_API_KEY'] },
      });
      emit({ type: 'exchange-end', exchange, outcome: 'failed', totalMs: 10 });
    }
    expect(written).toEqual([
      'ccmux: no provider could answer · Claude: 429 (5-hour limit), Gemini: no key (GEMINI_API_KEY) · Claude is back at 17:05\n',
    ]);
  });

  it('nobody could answer, one for its key: when to try again is when waiting may help', () => {
    const { begin, emit, written, claude, state } = session('stderr');
    Object.assign(claude, { until: BACK_AT, reason: FIVE_HOURS });
    const refused = { kind: 'key-refused', status: 401 } as const;
    Object.assign(state.providers![1]!, { state: 'cooldown', until: NOW + 10 * MINUTE, reason: refused });
    const exchange = begin({ startsTurn: true });
    emit(fail(exchange, {}));
    emit(fail(exchange, { provider: 'gemini', reason: refused }));
    emit({ type: 'exchange-end', exchange, outcome: 'failed', totalMs: 10 });
    expect(written).toEqual([
      'ccmux: no provider could answer · Claude: 429 (5-hour limit), Gemini: 401 (key or login refused) · Claude is back at 17:05 · to test your keys: ccmux doctor --live\n',
    ]);
  });

  // oxfmt-ignore
  it.each<[string, (exchange: number) => EventBody, string, string]>([
    ["a limit's end", (exchange) => ({ type: 'provider-wait', exchange, provider: 'claude', until: NOW + 40_000, reason: FIVE_HOURS }), 'waiting for Claude until 14:30 (in 40 s): 429 (5-hour limit) · to go on with Gemini at once: ccmux use gemini', 'waited 0 s for Claude: 429 (5-hour limit)'],
    ['a place', (exchange) => ({ type: 'exchange-wait', exchange, provider: 'gemini', ms: 8_000, perMinute: 10 }), 'waiting for Gemini until 14:30 (in 8 s): its 10 requests a minute are used up · to go on with Claude at once: ccmux use claude', 'waited 0 s for Gemini: its 10 requests a minute are used up'],
    ['a place that comes at once', (exchange) => ({ type: 'exchange-wait', exchange, provider: 'gemini', ms: 900, perMinute: 10 }), '', ''],
  ])('a wait for %s: at once on stderr, and where Claude Code draws when it is over', async (_what, wait, at, after) => {
    for (const [mode, expected] of [['stderr', at], ['claude', after]] as const) {
      const { emit, begin: beginOne, written, onHook } = session(mode);
      const exchange = beginOne();
      emit(wait(exchange));
      emit({ type: 'attempt-start', exchange, attempt: 1, provider: 'claude' });
      const told = mode === 'stderr' ? written.join('').trim() : ((await onHook('post-tool-use', {}))?.systemMessage ?? '');
      expect(told).toBe(expected === '' ? '' : `ccmux: ${expected}`);
    }
  });

  it('an answer that broke off', () => {
    const { begin, emit, written } = session('stderr');
    const exchange = begin({ startsTurn: true });
    emit({ type: 'exchange-end', exchange, outcome: 'cut', provider: 'gemini', totalMs: 3200 });
    expect(written).toEqual(["ccmux: Gemini's answer broke off after 3.2 s · Claude Code tries again by itself\n"]);
  });

  it('what broke off is no answer: nobody answered, or the one that was asked again', async () => {
    const { begin, emit, answer, onHook } = session('claude');
    const breakOff = (more: { startsTurn?: boolean }) => {
      const exchange = begin(more);
      emit({ type: 'attempt-commit', exchange, attempt: 1, provider: 'gemini', firstByteMs: 10 });
      emit({ type: 'exchange-end', exchange, outcome: 'cut', provider: 'gemini', totalMs: 3200 });
    };
    breakOff({ startsTurn: true });
    expect((await onHook('stop', {}))?.systemMessage).toMatch(/^ccmux: Gemini's answer broke off after 3\.2 s[^\n]*$/);
    breakOff({ startsTurn: true });
    answer('gemini');
    expect((await onHook('stop', {}))?.systemMessage).toMatch(/\nccmux: Gemini answered this message \(1 response\)/);
  });

  it('billing that was relayed, not billing that was failed over', () => {
    const { begin, emit, written } = session('stderr');
    const exchange = begin({ startsTurn: true });
    emit(
      fail(exchange, {
        failure: 'billing',
        reason: { kind: 'billing', status: 402, what: 'no-credit' },
        action: 'failover',
      }),
    );
    expect(written).toEqual([]);
    emit(
      fail(exchange, {
        failure: 'billing',
        reason: { kind: 'billing', status: 402, what: 'no-credit' },
        action: 'relay',
      }),
    );
    expect(written).toHaveLength(1);
  });

  it('that no fallback has room for the conversation, with the limit that comes near', () => {
    const { emit, written, state, claude } = session('stderr');
    const small = (id: string, fits: number) =>
      ({ ...provider(id), state: 'cannot_take', reason: { kind: 'small-window', fits, tokens: 480_000 } }) as const;
    const near = without({ ...NEAR }, 'at') as EventBody;
    state.providers = [claude, small('gemini', 400_000), provider('groq')];
    emit(near);
    state.providers = [claude, small('gemini', 400_000), small('groq', 128_000)];
    emit(near);
    expect(written.filter((text) => text.includes('compact'))).toEqual([
      'ccmux: no fallback takes this conversation of 480k tokens (Gemini: 400k) · /compact now, or nobody can take over\n',
    ]);
  });

  it('an absence of an hour, once', () => {
    let now = NOW;
    const { answer, written, claude } = session('stderr', () => now);
    Object.assign(claude, { until: NOW + 155 * MINUTE, reason: FIVE_HOURS });
    const answers = (by: string, minutes: number) => {
      now = NOW + minutes * MINUTE;
      answer(by);
    };
    for (const [by, minutes] of [
      ['gemini', 0],
      ['gemini', 59],
      ['gemini', 60],
      ['groq', 90],
      ['claude', 100],
      ['gemini', 110],
      ['gemini', 150],
    ] as const)
      answers(by, minutes);
    expect(written.filter((text) => text.includes('an hour'))).toEqual([
      'ccmux: Gemini has answered for an hour · Claude is back at 17:05 · to hold until then: ccmux use claude --only · or start with --wait 2h\n',
    ]);
    answers('gemini', 170);
    expect(written.filter((text) => text.includes('an hour'))).toHaveLength(2);
  });

  it('a rule that holds, once a turn, and the first request that moves', () => {
    const { emit, written, claude } = session('stderr');
    Object.assign(claude, { until: BACK_AT, reason: FIVE_HOURS });
    const hold = { type: 'exchange-hold', exchange: 1, provider: 'gemini', rule: 'prompt incident' } as const;
    emit({ ...hold, then: 'ask' });
    emit({ ...hold, then: 'ask' });
    const move = { type: 'exchange-move', exchange: 2, to: 'gemini' } as const;
    emit({ ...move, why: { kind: 'route', rule: 'class auxiliary' } });
    emit({ ...move, why: { kind: 'overflow', window: '5h', used: 0.92 } });
    emit({ ...move, why: { kind: 'overflow', window: '5h', used: 0.93 } });
    expect(written).toEqual([
      'ccmux: held for Claude by your rule: prompt incident · to let Gemini answer, send the same message again within 5 minutes · Claude is back at 17:05\n',
      'ccmux: some requests go to Gemini to spare Claude: 5-hour limit 92 % used · undo: ccmux use claude\n',
    ]);
  });

  it('steering, once: the switch that follows is no news', () => {
    const { emit, answer, written } = session('stderr');
    emit({ type: 'provider-steer', provider: 'gemini', only: false });
    answer('gemini', { startsTurn: true, switch: { cause: 'steer' } });
    expect(written).toEqual(['ccmux: Gemini answers from the next request on · undo: ccmux use auto\n']);
  });

  it.each(['steer', 'move'] as const)(
    "Claude's thoughts at the end of the turn that they went with: %s",
    async (cause) => {
      const { answer, onHook } = session('claude');
      answer('gemini', { startsTurn: true, switch: { cause, thoughts: 3 } });
      const first = await onHook('stop', {});
      expect(first?.systemMessage).toMatch(
        /^ccmux: Gemini answered this message \(1 response\) · with 3 of Claude's thoughts/,
      );
      answer('gemini', { startsTurn: true });
      expect((await onHook('stop', {}))?.systemMessage ?? '').not.toContain('thoughts');
    },
  );

  it.each([
    ['manual', null, 1],
    ['turn', null, 0],
    ['manual', { provider: 'gemini', only: false }, 0],
  ] as const)('that claude is ready, with switchBack %s and steer %j', (switchBack, steer, times) => {
    const { emit, answer, written, state } = session('stderr');
    answer('gemini', { startsTurn: true, switch: {} });
    Object.assign(state, { switchBack, steer });
    emit({ type: 'provider-ready', provider: 'claude' });
    expect(written.filter((text) => text === 'ccmux: Claude is available again: ccmux use claude\n')).toHaveLength(
      times,
    );
  });
});

describe('the footer', () => {
  const window = { name: '5h', used: 0.82, resetAt: BACK_AT, source: 'wire' } as const;

  it.each<[string, (its: ReturnType<typeof session>) => unknown, string]>([
    ['quiet while claude answers', () => {}, 'ccmux ▸ Claude'],
    [
      'a limit that fills up',
      ({ claude }) => (claude.windows = [window]),
      'ccmux ▸ Claude · 5-hour limit 82 % used (resets 17:05)',
    ],
    ['a limit with room', ({ claude }) => (claude.windows = [{ ...window, used: 0.6 }]), 'ccmux ▸ Claude'],
    ['a limit of the past', ({ claude }) => (claude.windows = [{ ...window, resetAt: NOW - 1 }]), 'ccmux ▸ Claude'],
    [
      'a limit in numbers',
      ({ claude }) => (claude.windows = [{ name: 'requests', limit: 50, remaining: 5, source: 'wire' }]),
      'ccmux ▸ Claude · requests 90 % used',
    ],
    [
      'a failover',
      ({ answer }) => answer('gemini', { switch: {} }),
      'ccmux ▸ Gemini · Claude back 17:05 (in 2 h 35 min)',
    ],
    [
      "another session's failover",
      ({ state, claude }) =>
        Object.assign(claude, { until: BACK_AT, reason: FIVE_HOURS }) && (state.serving = 'gemini'),
      'ccmux ▸ Gemini · Claude back 17:05 (in 2 h 35 min)',
    ],
    [
      'ready again',
      ({ answer, state }) => (answer('gemini'), (state.serving = 'gemini')),
      'ccmux ▸ Gemini · Claude again from your next message on',
    ],
    [
      'ready again, by hand',
      ({ answer, state }) => Object.assign(state, { switchBack: 'manual', serving: 'gemini' }) && answer('gemini'),
      'ccmux ▸ Gemini · Claude is available: ccmux use claude',
    ],
    [
      'a choice',
      ({ state }) => Object.assign(state, { serving: 'gemini', steer: { provider: 'gemini', only: false } }),
      'ccmux ◆ Gemini · your choice (ccmux use auto)',
    ],
    ['a spent budget', ({ state }) => (state.providers![1]!.state = 'over_budget'), 'ccmux ▸ Claude · budget spent'],
    ['back', ({ answer }) => (answer('gemini', { switch: {} }), answer('claude')), 'ccmux ▸ Claude'],
  ])('%s', (_, arrange, expected) => {
    const its = session();
    arrange(its);
    expect(its.footer({}, 0)).toBe(expected);
  });

  it("falls back to what Claude Code itself knows of Claude's limits", () => {
    const stdin = { rate_limits: { five_hour: { used_percentage: 91, resets_at: BACK_AT / 1000 }, seven_day: null } };
    expect(session().footer(stdin, 0)).toBe('ccmux ▸ Claude · 5-hour limit 91 % used (resets 17:05)');
    expect(session().footer('nonsense', 0)).toBe('ccmux ▸ Claude');
  });
});

describe('an answer that never ends', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('does not hold up Claude Code', async () => {
    const { begin, emit, onHook } = session();
    const exchange = begin({ startsTurn: true });
    emit({ type: 'attempt-commit', exchange, attempt: 1, provider: 'gemini', firstByteMs: 10 });
    const output = onHook('stop', {});
    await vi.advanceTimersByTimeAsync(500);
    expect((await output)?.systemMessage).toBe('ccmux: Gemini answered this message (1 response)');
  });
});
