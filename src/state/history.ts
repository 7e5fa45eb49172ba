import { shortId } from '../ground/short-id.ts';
import { MANUAL_WAY } from '../words/history.ts';
import { labelsOf } from '../words/label.ts';
import { dayOf, weekOf } from './calendar.ts';
import type { Figures, Group, Grouping, Period, Totals } from './figures.ts';
import { CLAUDE, entriesOf, NOBODY, type Entry } from './history-entries.ts';
import type { Summary } from './summary.ts';

/**
 * Adds sessions up. Each session is only looked at while it is added: none is kept.
 *
 * @param period.since epoch milliseconds, included; `until` is not. Where one is absent, that side is open.
 * @returns `add`, which throws for a damaged report and then has counted nothing of it; and `totals`.
 */
export function createHistory({ since = -Infinity, until = Infinity, by }: Period & { by?: Grouping | undefined }) {
  const all = emptySum('', '');
  const groups = new Map<string, Sum>();
  const outages: Outage[] = [];

  function groupOf(entry: Entry, summary: Summary): Sum | undefined {
    if (by === undefined) return undefined;
    const key = keyOf(by, entry, summary);
    const known = groups.get(key);
    if (known !== undefined) return known;
    const sum = emptySum(key, labelOf(by, key, summary));
    if (by === 'session') Object.assign(sum, { startedAt: summary.startedAt, cwd: summary.cwd });
    groups.set(key, sum);
    return sum;
  }

  return {
    add(summary: Summary): void {
      for (const entry of entriesOf(summary).flatMap((whole) => within(whole, since, until))) {
        const group = groupOf(entry, summary);
        for (const sum of group === undefined ? [all] : [all, group]) addTo(sum, entry, summary.session);
        if (entry.outage !== undefined) outages.push({ at: entry.at, ...entry.outage, group });
      }
    },
    totals(): Totals {
      for (const sum of [all, ...groups.values()]) sum.outages = 0;
      for (const { group } of distinct(outages)) {
        all.outages += 1;
        if (group !== undefined) group.outages += 1;
      }
      return { total: figuresOf(all), groups: inOrder([...groups.values()], by).map(groupFrom) };
    },
  };
}

/** The part of an entry that is in the period: time away is cut, everything else is in or out. */
function within(entry: Entry, since: number, until: number): Entry[] {
  if (entry.awayMs === undefined) return entry.at >= since && entry.at < until ? [entry] : [];
  const at = Math.max(entry.at, since);
  const awayMs = Math.min(entry.at + entry.awayMs, until) - at;
  return awayMs > 0 ? [{ ...entry, at, awayMs }] : [];
}

function keyOf(by: Grouping, entry: Entry, summary: Summary): string {
  switch (by) {
    case 'day':
      return dayOf(entry.at);
    case 'week':
      return weekOf(entry.at);
    case 'model':
      return entry.model ?? NOBODY;
    case 'provider':
      return entry.provider ?? NOBODY;
    case 'project':
      return summary.cwd;
    case 'session':
      return summary.session;
  }
}

function labelOf(by: Grouping, key: string, summary: Summary): string {
  if (by === 'session') return shortId(key);
  return by === 'provider' ? labelsOf(summary.providers)(key) : key;
}

/** Days and weeks as they came, sessions the latest first, others by their answers. */
function inOrder(sums: Sum[], by: Grouping | undefined): Sum[] {
  const byKey = (a: Sum, b: Sum) => (a.key < b.key ? -1 : 1);
  if (by === 'day' || by === 'week') return sums.sort(byKey);
  if (by === 'session') return sums.sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0) || byKey(a, b));
  return sums.sort((a, b) => b.answers - a.answers || byKey(a, b));
}

type Outage = { at: number; until: number; limit: string; group: Sum | undefined };

/** The same limit over the same time is one outage: the sessions of an account meet it each at its next request. */
function distinct(outages: Outage[]): Outage[] {
  const ends = new Map<string, number>();
  return outages
    .toSorted((a, b) => a.at - b.at)
    .filter(({ at, until, limit }) => {
      const end = ends.get(limit) ?? -Infinity;
      ends.set(limit, Math.max(end, until));
      return at >= end;
    });
}

/** A sum in the making. */
type Sum = Omit<Figures, 'sessions' | 'claudeMs' | 'othersMs' | 'minutesNotLost'> &
  Pick<Group, 'key' | 'label' | 'startedAt' | 'cwd'> & {
    sessions: Set<string>;
    claude: { ms: number; count: number };
    others: { ms: number; count: number };
  };

function emptySum(key: string, label: string): Sum {
  return {
    key,
    label,
    sessions: new Set(),
    messages: 0,
    answers: 0,
    answersByOthers: 0,
    failovers: 0,
    awayMs: 0,
    tokens: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    spentUsd: 0,
    unknownPrices: 0,
    notionalUsd: 0,
    claude: { ms: 0, count: 0 },
    others: { ms: 0, count: 0 },
    outages: 0,
  };
}

function addTo(sum: Sum, entry: Entry, session: string): void {
  const { provider, messages = 0, answers = 0, byOthers = 0, failovers = 0, awayMs = 0, usage, usd, tookMs } = entry;
  sum.sessions.add(session);
  sum.messages += messages;
  sum.answers += answers;
  sum.answersByOthers += byOthers;
  sum.failovers += failovers;
  sum.awayMs += awayMs;
  if (usage !== undefined) {
    sum.tokens.inputTokens += usage.inputTokens;
    sum.tokens.outputTokens += usage.outputTokens;
    sum.tokens.cacheReadTokens += usage.cacheReadTokens;
    sum.tokens.cacheWriteTokens += usage.cacheWriteTokens;
  }
  if (entry.notional) sum.notionalUsd += usd ?? 0;
  else if (usd === null) sum.unknownPrices += 1;
  else sum.spentUsd += usd ?? 0;
  if (tookMs !== undefined) {
    const times = provider === CLAUDE ? sum.claude : sum.others;
    times.ms += tookMs;
    times.count += 1;
  }
}

function figuresOf({ key: _k, label: _l, startedAt: _s, cwd: _c, sessions, claude, others, ...sum }: Sum): Figures {
  return {
    sessions: sessions.size,
    ...sum,
    ...(claude.count > 0 && { claudeMs: Math.round(claude.ms / claude.count) }),
    ...(others.count > 0 && { othersMs: Math.round(others.ms / others.count) }),
    minutesNotLost: { estimate: true, least: sum.outages * MANUAL_WAY.least, most: sum.outages * MANUAL_WAY.most },
  };
}

function groupFrom(sum: Sum): Group {
  const { key, label, startedAt, cwd } = sum;
  return {
    key,
    label,
    ...(startedAt !== undefined && { startedAt }),
    ...(cwd !== undefined && { cwd }),
    ...figuresOf(sum),
  };
}
