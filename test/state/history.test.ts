import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventOf, Reason } from '../../src/events.ts';
import { GROUPINGS, type Figures, type Grouping, type Period } from '../../src/state/figures.ts';
import { createHistory } from '../../src/state/history.ts';
import { emptySummary, type Response, type Summary } from '../../src/state/summary.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';

const MIN = 60_000;
const H = 60 * MIN;
const NOON = Date.parse('2026-11-22T12:00:00Z');

beforeEach(() => void vi.stubEnv('TZ', 'UTC'));
afterEach(() => void vi.unstubAllEnvs());

let exchange = 0;

function response(at: number, provider: string | undefined, more: Partial<Response> = {}): Response {
  exchange += 1;
  return {
    at,
    exchange,
    turn: exchange,
    thread: 'main',
    ...(provider !== undefined && { provider, model: `${provider}-model` }),
    askedModel: 'claude-opus-4-8',
    outcome: provider === undefined ? 'failed' : 'answered',
    totalMs: 2000,
    usage: { inputTokens: 100, outputTokens: 10, cacheReadTokens: 1000, cacheWriteTokens: 50 },
    usd: provider === 'claude' ? 0.5 : 0.02,
    warnings: 0,
    ...more,
  };
}

function failover(
  at: number,
  backAt?: number,
  reason: Reason = FIVE_HOURS,
  from = 'claude',
): EventOf<'provider-switch'> {
  return {
    type: 'provider-switch',
    at,
    exchange,
    from,
    to: 'gemini',
    cause: 'failover',
    reason,
    ms: 2000,
    ...(backAt !== undefined && { backAt }),
  };
}

function session(id: string, parts: Partial<Summary>): Summary {
  return {
    ...emptySummary(),
    session: id,
    cwd: '/home/ada/race',
    startedAt: parts.responses?.[0]?.at ?? NOON,
    order: ['claude', 'gemini'],
    providers: ['claude', 'gemini', 'local'].map((name) => ({
      id: name,
      label: name.charAt(0).toUpperCase() + name.slice(1),
      kind: '',
      paid: name === 'gemini',
      answers: 0,
      failures: 0,
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
      usd: 0,
      windows: [],
    })),
    ...parts,
  };
}

function tally(sessions: Summary[], wanted: Period & { by?: Grouping } = {}) {
  const history = createHistory(wanted);
  for (const one of sessions) history.add(one);
  return history.totals();
}

describe('the figures of sessions', () => {
  it('add up what was answered, by whom, for how much and how fast', () => {
    const { total } = tally([
      session('a', {
        responses: [
          response(NOON, 'claude', { turn: 1, totalMs: 1000 }),
          response(NOON + MIN, 'claude', { turn: 1, totalMs: 3000 }),
          response(NOON + 2 * MIN, 'gemini', { turn: 2, totalMs: 4000 }),
          response(NOON + 3 * MIN, 'gemini', { turn: 2, usd: null, totalMs: 8000 }),
          response(NOON + 4 * MIN, 'claude', { turn: 2, thread: 'side', totalMs: 100 }),
          response(NOON + 5 * MIN, undefined, { turn: 3, usd: undefined as never }),
        ],
      }),
      session('b', { responses: [response(NOON, 'local', { turn: 1, usd: 0, totalMs: 6000 })] }),
    ]);
    expect(total).toMatchObject({
      sessions: 2,
      messages: 4,
      answers: 6,
      answersByOthers: 3,
      tokens: { inputTokens: 700, outputTokens: 70, cacheReadTokens: 7000, cacheWriteTokens: 350 },
      spentUsd: 0.02,
      unknownPrices: 1,
      notionalUsd: 1.5,
      claudeMs: 2000,
      othersMs: 6000,
    });
  });

  it('are all there where nothing happened', () => {
    expect(tally([session('a', {})])).toEqual({
      groups: [],
      total: {
        sessions: 0,
        messages: 0,
        answers: 0,
        answersByOthers: 0,
        failovers: 0,
        awayMs: 0,
        tokens: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
        spentUsd: 0,
        unknownPrices: 0,
        notionalUsd: 0,
        outages: 0,
        minutesNotLost: { estimate: true, least: 0, most: 0 },
      },
    });
  });

  it('are of the period: its beginning belongs to it, its end does not, and time away is cut', () => {
    const one = session('a', {
      responses: [response(NOON, 'gemini'), response(NOON + H, 'gemini'), response(NOON + 2 * H, 'gemini')],
    });
    const period = { since: NOON + H, until: NOON + 2 * H };
    expect(tally([one], period).total).toMatchObject({ answers: 1, awayMs: H });
    expect(tally([one], { until: NOON + 1.5 * H }).total).toMatchObject({ answers: 2, awayMs: 1.5 * H });
    expect(tally([one], { since: NOON + 3 * H }).total).toMatchObject({ sessions: 0, answers: 0, awayMs: 0 });
  });
});

