import { expect, test, vi } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { createBus, type Event, type Reason } from '../../src/events.ts';
import { nextStep } from '../../src/failover/plan.ts';
import type { Step } from '../../src/failover/step.ts';
import type { AskedFacts } from '../../src/failover/request-facts.ts';
import { withCooldown, type Cooldowns } from '../../src/failover/cooldown.ts';
import { hasReadyAlternative, isAlone, lastResort } from '../../src/failover/situation.ts';
import { timesOf } from '../../src/proxy/times.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createBudget } from '../../src/proxy/budget.ts';
import type { Ledger } from '../../src/proxy/cooldowns.ts';
import { createRouter, type Router } from '../../src/proxy/router.ts';
import { CONFIG, fallback } from '../helpers/proxy.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';

const FACTS: AskedFacts = {
  continued: false,
  model: 'claude-opus-5-5',
  turn: {
    requestClass: 'main',
    thread: 'main',
    startsTurn: true,
    prompt: 'hi',
    needsOwnThinking: false,
  },
  needs: { tools: true, images: false, pdfs: false },
  inputTokens: () => 1_000,
  maxTokens: 1_000,
};

const send: Provider['send'] = async () => {
  throw new Error('nobody is asked in these tests');
};
const claude = fallback('claude', send, {
  own: true,
  translated: false,
  wire: 'anthropic',
  kind: 'anthropic',
  paid: false,
});
const gemini = fallback('gemini', send);

function setUp(config: Partial<Config> = {}, counted: Ledger['counted'] = () => []) {
  const events: Event[] = [];
  const bus = createBus(Date.now);
  bus.on((event) => events.push(event));
  let cooldowns: Cooldowns = {};
  const ledger: Ledger = {
    cooldowns: () => cooldowns,
    setCooldowns: (provider, own) => void (cooldowns = { ...cooldowns, [provider]: own }),
    samples: () => [2_000, 2_800, 9_000],
    addSample() {},
    count() {},
    counted,
    setWindows() {},
    used: () => undefined,
  };
  const budget = createBudget(
    config.budget ?? {},
    { spentToday: () => 0, assumedToday: () => 0, spendUnknown: () => false, addSpend() {} },
    bus,
  );
  const router = createRouter({
    providers: [claude, gemini],
    config: { ...CONFIG, ...config },
    ledger,
    budget,
    bus,
    now: Date.now,
    redact: (text) => text,
  });
  const cooldown = (until: number) => {
    ledger.setCooldowns(
      'claude',
      withCooldown(cooldowns, 'claude', { until, failure: 'rate_limit', reason: FIVE_HOURS, streak: 1 })['claude']!,
    );
  };
  const answer = (provider: Provider, reason?: Reason, failed = 'claude') =>
    router.answer({
      exchange: 1,
      provider,
      family: 'opus',
      thread: 'main',
      startsTurn: true,
      ms: 4_200,
      usage: undefined,
      reasons: new Map(reason === undefined ? [] : [[failed, reason]]),
    });
  return { router, events, cooldown, answer };
}

const switches = (events: Event[]) =>
  events.flatMap((event) => (event.type === 'provider-switch' ? [`${event.from}>${event.to} ${event.cause}`] : []));

/** What Claude answers when its weekly limit for Opus is used up, and nothing else is. */
const OPUS_LIMITED = {
  'anthropic-ratelimit-unified-status': 'rejected',
  'anthropic-ratelimit-unified-5h-status': 'allowed',
  'anthropic-ratelimit-unified-7d-status': 'allowed',
  'anthropic-ratelimit-unified-7d_opus-status': 'rejected',
  'anthropic-ratelimit-unified-representative-claim': 'seven_day_opus',
  'anthropic-ratelimit-unified-reset': String(Math.ceil(Date.now() / 1000) + 3_600),
};

