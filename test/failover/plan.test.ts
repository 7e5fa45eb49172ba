import { describe, expect, it } from 'vitest';
import { nextStep } from '../../src/failover/plan.ts';
import type { Step } from '../../src/failover/step.ts';
import type { Past, Tried } from '../../src/failover/past.ts';
import type { AskedFacts } from '../../src/failover/request-facts.ts';
import type { Pace } from '../../src/failover/pace.ts';
import type { Candidate } from '../../src/failover/policy.ts';
import { withCooldown, type Cooldowns } from '../../src/failover/cooldown.ts';
import { NO_LIMITS, whoIsNext, type Limits, type Situation } from '../../src/failover/situation.ts';

import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const HOUR = 3_600_000;

const claude: Candidate = {
  id: 'claude',
  own: true,
  ready: true,
  paid: false,
  translated: false,
  capabilities: { tools: true, images: true, pdfs: true },
  contextWindow: 200_000,
  maxOutput: 64_000,
};
const gemini: Candidate = { ...claude, id: 'gemini', own: false, paid: true, translated: true };
const zai: Candidate = { ...gemini, id: 'zai', translated: false, contextWindow: 1_000 };
const keyless: Candidate = { ...gemini, id: 'keyless', ready: false };

const FACTS: AskedFacts = {
  model: 'claude-opus-5-5',
  continued: false,
  family: 'opus',
  turn: {
    requestClass: 'main',
    thread: 'main',
    startsTurn: true,
    prompt: 'x',
    needsOwnThinking: false,
  },
  needs: { images: false, pdfs: false, tools: true },
  inputTokens: () => 100,
  maxTokens: 100,
};

const REST = { failure: 'rate_limit', reason: FIVE_HOURS, streak: 1 } as const;

/** `claude gemini 5s`: these have a cooldown, for an hour unless said. */
function cooling(words: string): Cooldowns {
  const until = NOW + (words.endsWith('5s') ? 5_000 : HOUR);
  const ids = words.split(' ').filter((word) => word !== '' && word !== '5s');
  return ids.reduce<Cooldowns>(
    (cooldowns, id) => withCooldown(cooldowns, id, { until, failure: 'rate_limit', reason: FIVE_HOURS, streak: 1 }),
    {},
  );
}

/** Claude is overloaded for one family of its models. */
const overloadOf = (family: 'opus' | 'sonnet'): Cooldowns =>
  withCooldown({}, 'claude', { until: NOW + 5_000, failure: 'overloaded', reason: OVERLOADED, streak: 1, family });

/** What was tried ended so. */
const ENDS: Record<string, Pick<Tried, 'outcome' | 'relayable'>> = {
  limit: {
    outcome: {
      action: 'failover',
      failure: 'rate_limit',
      reason: FIVE_HOURS,
      cooldown: { until: NOW + HOUR },
      retryable: false,
    },
    relayable: true,
  },
  hiccup: {
    outcome: {
      action: 'failover',
      failure: 'overloaded',
      reason: OVERLOADED,
      cooldown: { until: NOW + 5_000 },
      retryable: true,
    },
    relayable: true,
  },
  /** No connection: there are no bytes to relay. */
  broken: {
    outcome: {
      action: 'failover',
      failure: 'network',
      reason: OVERLOADED,
      cooldown: { until: NOW + 5_000 },
      retryable: true,
    },
    relayable: false,
  },
  silent: {
    outcome: {
      action: 'failover',
      failure: 'timeout',
      reason: OVERLOADED,
      cooldown: { until: NOW + 5_000 },
      retryable: true,
    },
    relayable: false,
  },
  mistake: { outcome: { action: 'relay', failure: 'client', reason: OVERLOADED, retryable: false }, relayable: true },
};

/** `claude limit, wait gemini, leave gemini (the wait was cut short), gemini hiccup`: what was done so far. */
function pastOf(words: string): Past[] {
  return words
    .split(', ')
    .filter(Boolean)
    .map((each) => {
      const [first = '', second = ''] = each.split(' ');
      if (first === 'wait' || first === 'leave')
        return { did: 'wait', for: second, ...(first === 'leave' && { cutShort: true }) };
      if (first === 'queue') return { did: 'wait', for: second, queuedMs: 5_000 };
      const cause = second === 'silent' ? 'timeout' : 'status';
      const failure = {
        wire: 'anthropic',
        cause,
        status: 429,
        headers: {},
        body: '',
        translated: false,
      } as const;
      const end = ENDS[second]!;
      return { did: 'ask', provider: first, failure, at: NOW, ...end, relayable: end.relayable && first === 'claude' };
    });
}

