import type { Event, EventBody, ProviderId, QuotaWindow, Reason, Usage } from '../../src/events.ts';
import type { LiveState, ProviderState } from '../../src/state/live.ts';
import type { Summary } from '../../src/state/summary.ts';
import { summarise } from '../../src/state/fold.ts';
import { FIVE_HOURS, OVERLOADED } from './reasons.ts';

/** Sunday, 22 November 2026, 14:31 UTC: when the sample session started. */
export const sampleStart = Date.UTC(2026, 10, 22, 14, 31);

type Answer = {
  turn: number;
  provider: ProviderId;
  seconds: number;
  preview?: string;
  thread?: 'side' | 'subagent';
  /** Claude failed first, with this reason. */
  after?: Reason & { status: number };
  unknownPrice?: boolean;
  /** The user was away before this turn. */
  minutesAway?: number;
};

const claude = 'claude';
const gemini = 'gemini';
const openrouter = 'openrouter';

/**
 * A morning's hunt for a race condition: 31 responses in 12 turns. On turn 6 Claude's five-hour limit is reached and
 * Gemini takes over; after lunch, on turn 9, Claude is back; on turn 11 it is overloaded and, Gemini being unavailable, OpenRouter answers.
 */
const script: Answer[] = [
  { turn: 1, provider: claude, seconds: 1.1, thread: 'side' },
  { turn: 1, provider: claude, seconds: 3.4, preview: 'The order test fails about one time in twenty. Find out why.' },
  { turn: 1, provider: claude, seconds: 2.6 },
  { turn: 1, provider: claude, seconds: 2.2 },
  { turn: 1, provider: claude, seconds: 5.8 },
  { turn: 2, provider: claude, seconds: 2.9, preview: 'Read everything that touches the cart lock.' },
  { turn: 2, provider: claude, seconds: 2.4 },
  { turn: 2, provider: claude, seconds: 7.1, thread: 'subagent', preview: 'List all callers of acquireLock' },
  { turn: 2, provider: claude, seconds: 3.1 },
  { turn: 3, provider: claude, seconds: 4.7, preview: 'So which of your three hypotheses is the likeliest?' },
  { turn: 4, provider: claude, seconds: 3.3, preview: 'Write a test that fails every time.' },
  { turn: 4, provider: claude, seconds: 2.5 },
  { turn: 4, provider: claude, seconds: 2.8 },
  { turn: 5, provider: claude, seconds: 2.7, preview: 'Good. Now fix it without a global lock.' },
  { turn: 5, provider: claude, seconds: 3.9 },
  {
    turn: 6,
    provider: gemini,
    seconds: 4.2,
    preview: 'Run the test two hundred times <b>and</b> show me the slowest',
    after: FIVE_HOURS,
  },
  { turn: 6, provider: gemini, seconds: 3.8 },
  { turn: 6, provider: gemini, seconds: 5.1 },
  { turn: 7, provider: gemini, seconds: 6.3, preview: 'Why is it slower now?' },
  { turn: 7, provider: gemini, seconds: 3.6 },
  { turn: 8, provider: gemini, seconds: 4.4, preview: 'Put the retry into its own function.' },
  { turn: 8, provider: gemini, seconds: 4.0 },
  {
    turn: 9,
    provider: claude,
    seconds: 3.0,
    preview: 'Explain the fix as you would in the commit message.',
    minutesAway: 72,
  },
  { turn: 9, provider: claude, seconds: 2.3 },
  { turn: 10, provider: claude, seconds: 3.2, preview: 'Now the same for refunds.' },
  { turn: 10, provider: claude, seconds: 2.6 },
  { turn: 10, provider: claude, seconds: 4.1 },
  {
    turn: 11,
    provider: openrouter,
    seconds: 8.9,
    preview: 'Add a note to CHANGELOG.md',
    after: OVERLOADED,
    unknownPrice: true,
  },
  { turn: 11, provider: openrouter, seconds: 6.2, unknownPrice: true },
  { turn: 12, provider: claude, seconds: 2.9, preview: 'Run all tests once more and sum up what changed.' },
  { turn: 12, provider: claude, seconds: 3.5 },
];

const models: Record<ProviderId, string> = {
  [claude]: 'claude-opus-4-8',
  [gemini]: 'gemini-pro-latest',
  [openrouter]: 'qwen/qwen3-coder',
};

const usualMs: Record<ProviderId, number> = { [claude]: 2800, [gemini]: 4100, [openrouter]: 6500 };