/** Who is asked first, for a request that has been read or (`unread`) could be sent on before. */
function first(
  router: Router,
  family?: AskedFacts['family'],
): { asked: string; unread: boolean; skipped: Step['skipped'] } {
  let unread = true;
  const situation = {
    ...router.surroundings(),
    family,
    streaming: true,
    opened: false,
    retries: 0,
    random: 0,
    times: timesOf(CONFIG),
  };
  const step = nextStep([], situation, () => ((unread = false), { ...FACTS, family }));
  return { asked: step.do === 'ask' ? step.provider : step.do, unread, skipped: step.skipped };
}

test('a switch says who failed and why, how long it took against the usual, and when they are back', () => {
  const { answer, events, cooldown } = setUp();
  const until = Date.now() + 3_600_000;
  cooldown(until);
  answer(gemini, FIVE_HOURS);
  expect(events).toMatchObject([
    {
      type: 'provider-switch',
      from: 'claude',
      to: 'gemini',
      cause: 'failover',
      reason: FIVE_HOURS,
      ms: 4_200,
      usualMs: 2_800,
      backAt: until,
    },
  ]);
  answer(gemini);
  expect(events).toHaveLength(1);
});

test("a user's own limit that is used up gives a provider a cooldown until it opens again", () => {
  const resetAt = Date.now() + 60_000;
  const limits = { gemini: { limits: { requestsPerDay: 10 } } };
  const full = setUp({ providers: limits }, (provider) =>
    provider === 'gemini'
      ? [{ name: 'requestsPerDay', used: 1, limit: 10, remaining: 0, resetAt, source: 'counted' }]
      : [],
  );
  expect(full.router.cooldowns()['gemini']).toMatchObject([
    { reason: { kind: 'own-limit', window: 'requestsPerDay' }, until: resetAt },
  ]);
  full.cooldown(resetAt);
  expect(first(full.router).skipped).toMatchObject([
    { provider: 'claude' },
    { provider: 'gemini', reason: 'cooldown', detail: { kind: 'own-limit', window: 'requestsPerDay' } },
  ]);
  const room = setUp({ providers: limits }, () => [{ name: 'requestsPerDay', used: 0.9, resetAt, source: 'counted' }]);
  expect(room.router.cooldowns()['gemini']).toBeUndefined();
});

test('a limit of one model family is a cooldown of that family alone', () => {
  const { router, events } = setUp();
  router.fail(
    claude,
    { wire: 'anthropic', cause: 'status', status: 429, headers: OPUS_LIMITED, body: '{}', translated: false },
    { family: 'opus' },
  );
  expect(events.find(({ type }) => type === 'provider-cooldown')).toMatchObject({ provider: 'claude', family: 'opus' });
  expect(first(router, 'opus')).toMatchObject({ asked: 'gemini', unread: false });
  expect(first(router, 'haiku')).toMatchObject({ asked: 'claude', unread: true });
});

test('when the preferred provider is ready again while another serves, that is told once', () => {
  vi.useFakeTimers();
  try {
    const { router, events, answer } = setUp({ switchBack: 'manual' });
    const failure = {
      wire: 'anthropic',
      cause: 'status',
      status: 429,
      headers: { 'retry-after': '30' },
      body: '{}',
      translated: false,
    } as const;
    router.fail(claude, failure, { family: 'opus' });
    answer(gemini);
    vi.advanceTimersByTime(20_000);
    expect(events.some(({ type }) => type === 'provider-ready')).toBe(false);
    vi.advanceTimersByTime(20_000);
    expect(events.filter(({ type }) => type === 'provider-ready')).toMatchObject([{ provider: 'claude' }]);
    expect(router.whoIsNext()).toMatchObject({ provider: 'gemini' });
    router.close();
  } finally {
    vi.useRealTimers();
  }
});

test('asking for a provider by name ends its cooldown: the user may know more', () => {
  const { router, cooldown } = setUp();
  cooldown(Date.now() + 3_600_000);
  expect(first(router, 'opus')).toMatchObject({ asked: 'gemini', unread: false });
  expect(router.use('claude', false)).toBeUndefined();
  expect(first(router, 'opus').asked).toBe('claude');
});