const CLAUDES: Limits = { connect: 1, firstByte: 6, silence: 6, firstContent: 60, whole: 60, afterContent: 24 };
const OTHERS: Limits = { ...CLAUDES, firstContent: 24, whole: 24, afterContent: 12 };
const TIMES = {
  waitUpTo: 0,
  queueUpTo: 8_000,
  limits: { claude: CLAUDES, others: OTHERS },
  errorBody: 5,
  afterEnd: 1,
  retryPause: 7,
};

function situation(over: Partial<Omit<Situation, 'order'>> & { order?: Candidate[] } = {}): Situation {
  const { order = [claude, gemini], ...rest } = over;
  return {
    order: () => order,
    cooldowns: {},
    steering: {},
    switchBack: 'turn',
    overBudget: new Set(),
    paces: new Map(),
    failover: true,
    family: 'opus',
    streaming: true,
    opened: false,
    retries: 0,
    random: 0.5,
    times: TIMES,
    now: NOW,
    ...rest,
  };
}

const WAITING = { ...TIMES, waitUpTo: 10_000 };

/** `ask gemini`, `ask claude unread` (before anybody has looked into the request), `wait claude 7`, `relay 0`, `fail`. */
function told(step: Step, wasRead: boolean): string {
  if (step.do === 'ask') return `ask ${step.provider}${wasRead ? '' : ' unread'}`;
  if (step.do === 'wait') return `wait ${step.for} ${step.ms}`;
  if (step.do === 'decline') return `decline ${step.provider} ${step.lack}`;
  return step.do === 'relay' ? `relay ${step.attempt}` : step.do;
}

function stepFor(past: string, over: Parameters<typeof situation>[0], facts: AskedFacts | undefined = FACTS): string {
  let wasRead = false;
  const step = nextStep(pastOf(past), situation(over), () => ((wasRead = true), facts));
  return told(step, wasRead || past !== '');
}

