import type {
  Event,
  EventOf,
  FailureClass,
  ModelFamily,
  ProviderId,
  QuotaWindow,
  TranslationWarning,
  Usage,
} from '../events.ts';

/**
 * What a session came to, folded from its events: the shape of `sessions/<id>.json`, of `ccmux report --json`,
 * and of what the page and `ccmux status` show of a running session. Version it when its meaning changes.
 */
export type Summary = {
  version: 1;
  session: string;
  pid: number;
  cwd: string;
  ccmux: string;
  startedAt: number;
  /** Absent while the session runs, and after a crash. */
  endedAt?: number;
  /** The last event that was seen: what a crashed session is known to have lived until. */
  lastAt: number;
  exitCode?: number;
  signal?: string;
  order: ProviderId[];
  turns: number;
  providers: ProviderTotals[];
  responses: Response[];
  switches: EventOf<'provider-switch'>[];
  failures: EventOf<'attempt-fail'>[];
  /** Each kind of translation loss once per provider, with how often. */
  warnings: (TranslationWarning & { provider: ProviderId; count: number })[];
  /** Faults inside ccmux itself (journal, page …): none of them failed a request. */
  faults: { where: string; message: string; count: number }[];
};

export type ProviderTotals = {
  id: ProviderId;
  label: string;
  kind: string;
  paid: boolean;
  answers: number;
  failures: number;
  usage: Usage;
  /** Estimated; `null` once an answer had no known price. */
  usd: number | null;
  /** Median time of an answer in this session, and what is usual across sessions. */
  medianMs?: number;
  usualMs?: number;
  windows: QuotaWindow[];
  /** With `family`, only that family of Claude's models rests. */
  rest?: { until: number; failure: FailureClass; reason: string; family?: ModelFamily };
};

/** One answer, attributed. */
export type Response = {
  at: number;
  exchange: number;
  turn: number;
  thread: 'main' | 'side' | 'subagent';
  preview?: string;
  provider?: ProviderId;
  model?: string;
  /** What the client asked for. */
  askedModel: string;
  outcome: EventOf<'exchange-end'>['outcome'];
  status?: number;
  stopReason?: string;
  requestId?: string;
  firstByteMs?: number;
  totalMs: number;
  usage?: Usage;
  usd?: number | null;
  warnings: number;
};

/** A session of which nothing is known yet. */
export function emptySummary(): Summary {
  return {
    version: 1,
    session: '',
    pid: 0,
    cwd: '',
    ccmux: '',
    startedAt: 0,
    lastAt: 0,
    order: [],
    turns: 0,
    providers: [],
    responses: [],
    switches: [],
    failures: [],
    warnings: [],
    faults: [],
  };
}

/** All events of a session, folded. */
export function summarise(events: Iterable<Event>): Summary {
  let summary = emptySummary();
  for (const event of events) summary = fold(summary, event);
  return summary;
}

/** What folding must remember beyond the summary itself; made anew for a summary that was read from disk. */
type Draft = {
  /** Requests that have not ended. */
  open: Map<number, EventOf<'exchange-start'>>;
  rows: Map<number, Response>;
  /** Warnings that came before the exchange's end. */
  earlyWarnings: Map<number, number>;
  /** Times of each provider's answers, sorted. */
  times: Map<ProviderId, number[]>;
};

const drafts = new WeakMap<Summary, Draft>();

/**
 * Takes one more event into the summary: constant time but for a median's insertion.
 * @param summary used up by the call (its lists grow in place): keep only what is returned, a new object.
 */
export function fold(summary: Summary, event: Event): Summary {
  const next: Summary = { ...summary, lastAt: Math.max(summary.lastAt, event.at) };
  const draft = drafts.get(summary) ?? draftOf(summary);
  drafts.set(next, draft);
  switch (event.type) {
    case 'session-start':
      next.session = event.session;
      next.pid = event.pid;
      next.cwd = event.cwd;
      next.ccmux = event.version;
      next.startedAt = event.at;
      next.order = event.order;
      for (const { id, label, kind, paid } of event.providers) {
        Object.assign(totalsOf(next, id), { label, kind, paid });
      }
      return next;
    case 'session-end':
      next.endedAt = event.at;
      next.exitCode = event.exitCode;
      if (event.signal !== undefined) next.signal = event.signal;
      return next;
    case 'exchange-start':
      draft.open.set(event.exchange, event);
      if (event.thread === 'main') next.turns = Math.max(next.turns, event.turn);
      return next;
    case 'attempt-fail':
      next.failures.push(event);
      totalsOf(next, event.provider).failures += 1;
      return next;
    case 'translation-warn':
      countWarnings(next, draft, event);
      return next;
    case 'exchange-end':
      endExchange(next, draft, event);
      return next;
    case 'provider-switch':
      next.switches.push(event);
      if (event.usualMs !== undefined) totalsOf(next, event.from).usualMs = event.usualMs;
      return next;
    case 'provider-rest': {
      const { until, failure, reason, family } = event;
      totalsOf(next, event.provider).rest = { until, failure, reason, ...(family !== undefined && { family }) };
      return next;
    }
    case 'provider-ready':
      delete totalsOf(next, event.provider).rest;
      return next;
    case 'quota-read': {
      const totals = totalsOf(next, event.provider);
      const names = new Set(event.windows.map((window) => window.name));
      totals.windows = [...totals.windows.filter((window) => !names.has(window.name)), ...event.windows];
      return next;
    }
    case 'fault': {
      const known = next.faults.find((fault) => fault.where === event.where && fault.message === event.message);
      if (known === undefined) next.faults.push({ where: event.where, message: event.message, count: 1 });
      else known.count += 1;
      return next;
    }
    case 'provider-skip':
    case 'attempt-start':
    case 'attempt-commit':
    case 'provider-steer':
    case 'budget-reach':
    case 'notice-show':
      return next; // told as they happen; the summary has their outcome
  }
}

