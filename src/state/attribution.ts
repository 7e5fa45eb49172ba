import type { Event, EventOf, MoveReason, ProviderId, Tag, Usage } from '../events.ts';
import type { ProviderTotals, Queue, Response, Summary } from './summary.ts';

type Losses = NonNullable<Response['losses']>;

/** The fold's memory beyond the summary; created anew for a summary from disk. */
export type Draft = {
  /** Requests that have not ended. */
  open: Map<number, EventOf<'exchange-start'>>;
  rows: Map<number, Response>;
  /** Translation warnings from before the exchange's end. */
  earlyWarnings: Map<number, Losses>;
  /** Skipped providers, and whether an attempt failed, of exchanges that have not ended. */
  skips: Map<number, NonNullable<Response['skipped']>>;
  failed: Set<number>;
  /** Why requests went a way of their own, which route only tags them, which rule kept them from one; until they end. */
  moves: Map<number, MoveReason>;
  tags: Map<number, Tag>;
  holds: Map<number, string>;
  /** Exchanges that wait for a limit. */
  waits: Set<number>;
  /** Exchanges that wait for a place among the requests of a minute. */
  queued: Map<number, EventOf<'exchange-wait'>>;
  /** When the last attempt of each running exchange began. */
  attempts: Map<number, number>;
  /** Times of each provider's answers, sorted. */
  times: Map<ProviderId, number[]>;
};

/** An exchange is over: its row, and what it adds to the totals of whoever answered. */
export function endExchange(summary: Summary, draft: Draft, end: EventOf<'exchange-end'>): void {
  const start = draft.open.get(end.exchange);
  const attemptAt = draft.attempts.get(end.exchange) ?? end.at - end.totalMs;
  draft.open.delete(end.exchange);
  draft.attempts.delete(end.exchange);
  const skipped = draft.skips.get(end.exchange);
  // Behind the first of the order somebody was passed over, and that is why.
  const isDetour = end.provider !== undefined && end.provider !== summary.order[0];
  const troubled = draft.failed.has(end.exchange) || end.outcome === 'failed' || isDetour;
  draft.skips.delete(end.exchange);
  draft.failed.delete(end.exchange);
  // Counting tokens is a question about a request, not an answer to the user.
  if (start?.endpoint === 'count_tokens') return;
  const moved = draft.moves.get(end.exchange);
  const tag = draft.tags.get(end.exchange);
  const held = draft.holds.get(end.exchange);
  draft.moves.delete(end.exchange);
  draft.tags.delete(end.exchange);
  draft.holds.delete(end.exchange);
  const { exchange, outcome, provider, model, key, status, stopReason, requestId, firstByteMs, totalMs, usage, usd } =
    end;
  const row: Response = {
    at: start?.at ?? end.at - totalMs,
    exchange,
    turn: start?.turn ?? summary.turns,
    thread: start?.thread ?? 'main',
    askedModel: start?.model ?? '',
    outcome,
    totalMs,
    warnings: 0,
  };
  const { safetyCheck, preview } = start ?? {};
  addDefined(row, { safetyCheck, preview, provider, model, key, status, stopReason, requestId });
  addDefined(row, { moved, tag, held, fitness: end.fitness });
  addDefined(row, { firstByteMs, usage, usd, skipped: troubled ? skipped : undefined });
  // Waits and failed attempts came before it: the user has waited for all, this provider took only its own part.
  const ownMs = Math.max(0, end.at - attemptAt);
  if (ownMs < totalMs) row.ownMs = ownMs;
  addLosses(row, draft.earlyWarnings.get(exchange) ?? []);
  draft.earlyWarnings.delete(exchange);
  draft.rows.set(exchange, row);
  summary.responses.push(row);
  if (provider !== undefined) countAnswer(totalsOf(summary, provider), draft, row);
}

function countAnswer(totals: ProviderTotals, draft: Draft, row: Response): void {
  if (row.usage !== undefined) addUsage(totals.usage, row.usage);
  addCost(totals, row.usd);
  if (row.outcome !== 'answered') return;
  totals.answers += 1;
  // Titles and probes are small and use a small model: they would make every provider look fast.
  if (row.thread === 'side') return;
  const times = draft.times.get(totals.id) ?? [];
  draft.times.set(totals.id, times);
  insertSorted(times, row.ownMs ?? row.totalMs);
  const middle = medianOfSorted(times);
  if (middle !== undefined) totals.medianMs = middle;
}

/** The price of an answer is known. Counting tokens has no row and costs nothing. */
export function addPrice(summary: Summary, draft: Draft, { exchange, provider, usd }: EventOf<'exchange-price'>): void {
  const row = draft.rows.get(exchange);
  if (row === undefined) return;
  row.usd = usd;
  addCost(totalsOf(summary, provider), usd);
}

function addCost(totals: ProviderTotals, usd: number | null | undefined): void {
  if (usd === null) totals.usd = null;
  else if (usd !== undefined && totals.usd !== null) totals.usd += usd;
}