describe('who is asked next', () => {
  // oxfmt-ignore
  const rows: [what: string, past: string, over: Parameters<typeof situation>[0], expected: string][] = [
    ['nothing has happened: Claude, before anybody looks into the request', '', {}, 'ask claude unread'],
    ['nobody else there', '', { order: [claude] }, 'ask claude unread'],
    ['Claude is unavailable', '', { cooldowns: cooling('claude') }, 'ask gemini'],
    ['everybody cooldowns: Claude all the same', '', { cooldowns: cooling('claude gemini') }, 'ask claude'],
    ['over the budget nobody paid is asked', '', { cooldowns: cooling('claude'), overBudget: new Set(['gemini']) }, 'ask claude'],
    ['a limit: the next', 'claude limit', { cooldowns: cooling('claude') }, 'ask gemini'],
    ['and the next', 'claude limit, gemini limit', { order: [claude, gemini, { ...zai, contextWindow: 1e6 }], cooldowns: cooling('claude gemini') }, 'ask zai'],
    ['nobody is left', 'claude limit, gemini limit', { cooldowns: cooling('claude gemini') }, 'fail'],
    ['nobody has a key', 'claude limit', { order: [claude, keyless] }, 'relay 0'],
    ["a mistake is the client's", 'claude mistake', {}, 'relay 0'],
    ['not when pings have opened the stream', 'claude mistake', { opened: true }, 'fail'],
    ['nor where there is nothing to relay', 'claude broken', { order: [claude] }, 'fail'],
    ['no failover wanted', 'claude limit', { failover: false }, 'relay 0'],
    ['only one wanted', 'gemini limit', { steering: { pinned: { provider: 'gemini', only: true } } }, 'fail'],
    ['Claude was passed over and nobody else could: Claude', 'gemini limit', { cooldowns: cooling('claude gemini') }, 'ask claude'],
    ['a last one that may recover is asked once more', 'claude limit, gemini hiccup', { cooldowns: cooling('claude gemini') }, 'wait gemini 7'],
    ['after the pause', 'claude limit, gemini hiccup, wait gemini', { cooldowns: cooling('claude gemini') }, 'ask gemini'],
    ['but once', 'claude limit, gemini hiccup, wait gemini, gemini hiccup', { cooldowns: cooling('claude gemini') }, 'fail'],
    ['a user who would rather wait waits for a limit that is soon over', '', { cooldowns: cooling('claude 5s'), times: WAITING }, 'wait claude 5000'],
    ['then asks', 'wait claude', { times: WAITING }, 'ask claude'],
    ['or somebody else, when it has moved', 'wait claude', { cooldowns: cooling('claude'), times: WAITING }, 'ask gemini'],
    ['the user chose somebody else meanwhile', 'leave claude', { cooldowns: cooling('claude 5s'), times: WAITING, steering: { pinned: { provider: 'gemini', only: false } } }, 'ask gemini'],
    ['also after an attempt of the one that was waited for', 'claude hiccup, leave claude', { cooldowns: cooling('claude 5s'), times: WAITING, steering: { pinned: { provider: 'gemini', only: false } } }, 'ask gemini'],
    ['not for one that is not', '', { cooldowns: cooling('claude'), times: WAITING }, 'ask gemini'],
    ['an overload that the client deals with', 'claude hiccup', { clientSwitches: true, retries: 2 }, 'relay 0'],
    ['and each further one', '', { clientSwitches: true, cooldowns: overloadOf('opus') }, 'ask claude unread'],
    ['but not one that it cannot deal with', '', { cooldowns: overloadOf('opus') }, 'ask gemini'],
    ["nor what the client's switch excludes: a limit", 'claude limit', { clientSwitches: true, cooldowns: cooling('claude') }, 'ask gemini'],
    ['a lost connection', 'claude broken', { clientSwitches: true, cooldowns: cooling('claude') }, 'ask gemini'],
    ['a limit that holds already', '', { clientSwitches: true, cooldowns: cooling('claude') }, 'ask gemini'],
    ["Claude's own trouble, and everybody else cooldowns: the client tries again by itself", 'claude hiccup', { cooldowns: cooling('gemini'), retries: 2 }, 'relay 0'],
    ['a connection that broke leaves nothing to relay', 'claude broken', { cooldowns: cooling('gemini'), retries: 2 }, 'fail'],
    ['when Claude has a limit, a last hope is asked once more', 'claude limit, gemini hiccup', { cooldowns: cooling('claude gemini'), retries: 2 }, 'wait gemini 7'],
    ['not when Claude will soon be asked again anyhow', 'claude hiccup, gemini hiccup', { cooldowns: cooling('claude gemini') }, 'fail'],
    ['a limit of time that has passed is not tried again', 'claude limit, gemini silent', { cooldowns: cooling('claude gemini'), retries: 2 }, 'fail'],
    ['nor by a user who would rather wait', 'claude silent', { times: WAITING, retries: 2 }, 'ask gemini'],
    ['also after an attempt', 'claude hiccup', { times: WAITING }, 'wait claude 5000'],
    ['and asks the same again', 'claude hiccup, wait claude', { times: WAITING }, 'ask claude'],
    ['but once', 'claude hiccup, wait claude, claude hiccup', { cooldowns: cooling('claude 5s'), times: WAITING }, 'ask gemini'],
  ];
  it.each(rows)('%s', (_what, past, over, expected) => {
    expect(stepFor(past, over)).toBe(expected);
  });

  it.each<[what: string, past: string, over: Parameters<typeof situation>[0], expected: string]>([
    ['there is no cap', '', { cooldowns: cooling('claude') }, 'ask gemini'],
    ['it fits', '', { cooldowns: cooling('claude'), budgetLeft: 2 }, 'ask gemini'],
    ['it does not: Claude, whose limit it is', '', { cooldowns: cooling('claude'), budgetLeft: 1.99 }, 'ask claude'],
    [
      'it does not, and one that costs less is there',
      '',
      { cooldowns: cooling('claude'), budgetLeft: 1, order: [claude, gemini, { ...zai, contextWindow: 1e6 }] },
      'ask zai',
    ],
    [
      'not even the only one that is wanted',
      '',
      { budgetLeft: 1, steering: { pinned: { provider: 'gemini', only: true } } },
      'fail',
    ],
    [
      'a paid one that comes first is not asked unread',
      '',
      { order: [{ ...gemini, translated: false }], budgetLeft: 5 },
      'ask gemini',
    ],
    ['nor at all', '', { order: [{ ...gemini, translated: false }], budgetLeft: 1 }, 'fail'],
    [
      'others have spent during the pause',
      'claude limit, gemini hiccup, wait gemini',
      { cooldowns: cooling('claude gemini'), budgetLeft: 1 },
      'fail',
    ],
    ['Claude costs nothing', '', { budgetLeft: 0 }, 'ask claude unread'],
  ])('a request of two dollars for gemini and a half for zai: %s', (_what, past, over, expected) => {
    expect(stepFor(past, over, { ...FACTS, costUsd: (id) => (id === 'gemini' ? 2 : 0.5) })).toBe(expected);
  });

  const ALL = { search: true, fetch: true, domains: true, mixed: true };
  const searcher: Candidate = { ...gemini, id: 'openai', web: ALL };
  const limited = { cooldowns: cooling('claude') };
  const wish = { search: true, fetch: false, domains: false, only: true, must: true };

  it.each<
    [what: string, past: string, over: Parameters<typeof situation>[0], web: Partial<typeof wish>, expected: string]
  >([
    ['Claude has one', '', {}, {}, 'ask claude unread'],
    ['nobody else has one', '', limited, {}, 'decline gemini search'],
    ['and Claude has just failed', 'claude limit', limited, {}, 'decline gemini search'],
    ['the user wants none', '', { ...limited, order: [claude, { ...gemini, web: 'off' }] }, {}, 'decline gemini off'],
    ['a later one has one', '', { ...limited, order: [claude, gemini, searcher] }, {}, 'ask openai'],
    [
      'it has one, and has failed',
      'openai limit',
      { cooldowns: cooling('claude openai'), order: [claude, gemini, searcher] },
      {},
      'decline gemini search',
    ],
    [
      'it cannot fetch',
      '',
      { ...limited, order: [claude, { ...searcher, web: { ...ALL, fetch: false } }] },
      { fetch: true },
      'decline openai fetch',
    ],
    [
      'it takes no domains',
      '',
      { ...limited, order: [claude, { ...searcher, web: { ...ALL, domains: false } }] },
      { domains: true },
      'decline openai domains',
    ],
    ['the model may do without', '', limited, { must: false }, 'ask gemini'],
    [
      'and rather goes to one that has it',
      '',
      { ...limited, order: [claude, gemini, searcher] },
      { must: false },
      'ask openai',
    ],
    [
      'not when it is one tool among others',
      '',
      { ...limited, order: [claude, gemini, searcher] },
      { must: false, only: false },
      'ask gemini',
    ],
    ['nobody is available', '', { cooldowns: cooling('claude gemini') }, {}, 'ask claude'],
  ])('a web search: %s', (_what, past, over, web, expected) => {
    const needs = { ...FACTS.needs, tools: false, web: { ...wish, ...web } };
    expect(stepFor(past, over, { ...FACTS, needs })).toBe(expected);
  });

  const gone = { cooldowns: cooling('claude') };
  it.each<[what: string, past: string, over: Parameters<typeof situation>[0], expected: string]>([
    ['Claude has the rest of it', '', {}, 'ask claude unread'],
    ['Claude is unavailable', '', gone, 'ask-whole'],
    ['a limit', 'claude limit', gone, 'ask-whole'],
    ['nobody else is ready', '', { cooldowns: cooling('claude gemini') }, 'ask claude'],
    ['nobody else is there', 'claude limit', { order: [claude] }, 'relay 0'],
    ["a mistake is the client's", 'claude mistake', {}, 'relay 0'],
    ['the user wants somebody else', '', { steering: { pinned: { provider: 'gemini', only: true } } }, 'ask-whole'],
    ['Claude is not in the order', '', { order: [gemini] }, 'ask-whole'],
    ['pings have opened the stream', 'claude limit', { ...gone, opened: true }, 'ask-whole'],
  ])('gives the end of a conversation to nobody but Claude: %s', (_what, past, over, expected) => {
    expect(stepFor(past, over, { ...FACTS, continued: true })).toBe(expected);
  });

  it('shows a body that is no request to nobody but Claude', () => {
    const unreadable = (past: string, over: Parameters<typeof situation>[0]) => {
      const step = nextStep(pastOf(past), situation(over), () => undefined);
      return told(step, true);
    };
    const pinned = { steering: { pinned: { provider: 'gemini', only: false } } };
    const only = { steering: { pinned: { provider: 'gemini', only: true } } };
    expect(unreadable('', { cooldowns: cooling('claude') })).toBe('ask claude');
    expect(unreadable('', pinned)).toBe('ask claude');
    expect(unreadable('', only)).toBe('ask claude');
    expect(unreadable('', { ...pinned, cooldowns: cooling('claude') })).toBe('ask claude');
    expect(unreadable('', { steering: { serving: 'gemini' } })).toBe('ask claude');
    expect(unreadable('', { order: [gemini, claude] })).toBe('ask claude');
    expect(unreadable('', { order: [{ ...gemini, translated: false }, claude] })).toBe('ask claude');
    expect(unreadable('claude limit', pinned)).toBe('relay 0');
    expect(unreadable('', { order: [gemini] })).toBe('fail');
    expect(unreadable('claude limit', { cooldowns: cooling('claude') })).toBe('fail');
  });
});