/** The sample session's events, in order. `ended` adds its end; without it the session runs, or it crashed. */
export function sampleEvents({ ended = false, responses = script.length } = {}): Event[] {
  const events: Event[] = [];
  let at = sampleStart;
  const tell = (body: EventBody) => events.push({ ...body, at });
  tell(sessionStart());
  let before: ProviderId = claude;
  let turn = 0;
  for (const [index, answer] of script.slice(0, responses).entries()) {
    at += (answer.turn === turn ? 1500 : 95_000) + (answer.minutesAway ?? 0) * 60_000;
    const startsTurn = answer.turn !== turn;
    turn = answer.turn;
    at = tellExchange(tell, at, index + 1, { ...answer, startsTurn }, before, (time) => (at = time));
    if (answer.thread === undefined) before = answer.provider;
  }
  if (ended) {
    at += 20_000;
    tell({ type: 'session-end', exitCode: 0 });
  }
  return events;
}

/** As many responses as wanted, over and over the same: for measuring. Claude is in trouble for a third of the time. */
export function longSession(responses: number): Event[] {
  const events: Event[] = [];
  let at = sampleStart;
  const tell = (body: EventBody) => events.push({ ...body, at });
  tell(sessionStart());
  let before: ProviderId = claude;
  for (let index = 0; index < responses; index += 1) {
    const told = script[index % script.length]!;
    const calm = Math.floor(index / script.length) % 31 < 20;
    const { after, unknownPrice: _price, ...asked } = told;
    const answer: Answer = calm
      ? { ...asked, provider: claude }
      : { ...told, ...(after !== undefined && { after: OVERLOADED }) };
    const turn = answer.turn + Math.floor(index / script.length) * 12;
    const startsTurn = turn !== (script[(index - 1) % script.length]?.turn ?? 0);
    at += 1500;
    at = tellExchange(tell, at, index + 1, { ...answer, turn, startsTurn }, before, (time) => (at = time));
    if (answer.thread === undefined) before = answer.provider;
  }
  return events;
}

function sessionStart(): EventBody {
  return {
    type: 'session-start',
    session: 'calm-otter-31',
    pid: 4242,
    version: '0.1.0',
    cwd: '/home/ada/code/shop',
    order: [claude, gemini, openrouter],
    providers: [
      { id: claude, label: 'Claude', kind: 'anthropic', paid: false },
      { id: gemini, label: 'Gemini', kind: 'gemini', paid: true },
      { id: openrouter, label: 'OpenRouter', kind: 'openai-compatible', paid: true },
    ],
  };
}

function tellExchange(
  tell: (body: EventBody) => void,
  start: number,
  exchange: number,
  answer: Answer & { startsTurn: boolean },
  before: ProviderId,
  setClock: (at: number) => void,
): number {
  const { turn, provider, seconds, preview, after, thread = 'main', startsTurn, unknownPrice = false } = answer;
  const totalMs = seconds * 1000;
  const base = { exchange, provider };
  setClock(start);
  tell({
    type: 'exchange-start',
    exchange,
    endpoint: 'messages',
    thread,
    turn,
    startsTurn,
    model: 'claude-opus-4-8',
    stream: true,
    bytes: 40_000 + exchange * 5000,
    ...(preview === undefined ? {} : { preview }),
  });
  if (after !== undefined) {
    const until = cooldownEnd(after, start);
    const failure = after.kind === 'limit' ? 'rate_limit' : 'overloaded';
    tell({ type: 'attempt-start', exchange, attempt: 1, provider: claude });
    tell({
      type: 'attempt-fail',
      exchange,
      attempt: 1,
      provider: claude,
      failure,
      status: after.status,
      reason: after,
      action: 'failover',
      ms: 240,
    });
    tell({ type: 'provider-cooldown', provider: claude, until, failure, reason: after });
  }
  tell({ type: 'attempt-start', attempt: after === undefined ? 1 : 2, ...base });
  setClock(start + totalMs / 3);
  tell({ type: 'attempt-commit', attempt: after === undefined ? 1 : 2, ...base, firstByteMs: totalMs / 3 });
  setClock(start + totalMs);
  if (thread === 'main' && provider !== before) {
    if (provider === claude) tell({ type: 'provider-ready', provider });
    tell({
      type: 'provider-switch',
      exchange,
      from: before,
      to: provider,
      cause: provider === claude ? 'back' : 'failover',
      ms: totalMs,
      usualMs: usualMs[before]!,
      ...(after === undefined ? {} : { reason: after, backAt: cooldownEnd(after, start) }),
    });
  }
  if (provider !== claude) {
    const model = models[provider]!;
    const warnings =
      provider === gemini
        ? [{ what: 'signature', detail: 'tool calls of other models went to Gemini without its signature' }]
        : [{ what: 'image', detail: `image (image/png, 41 kB): ${model} cannot be given it` }];
    if (startsTurn) warnings.push({ what: 'effort', detail: `effort xhigh became high for ${model}` });
    tell({ type: 'translation-warn', ...base, warnings });
  }
  const usage: Usage = {
    inputTokens: provider === claude ? 420 + exchange * 11 : 18_000 + exchange * 900,
    outputTokens: Math.round(seconds * 140),
    cacheReadTokens: provider === claude ? 16_000 + exchange * 900 : 0,
    cacheWriteTokens: provider === claude ? 1800 : 0,
  };
  if (provider === claude && thread === 'main') {
    tell({ type: 'quota-read', provider, windows: claudeWindows(exchange, start) });
  }
  tell({
    type: 'exchange-end',
    ...base,
    outcome: 'answered',
    model: models[provider]!,
    status: 200,
    requestId: `${provider === claude ? 'req_011C' : 'gen-'}${(exchange * 7_919_301).toString(36).padStart(8, 'x')}`,
    stopReason: 'end_turn',
    usage,
    firstByteMs: totalMs / 3,
    totalMs,
    ...(provider === claude ? {} : { usd: unknownPrice ? null : 0.0042 * seconds }),
  });
  return start + totalMs;
}