test('nobody else to ask is different from nobody else being ready', () => {
  const { router } = setUp();
  const company = () => [
    isAlone(router.surroundings(), 'claude'),
    hasReadyAlternative(router.surroundings(), 'claude'),
  ];
  expect(company()).toEqual([false, true]);
  router.fail(
    gemini,
    { wire: 'openai', cause: 'network', code: 'ECONNREFUSED', headers: {}, body: '', translated: true },
    { family: 'opus' },
  );
  expect(company()).toEqual([false, false]);
  router.use('claude', true);
  expect(company()[0]).toBe(true);
});

test('a choice that could not be kept is a failover, never a silent one', () => {
  const { router, events, answer, cooldown } = setUp();
  answer(gemini, FIVE_HOURS);
  router.use('claude', false);
  cooldown(Date.now() + 3_600_000);
  answer(gemini, FIVE_HOURS);
  expect(switches(events)).toEqual(['claude>gemini failover', 'claude>gemini failover']);
  router.use('gemini', false);
  answer(gemini);
  router.use('auto', false);
  answer(gemini, OVERLOADED);
  answer(claude);
  expect(switches(events).slice(2)).toEqual(['claude>gemini failover', 'gemini>claude back']);
});

test('a choice that was kept says who was left', () => {
  const { router, events, answer } = setUp();
  router.use('gemini', true);
  answer(gemini);
  answer(gemini);
  router.use('auto', false);
  answer(claude);
  expect(switches(events)).toEqual(['claude>gemini steer', 'gemini>claude steer']);
});

test('the spend guard holds against the last resort and against a choice', () => {
  const { router, cooldown } = setUp({ budget: { ...CONFIG.budget, perSession: 0 } });
  cooldown(Date.now() + 3_600_000);
  expect(first(router)).toMatchObject({
    asked: 'claude',
    skipped: [
      { provider: 'claude', reason: 'cooldown' },
      { provider: 'gemini', reason: 'budget' },
    ],
  });
  expect(lastResort(router.surroundings())).toBe('claude');
  expect(router.use('gemini', true)).toMatch(/over your budget: raise budget\.perSession/);
  expect(router.whoIsNext()).toMatchObject({ provider: 'claude' });
});

test('a fallback that the conversation has become too dear for is not named as next', () => {
  const { router, cooldown } = setUp({ budget: { ...CONFIG.budget, perSession: 1 } });
  cooldown(Date.now() + 3_600_000);
  expect(router.whoIsNext()).toMatchObject({ provider: 'gemini', passedOver: [] });
  const costUsd = vi.fn<(id: string) => number>(() => 3);
  router.met(() => ({ ...FACTS, costUsd }));
  for (let asked = 0; asked < 3; asked += 1) {
    expect(router.whoIsNext()).toMatchObject({
      provider: 'claude',
      passedOver: [{ provider: 'gemini', detail: { kind: 'over-budget', needsUsd: 3, leftUsd: 1 } }],
    });
  }
  expect(costUsd, 'counted once for all').toHaveBeenCalledTimes(1);
});

test('who is next is told for the family that the user works with', () => {
  const { router, answer } = setUp();
  router.fail(
    claude,
    { wire: 'anthropic', cause: 'status', status: 429, headers: OPUS_LIMITED, body: '{}', translated: false },
    { family: 'opus' },
  );
  answer(gemini, { kind: 'limit', status: 429, window: '7d_opus' });
  expect(router.family()).toBe('opus');
  expect(router.whoIsNext()).toMatchObject({ provider: 'gemini' });
});

test('a cooldown that was inherited from another session also ends in a word to the user', () => {
  vi.useFakeTimers();
  try {
    const { router, events, answer, cooldown } = setUp({ switchBack: 'manual' });
    cooldown(Date.now() + 30_000);
    answer(gemini);
    vi.advanceTimersByTime(40_000);
    expect(events.filter(({ type }) => type === 'provider-ready')).toHaveLength(1);
    router.close();
  } finally {
    vi.useRealTimers();
  }
});