describe('a hiccup is not an outage: the same provider is tried again before the next one', () => {
  // oxfmt-ignore
  const rows: [what: string, past: string, over: Parameters<typeof situation>[0], expected: string][] = [
    ['an overload', 'claude hiccup', {}, 'wait claude 400'],
    ['after the pause', 'claude hiccup, wait claude', {}, 'ask claude'],
    ['a second time, after a longer one', 'claude hiccup, wait claude, claude hiccup', {}, 'wait claude 900'],
    ['a lost connection', 'claude broken', {}, 'wait claude 400'],
    ['one kind after the other', 'claude broken, wait claude, claude hiccup', {}, 'wait claude 900'],
    ['then the next', 'claude hiccup, wait claude, claude hiccup, wait claude, claude hiccup', { cooldowns: cooling('claude 5s') }, 'ask gemini'],
    ['a limit: the next at once', 'claude limit', { cooldowns: cooling('claude') }, 'ask gemini'],
    ['a limit behind a hiccup', 'claude hiccup, wait claude, claude limit', { cooldowns: cooling('claude') }, 'ask gemini'],
    ['silence: the next at once', 'claude silent', {}, 'ask gemini'],
    ['as often as the user wants', 'claude hiccup', { retries: 0 }, 'ask gemini'],
    ['once', 'claude hiccup, wait claude, claude hiccup', { retries: 1 }, 'ask gemini'],
    ['nobody else is ready: the client tries by itself', 'claude hiccup', { cooldowns: cooling('gemini') }, 'relay 0'],
    ['nobody else has a key', 'claude hiccup', { order: [claude, keyless] }, 'relay 0'],
    ['no failover wanted', 'claude hiccup', { failover: false }, 'relay 0'],
    ['the only other one is too small', 'claude hiccup', { order: [claude, { ...zai, contextWindow: 100 }] }, 'relay 0'],
    ['a fallback, somebody else being ready', 'claude limit, gemini hiccup', { order: [claude, gemini, { ...zai, contextWindow: 1e6 }], cooldowns: cooling('claude') }, 'wait gemini 400'],
    ['early', 'claude hiccup', { random: 0 }, 'wait claude 200'],
    ['late', 'claude hiccup', { random: 1 }, 'wait claude 600'],
  ];
  it.each(rows)('%s', (_what, past, over, expected) => {
    expect(stepFor(past, { retries: 2, ...over })).toBe(expected);
  });

  // oxfmt-ignore
  it.each<[headers: Record<string, string>, expected: string]>([
    [{ 'retry-after': '1' }, 'wait claude 1000'],
    [{ 'retry-after-ms': '300' }, 'wait claude 300'],
    [{ 'retry-after': '30' }, 'ask gemini'],
    [{ 'x-should-retry': 'false' }, 'ask gemini'],
    [{ 'x-should-retry': 'true' }, 'wait claude 400'],
  ])('when the host says %j', (headers, expected) => {
    const past = pastOf('claude hiccup').map((one) => ({ ...one, failure: { ...(one as Tried).failure, headers } }));
    expect(told(nextStep(past as Past[], situation({ retries: 2 }), () => FACTS), true)).toBe(expected);
  });

  it('never for longer than two seconds in all', () => {
    const [first, pause, second] = pastOf('claude hiccup, wait claude, claude hiccup') as [Tried, Past, Tried];
    const after = (ms: number) =>
      told(
        nextStep([first, pause, { ...second, at: NOW + ms }], situation({ retries: 2 }), () => FACTS),
        true,
      );
    expect([after(1_000), after(1_200)]).toEqual(['wait claude 900', 'ask gemini']);
  });

  it('hears no ping meanwhile: it would commit a 200', () => {
    const pings = (past: string) => nextStep(pastOf(past), situation({ retries: 2 }), () => FACTS);
    expect(pings('claude hiccup')).toMatchObject({ do: 'wait', pings: false });
    expect(pings('claude hiccup, wait claude')).toMatchObject({ do: 'ask', provider: 'claude', pings: false });
  });
});