/** Puts what is usual across sessions into the totals, for those providers of which it is known. */
export function setUsual(summary: Summary, usualMs: (provider: ProviderId) => number | undefined): Summary {
  for (const totals of summary.providers) {
    const ms = usualMs(totals.id);
    if (ms !== undefined) totals.usualMs = ms;
  }
  return summary;
}

/** The middle of the values, of which the two middle ones are averaged; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  return medianOfSorted(values.toSorted((a, b) => a - b));
}

function endExchange(summary: Summary, draft: Draft, end: EventOf<'exchange-end'>): void {
  const start = draft.open.get(end.exchange);
  draft.open.delete(end.exchange);
  // Counting tokens is a question about a request, not an answer to the user.
  if (start?.endpoint === 'count_tokens') return;
  const { exchange, outcome, provider, model, status, stopReason, requestId, firstByteMs, totalMs, usage, usd } = end;
  const row: Response = {
    at: start?.at ?? end.at - totalMs,
    exchange,
    turn: start?.turn ?? summary.turns,
    thread: start?.thread ?? 'main',
    askedModel: start?.model ?? '',
    outcome,
    totalMs,
    warnings: draft.earlyWarnings.get(exchange) ?? 0,
  };
  Object.assign(row, defined({ preview: start?.preview, provider, model, status, stopReason, requestId }));
  Object.assign(row, defined({ firstByteMs, usage, usd }));
  draft.earlyWarnings.delete(exchange);
  draft.rows.set(exchange, row);
  summary.responses.push(row);
  if (provider !== undefined) countAnswer(totalsOf(summary, provider), draft, row);
}

function countAnswer(totals: ProviderTotals, draft: Draft, row: Response): void {
  if (row.usage !== undefined) addUsage(totals.usage, row.usage);
  if (row.usd === null) totals.usd = null;
  else if (row.usd !== undefined && totals.usd !== null) totals.usd += row.usd;
  if (row.outcome !== 'answered') return;
  totals.answers += 1;
  // Titles and probes are small and asked of a small model: they would make everybody look fast.
  if (row.thread === 'side') return;
  const times = draft.times.get(totals.id) ?? [];
  draft.times.set(totals.id, times);
  insertSorted(times, row.totalMs);
  const middle = medianOfSorted(times);
  if (middle !== undefined) totals.medianMs = middle;
}

/** Translation may still be finding losses while the answer streams: warnings come before or after the exchange's end. */
function countWarnings(summary: Summary, draft: Draft, event: EventOf<'translation-warn'>): void {
  const row = draft.rows.get(event.exchange);
  if (row !== undefined) row.warnings += event.warnings.length;
  else draft.earlyWarnings.set(event.exchange, (draft.earlyWarnings.get(event.exchange) ?? 0) + event.warnings.length);
  for (const { what, detail } of event.warnings) {
    const known = summary.warnings.find((warning) => warning.what === what && warning.provider === event.provider);
    if (known === undefined) summary.warnings.push({ what, detail, provider: event.provider, count: 1 });
    else known.count += 1;
  }
}

function totalsOf(summary: Summary, id: ProviderId): ProviderTotals {
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

function draftOf(summary: Summary): Draft {
  const draft: Draft = { open: new Map(), rows: new Map(), earlyWarnings: new Map(), times: new Map() };
  for (const row of summary.responses) {
    draft.rows.set(row.exchange, row);
    if (row.provider === undefined || row.outcome !== 'answered' || row.thread === 'side') continue;
    const times = draft.times.get(row.provider) ?? [];
    draft.times.set(row.provider, times);
    times.push(row.totalMs);
  }
  for (const times of draft.times.values()) times.sort((a, b) => a - b);
  return draft;
}

function addUsage(sum: Usage, more: Usage): void {
  sum.inputTokens += more.inputTokens;
  sum.outputTokens += more.outputTokens;
  sum.cacheReadTokens += more.cacheReadTokens;
  sum.cacheWriteTokens += more.cacheWriteTokens;
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

/** Only the properties that have a value: an absent fact stays absent in JSON and in a comparison. */
function defined<T extends object>(facts: T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Partial<T>;
}