const hour = 3_600_000;
/** When Claude's five-hour limit of the sample session opens again: 72 minutes after turn 6. */
const limitEnds = sampleStart + 82.7 * 60_000;

function cooldownEnd(reason: Reason, at: number): number {
  return reason.kind === 'limit' ? limitEnds : at + 30_000;
}

/** The five-hour limit fills until turn 6, and begins anew when it opens. */
function claudeWindows(exchange: number, at: number): QuotaWindow[] {
  const opened = at > limitEnds;
  return [
    {
      name: '5h',
      used: Math.min(0.99, opened ? exchange / 90 : 0.69 + exchange / 50),
      resetAt: limitEnds + (opened ? Math.ceil((at - limitEnds) / (5 * hour)) * 5 * hour : 0),
      source: 'wire',
    },
    { name: '7d', used: 0.81, resetAt: sampleStart + 61 * hour, source: 'wire' },
    { name: '7d_opus', used: 0.34, resetAt: sampleStart + 61 * hour, source: 'wire' },
  ];
}

/** The summary of a sample session. */
export function sampleSummary(events: Event[] = sampleEvents({ ended: true })): Summary {
  return summarise(events);
}

/** A running session as `ccmux status` would tell it, Claude answering; `change` says what is different. */
export function sampleLive(summary: Summary, change: Partial<LiveState> = {}): LiveState {
  const now = change.now ?? summary.lastAt + 20_000;
  return {
    version: 1,
    now,
    session: summary.session,
    pid: summary.pid,
    cwd: summary.cwd,
    startedAt: summary.startedAt,
    pageUrl: 'http://127.0.0.1:0/token/ccmux/',
    serving: claude,
    switchBack: 'turn',
    steer: null,
    providers: sampleProviders(summary, now),
    summary,
    ...change,
  };
}

export function sampleProviders(summary: Summary, now: number): ProviderState[] {
  const spent = (id: ProviderId) => summary.providers.find((totals) => totals.id === id)?.usd ?? null;
  return [
    {
      id: claude,
      label: 'Claude',
      kind: 'anthropic',
      paid: false,
      state: 'ready',
      models: {}, // what Claude Code asks for
      windows: summary.providers.find((totals) => totals.id === claude)?.windows ?? [],
      spentUsd: 0,
      usualMs: usualMs[claude]!,
    },
    {
      id: gemini,
      label: 'Gemini',
      kind: 'gemini',
      paid: true,
      state: 'ready',
      models: { opus: 'gemini-pro-latest', sonnet: 'gemini-pro-latest', haiku: 'gemini-flash-latest' },
      windows: [{ name: 'requestsPerDay', limit: 1500, remaining: 1312, resetAt: now + 9.5 * hour, source: 'counted' }],
      spentUsd: spent(gemini),
      usualMs: usualMs[gemini]!,
    },
    {
      id: openrouter,
      label: 'OpenRouter',
      kind: 'openai-compatible',
      paid: true,
      state: 'ready',
      models: { opus: 'qwen/qwen3-coder', sonnet: 'qwen/qwen3-coder', haiku: 'qwen/qwen3-coder' },
      windows: [],
      spentUsd: spent(openrouter),
      usualMs: usualMs[openrouter]!,
    },
  ];
}

/** Claude at its five-hour limit, Gemini answering. */
export function sampleFailedOver(summary: Summary, now = summary.lastAt + 20_000): LiveState {
  const state = sampleLive(summary, {
    now,
    serving: gemini,
    servingWhy: { kind: 'unavailable', provider: claude, reason: FIVE_HOURS },
  });
  const until = summary.providers.find((totals) => totals.id === claude)?.cooldown?.until ?? now + 72 * 60_000;
  const claudeState = state.providers[0]!;
  const windows = claudeState.windows.map((window) =>
    window.name === '5h' ? { ...window, used: 1.02, resetAt: until } : window,
  );
  state.providers[0] = { ...claudeState, state: 'cooldown', reason: FIVE_HOURS, until, windows };
  return state;
}