describe('a fallback that has had its requests of this minute is waited for', () => {
  const paces = (pace: Partial<Pace>) => new Map([['gemini', { sent: [], ...pace }]]);
  const noneLeft = (ms: number) => paces({ left: { requests: 0, at: NOW - 1, until: NOW + ms } });
  const perMinute = (...agoMs: number[]) => paces({ perMinute: 2, sent: agoMs.map((ms) => NOW - ms) });
  const gone = { cooldowns: cooling('claude') };
  const both = { cooldowns: withCooldown(cooling('claude'), 'gemini', { ...REST, until: NOW + 4_000 }) };
  const three = [claude, gemini, { ...zai, contextWindow: 1e6 }];
  // oxfmt-ignore
  const rows: [what: string, past: string, over: Parameters<typeof situation>[0], expected: string][] = [
    ['until they are renewed', '', { ...gone, order: three, paces: noneLeft(3_000) }, 'wait gemini 3000'],
    ['also where nobody else is there', '', { ...gone, paces: noneLeft(3_000) }, 'wait gemini 3000'],
    ['not for long: it speaks for itself', '', { ...gone, order: three, paces: noneLeft(9_000) }, 'ask gemini'],
    ['not once they are renewed', '', { ...gone, order: three, paces: noneLeft(0) }, 'ask gemini'],
    ['as long as some are left there is no queue', '', { ...gone, paces: paces({ left: { requests: 1, at: NOW - 9, until: NOW + 3_000 } }) }, 'ask gemini'],
    ['what was sent since counts', '', { ...gone, paces: paces({ left: { requests: 1, at: NOW - 9, until: NOW + 3_000 }, sent: [NOW - 5] }) }, 'wait gemini 3000'],
    ['by our own count', '', { ...gone, paces: perMinute(55_000, 10) }, 'wait gemini 5000'],
    ['which forgets what is older', '', { ...gone, paces: perMinute(61_000, 10) }, 'ask gemini'],
    ['behind those that wait already', '', { ...gone, paces: perMinute(57_000, 55_000, -3_000) }, 'wait gemini 5000'],
    ['its place has come', 'queue gemini', { ...gone, order: three, paces: noneLeft(3_000) }, 'ask gemini'],
    ['it has failed somebody else in the meantime', 'queue gemini', { ...both, order: three, paces: noneLeft(3_000) }, 'ask zai'],
    ['after its own 429', 'claude limit, gemini limit', { ...both, order: three, paces: noneLeft(4_000) }, 'wait gemini 4000'],
    ['and is asked again then', 'claude limit, gemini limit, queue gemini', { ...gone, order: three, paces: noneLeft(4_000) }, 'ask gemini'],
    ['its limit has moved a little: a moment longer', 'queue gemini', { cooldowns: withCooldown(cooling('claude'), 'gemini', { ...REST, until: NOW + 2_000 }), order: three, paces: noneLeft(0) }, 'wait gemini 2000'],
    ['for those behind the queue there is the next', '', { ...gone, order: three, paces: paces({ left: { requests: 0, at: NOW - 1, until: NOW + 3_000, renews: 1 }, sent: [NOW + 3_000] }) }, 'ask zai'],
    ['or, where there is none, what it says itself', '', { ...gone, paces: paces({ left: { requests: 0, at: NOW - 1, until: NOW + 3_000, renews: 1 }, sent: [NOW + 3_000] }) }, 'ask gemini'],
    ['once', 'claude limit, gemini limit, queue gemini, gemini limit', { ...both, order: three, paces: noneLeft(4_000) }, 'ask zai'],
    ['unless that took its budget', 'claude limit, gemini limit, queue gemini', { ...gone, order: [...three.slice(0, 2), { ...three[2]!, paid: false }], paces: noneLeft(4_000), overBudget: new Set(['gemini']) }, 'ask zai'],
    ['not one of whose pace nothing is known', 'claude limit, gemini limit', { ...both, order: three }, 'ask zai'],
    ['not one that is in trouble', '', { cooldowns: withCooldown(cooling('claude'), 'gemini', { ...REST, until: NOW + 4_000, reason: OVERLOADED }), order: three, paces: noneLeft(4_000) }, 'ask zai'],
    ['not one that stands behind one that is ready', '', { ...gone, order: [claude, three[2]!, gemini], paces: noneLeft(3_000) }, 'ask zai'],
    ['not one that may not be asked', '', { ...gone, order: three, steering: { pinned: { provider: 'zai', only: true } }, paces: noneLeft(3_000) }, 'ask zai'],
    ['while Claude is there nobody waits', '', { paces: noneLeft(3_000) }, 'ask claude unread'],
  ];
  it.each(rows)('%s', (_what, past, over, expected) => {
    expect(stepFor(past, over)).toBe(expected);
  });
});