describe('the time away from Claude', () => {
  const away = (names: (string | undefined)[], parts: Partial<Summary> = {}) =>
    tally([session('a', { responses: names.map((name, hour) => response(NOON + hour * H, name)), ...parts })]).total
      .awayMs;

  it.each<[who: (string | undefined)[], ms: number]>([
    [['claude', 'claude'], 0],
    [['claude', 'gemini', 'claude'], 2000],
    [['claude', 'gemini', 'gemini', 'claude'], H + 2000],
    [['claude', 'gemini', 'local', 'gemini'], 2 * H + 2000],
    [['gemini', 'claude', 'gemini'], 4000],
    // Nobody could answer in between: Claude was away all the same.
    [['claude', 'gemini', undefined, 'gemini', 'claude'], 2 * H + 2000],
  ])('of %j is %d ms', (who, ms) => expect(away(who)).toBe(ms));

  it('is none in a session that prefers somebody else', () => {
    expect(away(['gemini', 'gemini', 'claude'], { order: ['gemini', 'claude'] })).toBe(0);
  });

  it('goes by the conversation, not by titles and subagents', () => {
    const responses = [
      response(NOON, 'claude'),
      response(NOON + H, 'gemini', { thread: 'side' }),
      response(NOON + 2 * H, 'gemini', { thread: 'subagent' }),
      response(NOON + 3 * H, 'claude'),
    ];
    expect(away([], { responses })).toBe(0);
  });
});

describe('an outage by a limit', () => {
  const FAR = NOON + 5 * H;
  const SEVEN_DAYS: Reason = { kind: 'limit', status: 429, window: '7d' };

  it.each<[what: string, switches: EventOf<'provider-switch'>[], outages: number]>([
    ['a limit', [failover(NOON, FAR)], 1],
    ['a spending limit', [failover(NOON, FAR, { kind: 'billing', status: 429, what: 'spending-limit' })], 1],
    ['a limit in the words of an earlier ccmux', [failover(NOON, FAR, { kind: 'words', status: 429, text: '5h' })], 1],
    ['a hiccup', [failover(NOON, FAR, OVERLOADED)], 0],
    ['a lost connection', [failover(NOON, FAR, { kind: 'network' })], 0],
    ['a limit that plain claude waits out by itself', [failover(NOON, NOON + 2 * MIN)], 0],
    ['a limit of nobody knows how long', [failover(NOON)], 0],
    ['a limit of somebody else', [failover(NOON, FAR, FIVE_HOURS, 'gemini')], 0],
    ['the choice of the user', [{ ...failover(NOON, FAR), cause: 'steer' }], 0],
    ['the way back', [{ ...failover(NOON, FAR), cause: 'back' }], 0],
    ['one limit, met twice', [failover(NOON, FAR), failover(NOON + H, FAR + 30_000)], 1],
    ['two limits, one after the other', [failover(NOON, FAR), failover(FAR + MIN, FAR + 5 * H)], 2],
    ['two limits beside each other', [failover(NOON, FAR), failover(NOON + H, NOON + 90 * H, SEVEN_DAYS)], 2],
  ])('%s', (_what, switches, outages) => {
    const { total } = tally([session('a', { switches })]);
    expect(total.outages).toBe(outages);
    expect(total.minutesNotLost).toEqual({ estimate: true, least: 3 * outages, most: 5 * outages });
  });

  it('counts once for all sessions that meet it, in the group that met it first', () => {
    const sessions = [
      session('later', { cwd: '/b', switches: [failover(NOON + H, FAR)] }),
      session('first', { cwd: '/a', switches: [failover(NOON, FAR)] }),
    ];
    const { total, groups } = tally(sessions, { by: 'project' });
    expect(total).toMatchObject({ failovers: 2, outages: 1, minutesNotLost: { least: 3, most: 5 } });
    expect(groups.map(({ key, outages }) => [key, outages])).toEqual([
      ['/a', 1],
      ['/b', 0],
    ]);
  });
});