/** Translation warns while the answer streams, so warnings come before or after the exchange's end. */
export function countWarnings(summary: Summary, draft: Draft, event: EventOf<'translation-warn'>): void {
  const losses = event.warnings.map(({ what, detail }): Losses[number] => {
    const { provider } = event;
    const place = summary.warnings.findIndex((warning) => warning.what === what && warning.provider === provider);
    const known = summary.warnings[place];
    if (known === undefined) return summary.warnings.push({ what, detail, provider, count: 1 }) - 1;
    known.count += 1;
    return known.detail === detail ? place : { what, detail };
  });
  const row = draft.rows.get(event.exchange);
  if (row !== undefined) addLosses(row, losses);
  else draft.earlyWarnings.set(event.exchange, [...(draft.earlyWarnings.get(event.exchange) ?? []), ...losses]);
}

function addLosses(row: Response, losses: Losses): void {
  if (losses.length === 0) return;
  row.warnings += losses.length;
  const distinct = new Map([...(row.losses ?? []), ...losses].map((loss) => [JSON.stringify(loss), loss]));
  row.losses = [...distinct.values()];
}

/** A provider was skipped. One that the user did not choose is not shown. */
export function noteSkip(draft: Draft, { exchange, provider, reason, detail }: EventOf<'provider-skip'>): void {
  if (reason === 'not_chosen') return;
  const skips = draft.skips.get(exchange) ?? [];
  draft.skips.set(exchange, skips);
  if (!skips.some((skip) => skip.provider === provider)) skips.push({ provider, reason, detail });
}

/** The exchange goes on: adds its wait for a limit. */
export function endWait(
  summary: Summary,
  draft: Draft,
  { exchange, at }: Pick<Event, 'at'> & { exchange: number },
): void {
  const queued = draft.queued.get(exchange);
  if (queued !== undefined) summary.queues = withWait(summary.queues, queued, at);
  draft.queued.delete(exchange);
  if (!draft.waits.delete(exchange)) return;
  const wait = summary.waits?.findLast((one) => one.exchange === exchange);
  if (wait !== undefined) wait.ms = at - wait.at;
}

/** @param end when the wait was over: `ccmux use` may have cut it short. */
function withWait(queues: Queue[] = [], event: EventOf<'exchange-wait'>, end: number): Queue[] {
  const { at, provider, ms, perMinute } = event;
  const known = queues.find((queue) => queue.provider === provider) ?? { at, provider, requests: 0, longestMs: 0 };
  const queue = {
    ...known,
    requests: known.requests + 1,
    longestMs: Math.max(known.longestMs, Math.min(ms, end - at)),
    ...(perMinute !== undefined && { perMinute }),
  };
  return [...queues.filter((other) => other.provider !== provider), queue];
}

/** The totals of a provider, begun when it is met for the first time. */
export function totalsOf(summary: Summary, id: ProviderId): ProviderTotals {
  const known = summary.providers.find((totals) => totals.id === id);
  if (known !== undefined) return known;
  const fresh: ProviderTotals = {
    id,
    label: id,
    kind: '',
    paid: false,
    answers: 0,
    failures: 0,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    usd: 0,
    windows: [],
  };
  summary.providers.push(fresh);
  return fresh;
}

/** The draft of a summary that was read from disk; what was running at that moment is not known. */
export function draftOf(summary: Summary): Draft {
  const draft: Draft = {
    open: new Map(),
    rows: new Map(),
    earlyWarnings: new Map(),
    skips: new Map(),
    failed: new Set(),
    moves: new Map(),
    tags: new Map(),
    holds: new Map(),
    waits: new Set(),
    queued: new Map(),
    attempts: new Map(),
    times: new Map(),
  };
  for (const row of summary.responses) {
    draft.rows.set(row.exchange, row);
    if (row.provider === undefined || row.outcome !== 'answered' || row.thread === 'side') continue;
    const times = draft.times.get(row.provider) ?? [];
    draft.times.set(row.provider, times);
    times.push(row.ownMs ?? row.totalMs);
  }
  for (const times of draft.times.values()) times.sort((a, b) => a - b);
  return draft;
}

function addUsage(sum: Usage, more: Usage): void {
  sum.inputTokens += more.inputTokens;
  sum.outputTokens += more.outputTokens;
  sum.cacheReadTokens += more.cacheReadTokens;
  sum.cacheWriteTokens += more.cacheWriteTokens;
  if (more.webSearches !== undefined) sum.webSearches = (sum.webSearches ?? 0) + more.webSearches;
}

function insertSorted(sorted: number[], value: number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}

function medianOfSorted(sorted: readonly number[]): number | undefined {
  const upper = sorted[sorted.length >>> 1];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  return ((sorted[sorted.length / 2 - 1] ?? upper) + upper) / 2;
}

/** Adds what has a value: an absent fact stays absent in JSON and in a comparison. */
function addDefined(row: Response, facts: Partial<Record<keyof Response, unknown>>): void {
  const fields: Partial<Record<keyof Response, unknown>> = row;
  for (const name of Object.keys(facts) as (keyof Response)[]) {
    if (facts[name] !== undefined) fields[name] = facts[name];
  }
}