describe('how somebody is asked', () => {
  // oxfmt-ignore
  const rows: [what: string, past: string, over: Parameters<typeof situation>[0], expected: object][] = [
    ['Claude, somebody else being ready', '', {}, { limits: CLAUDES, gate: 'content', pings: false }],
    ['nobody else is ready: only waiting can help', '', { cooldowns: cooling('gemini') }, { limits: NO_LIMITS, gate: 'content' }],
    ['nobody else is there: as with plain claude', '', { order: [claude] }, { limits: NO_LIMITS, gate: 'none', pings: false }],
    ['a fallback, and nobody else: Claude has told why already', 'claude limit', { cooldowns: cooling('claude') }, { provider: 'gemini', limits: OTHERS, pings: true }],
    ['a adapted fallback', 'claude limit', { order: [claude, { ...zai, contextWindow: 1e6 }, gemini], cooldowns: cooling('claude') }, { provider: 'zai', limits: OTHERS, pings: true }],
    ['a fallback that is asked first', '', { cooldowns: cooling('claude') }, { provider: 'gemini', limits: OTHERS, pings: true }],
  ];
  it.each(rows)('%s', (_what, past, over, expected) => {
    expect(nextStep(pastOf(past), situation(over), () => FACTS)).toMatchObject({ do: 'ask', ...expected });
  });
});