describe('groups', () => {
  const midnight = Date.parse('2026-11-23T00:00:00Z');
  /** A session across midnight, from a Sunday to a Monday, with an outage; and another one. */
  const sessions = () => [
    session('20261122-220000-aaaa', {
      responses: [
        response(midnight - 2 * H, 'claude', { turn: 1 }),
        response(midnight - H, 'gemini', { turn: 2 }),
        response(midnight + H, 'gemini', { turn: 2 }),
        response(midnight + 2 * H, 'claude', { turn: 3 }),
        response(midnight + 3 * H, undefined, { turn: 4 }),
      ],
      switches: [failover(midnight - H, midnight + 1.5 * H)],
    }),
    session('20261123-120000-bbbb', { cwd: '/home/ada/other', responses: [response(midnight + 12 * H, 'claude')] }),
  ];

  it.each<[by: Grouping, rows: [key: string, label: string, answers: number, failovers: number, awayMs: number][]]>([
    [
      'day',
      [
        ['2026-11-22', '2026-11-22', 2, 1, H],
        ['2026-11-23', '2026-11-23', 3, 0, H + 2000],
      ],
    ],
    [
      'week',
      [
        ['2026-W47', '2026-W47', 2, 1, H],
        ['2026-W48', '2026-W48', 3, 0, H + 2000],
      ],
    ],
    [
      'provider',
      [
        ['claude', 'Claude', 3, 0, 0],
        ['gemini', 'Gemini', 2, 1, 2 * H + 2000],
        ['nobody', 'nobody', 0, 0, 0],
      ],
    ],
    [
      'project',
      [
        ['/home/ada/race', '/home/ada/race', 4, 1, 2 * H + 2000],
        ['/home/ada/other', '/home/ada/other', 1, 0, 0],
      ],
    ],
    [
      'session',
      [
        ['20261123-120000-bbbb', 'bbbb', 1, 0, 0],
        ['20261122-220000-aaaa', 'aaaa', 4, 1, 2 * H + 2000],
      ],
    ],
  ])('by %s', (by, rows) => {
    const { groups } = tally(sessions(), { by });
    expect(
      groups.map(({ key, label, answers, failovers, awayMs }) => [key, label, answers, failovers, awayMs]),
    ).toEqual(rows);
  });

  it('go by the local day, also on one of 23 hours', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const begins = new Date(2027, 2, 28).getTime();
    const responses = [response(begins - H, 'gemini'), response(begins + 23 * H + H, 'gemini')];
    const { groups } = tally([session('a', { responses })], { by: 'day' });
    expect(groups.map(({ key, awayMs }) => [key, awayMs])).toEqual([
      ['2027-03-27', H],
      ['2027-03-28', 23 * H],
      ['2027-03-29', H + 2000],
    ]);
  });

  it.each(GROUPINGS)('by %s add up to the whole', (by) => {
    const { total, groups } = tally(sessions(), { by });
    const sum = (read: (figures: Figures) => number) => groups.reduce((all, group) => all + read(group), 0);
    const figures: ((figures: Figures) => number)[] = [
      ({ messages }) => messages,
      ({ answers }) => answers,
      ({ answersByOthers }) => answersByOthers,
      ({ failovers }) => failovers,
      ({ awayMs }) => awayMs,
      ({ tokens }) => tokens.inputTokens,
      ({ tokens }) => tokens.cacheReadTokens,
      ({ outages }) => outages,
      ({ minutesNotLost }) => minutesNotLost.most,
    ];
    for (const read of figures) expect(sum(read)).toBe(read(total));
    expect(sum(({ spentUsd }) => spentUsd)).toBeCloseTo(total.spentUsd);
    expect(sum(({ notionalUsd }) => notionalUsd)).toBeCloseTo(total.notionalUsd);
  });
});

describe('a damaged report', () => {
  it.each<[what: string, damage: Partial<Record<keyof Summary, unknown>>]>([
    ['a time that is none', { responses: [{ ...response(NOON, 'claude'), at: 'noon' }] }],
    ['a duration that is none', { responses: [{ ...response(NOON, 'claude'), totalMs: null }] }],
    ['counts that are none', { responses: [{ ...response(NOON, 'claude'), usage: { inputTokens: '1' } }] }],
    ['a price that is none', { responses: [{ ...response(NOON, 'claude'), usd: 'free' }] }],
    ['a switch without a time', { switches: [{ ...failover(NOON), at: undefined }] }],
    ['a provider without a name', { providers: [{ id: 'claude' }] }],
  ])('with %s is refused, and nothing of it counts', (_what, damage) => {
    const history = createHistory({ by: 'day' });
    const before = history.totals();
    expect(() =>
      history.add({ ...session('a', { responses: [response(NOON, 'claude')] }), ...damage } as Summary),
    ).toThrow('its report is damaged');
    expect(history.totals()).toEqual(before);
  });
});