describe('the facts of a final error', () => {
  function factsFor(past: string, over: Parameters<typeof situation>[0], facts: AskedFacts = FACTS) {
    const step = nextStep(pastOf(past), situation(over), () => facts);
    return step.do === 'fail' ? step.facts : undefined;
  }
  const tried = (past: string, over: Parameters<typeof situation>[0] = {}) =>
    factsFor(past, over)?.each.flatMap(({ provider, asked }) => (asked ? [provider] : []));

  it('name everybody once, and who was passed over', () => {
    const cooldowns = cooling('claude gemini');
    expect(tried('claude limit, gemini hiccup, wait gemini, gemini hiccup', { cooldowns })).toEqual([
      'claude',
      'gemini',
    ]);
    const facts = factsFor('claude limit, gemini limit', { order: [claude, keyless, gemini], cooldowns });
    expect(facts?.skipped).toMatchObject([{ provider: 'keyless', reason: 'no_key' }]);
    expect(facts).toMatchObject({ claude: { status: 429 }, transient: false, soonest: NOW + HOUR });
  });

  it.each([
    ['hiccup', true],
    ['broken', true],
    ['limit', false],
  ])('say whether the client had better try again: %s', (end, transient) => {
    const past = `claude ${end}, gemini limit, wait claude, claude ${end}`;
    expect(factsFor(past, { cooldowns: cooling('claude gemini') })).toMatchObject({ transient });
  });

  it('say that a shorter conversation could be answered, only while Claude is away for long', () => {
    const long = { ...FACTS, inputTokens: () => 5_000 };
    const order = [claude, zai];
    expect(factsFor('claude limit', { order, cooldowns: cooling('claude') }, long)?.tooLong).toEqual({
      tokens: 5_000,
      limit: 1_000,
    });
    expect(factsFor('claude limit', { order, cooldowns: cooling('claude 5s') }, long)?.tooLong).toBeUndefined();
  });
});

describe('who would be next', () => {
  // oxfmt-ignore
  it.each([
    ['nothing has happened', {}, { provider: 'claude' }],
    ['Claude is unavailable', { cooldowns: cooling('claude') }, { provider: 'gemini' }],
    ['nobody is ready', { cooldowns: cooling('claude gemini') }, { provider: 'claude' }],
    ['somebody serves', { steering: { serving: 'gemini' } }, { provider: 'gemini' }],
  ])('%s', (_what, over, expected) => {
    expect(whoIsNext(situation(over), 'opus')).toEqual({ ...expected, passedOver: [] });
  });

  // oxfmt-ignore
  it.each<[string, Partial<AskedFacts>, Parameters<typeof situation>[0], string, string?]>([
    ['too dear for what is left', { costUsd: (id) => (id === 'gemini' ? 3 : 0) }, { budgetLeft: 1 }, 'gemini', 'budget'],
    ['dear, without a cap', { costUsd: () => 3 }, {}, ''],
    ['too long for its window', { inputTokens: () => 5_000_000 }, {}, 'gemini', 'window'],
    ['with tools that it cannot call', { needs: { tools: true, images: false, pdfs: false } }, { order: [claude, { ...gemini, capabilities: { tools: false, images: true, pdfs: true } }] }, 'gemini', 'cannot_take'],
    ['with pictures that become notes', { needs: { tools: false, images: true, pdfs: false } }, { order: [claude, { ...gemini, capabilities: { tools: true, images: false, pdfs: true } }] }, ''],
  ])('goes past a fallback as the next request would: %s', (_what, request, over, passed, why) => {
    const next = whoIsNext(situation({ cooldowns: cooling('claude'), ...over }), 'opus', { ...FACTS, ...request });
    expect(next.provider).toBe(passed === '' ? 'gemini' : 'claude');
    expect(next.passedOver.map(({ provider, reason }) => [provider, reason])).toEqual(passed === '' ? [] : [[passed, why]]);
  });
});

describe("auto mode's question about an action", () => {
  const cooling: Cooldowns = withCooldown({}, 'claude', {
    until: NOW + HOUR,
    failure: 'rate_limit',
    reason: FIVE_HOURS,
    streak: 1,
  });
  const failure = {
    wire: 'anthropic',
    cause: 'status',
    status: 429,
    headers: {},
    body: 'held',
    translated: false,
  } as const;
  const held = { failure, until: NOW + HOUR };
  const safety = (checks: 'ask' | 'claude' | 'other', proposers: string[] = [], claudeLimit?: typeof held) => ({
    safety: { checks, proposers: new Set(proposers), claudeLimit },
  });
  const check = { ...FACTS, isSafetyCheck: true };
  const pinned = { steering: { pinned: { provider: 'gemini', only: true }, serving: 'gemini' } };

  it.each<[string, string, Parameters<typeof situation>[0], string]>([
    ['Claude answers it', '', safety('ask'), 'ask claude unread'],
    ['also when somebody else serves', '', { ...safety('ask'), steering: { serving: 'gemini' } }, 'ask claude'],
    ['also when somebody else alone was chosen', '', { ...safety('ask'), ...pinned }, 'ask claude'],
    ['also when a adapted fallback stands first', '', { ...safety('ask'), order: [zai, claude] }, 'ask claude'],
    ["Claude's error is the client's", 'claude limit', safety('ask', ['gemini']), 'relay 0'],
    ['a limit that is known is not asked for again', '', { ...safety('ask', [], held), cooldowns: cooling }, 'fail'],
    ['a limit of which only the end is known is', '', { ...safety('ask'), cooldowns: cooling }, 'ask claude'],
    ['nobody judges where Claude is not in the order', '', { ...safety('claude'), order: [gemini] }, 'fail'],
    ['another may', '', { ...safety('other', ['zai'], held), cooldowns: cooling }, 'ask gemini'],
    ['never the one who proposed', '', { ...safety('other', ['gemini'], held), cooldowns: cooling }, 'fail'],
  ])('%s', (_, past, over, wanted) => {
    expect(stepFor(past, over, check)).toBe(wanted);
  });

  it("is not every auxiliary request's lot", () => {
    expect(stepFor('', { ...safety('ask'), cooldowns: cooling }, FACTS)).toBe('ask gemini');
  });
});
