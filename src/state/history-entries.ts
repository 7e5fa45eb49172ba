import type { EventOf, ProviderId, Reason, Usage } from '../events.ts';
import { fields, isNumber, isString, list, optional, type Check } from '../ground/check.ts';
import { dayStart } from './calendar.ts';
import type { Response, Summary } from './summary.ts';

/** One fact of a session, small enough to belong to one moment, one provider and one model. Figures are sums of these. */
export type Entry = {
  at: number;
  provider?: ProviderId;
  model?: string;
  /** A message is where its first response is, so that groups add up to the whole. */
  messages?: 1;
  answers?: 1;
  /** The answer was somebody else's than Claude's. */
  byOthers?: 1;
  failovers?: 1;
  awayMs?: number;
  usage?: Usage;
  usd?: number | null;
  /** A plan pays for it: its price is a comparison. */
  notional?: boolean;
  /** How long the answer took. Not for side requests: they are small, and would make everybody look fast. */
  tookMs?: number;
  /** Claude was limited from `at` on. `limit`: by which of its limits, where that is known. */
  outage?: { until: number; limit: string };
};

export const CLAUDE = 'claude';

/** Where nothing says which provider or model it was. */
export const NOBODY = 'nobody';

/** A shorter wait than this is no outage: plain `claude` tries again by itself, and nobody changes tools for it. */
export const OUTAGE_MS = 3 * 60_000;

/**
 * What a session adds to the history.
 * @throws where the report is damaged in a place that the figures need.
 */
export function entriesOf(summary: Summary): Entry[] {
  if (!isCountable(summary)) throw new Error('its report is damaged');
  const paid = new Map(summary.providers.map((totals) => [totals.id, totals.paid]));
  const responses = summary.responses.toSorted((a, b) => a.at - b.at);
  const seen = new Set<number>();
  const entries: Entry[] = responses.map((row) => {
    const isFirst = row.thread === 'main' && !seen.has(row.turn);
    if (isFirst) seen.add(row.turn);
    const answered = row.outcome === 'answered';
    return {
      ...whose(row),
      at: row.at,
      ...(isFirst && { messages: 1 as const }),
      ...(answered && { answers: 1 as const }),
      ...(answered && row.provider !== CLAUDE && { byOthers: 1 as const }),
      ...(row.usage && { usage: row.usage }),
      ...(row.usd !== undefined && { usd: row.usd, notional: paid.get(row.provider ?? '') !== true }),
      ...(answered && row.thread !== 'side' && { tookMs: row.totalMs }),
    };
  });
  return [...entries, ...away(summary, responses), ...failovers(summary, responses)];
}

const isCountable: Check = fields({
  providers: list(fields({ id: isString, label: isString })),
  cwd: isString,
  responses: list(
    fields({
      at: Number.isFinite,
      totalMs: Number.isFinite,
      turn: isNumber,
      usage: optional(
        fields({
          inputTokens: Number.isFinite,
          outputTokens: Number.isFinite,
          cacheReadTokens: Number.isFinite,
          cacheWriteTokens: Number.isFinite,
        }),
      ),
      usd: optional(Number.isFinite),
    }),
  ),
  switches: list(fields({ at: Number.isFinite, backAt: optional(Number.isFinite) })),
});

function whose({ provider, model }: Pick<Response, 'provider' | 'model'>): Pick<Entry, 'provider' | 'model'> {
  return { ...(provider !== undefined && { provider }), ...(model !== undefined && { model }) };
}

/**
 * The time for which others answered a session that prefers Claude: from the first of their answers to the last before
 * Claude's next one. How long the user then did nothing does not count. Each piece belongs to one day.
 */
function away({ order }: Summary, responses: readonly Response[]): Entry[] {
  if (order[0] !== CLAUDE) return [];
  const main = responses.filter(({ thread, outcome }) => thread === 'main' && outcome === 'answered');
  return main.flatMap((row, index) => {
    if (row.provider === CLAUDE) return [];
    const next = main[index + 1];
    const goesOn = next !== undefined && next.provider !== CLAUDE;
    const end = goesOn ? next.at : row.at + row.totalMs;
    return byDay(row.at, end).map(([at, awayMs]) => ({ ...whose(row), at, awayMs }));
  });
}

function byDay(start: number, end: number): [at: number, ms: number][] {
  const pieces: [number, number][] = [];
  for (let at = start; at < end;) {
    const midnight = Math.min(dayStart(at, 1), end);
    pieces.push([at, midnight - at]);
    at = midnight;
  }
  return pieces;
}

function failovers({ switches }: Summary, responses: readonly Response[]): Entry[] {
  const models = new Map(responses.map(({ exchange, model }) => [exchange, model]));
  return switches
    .filter(({ cause }) => cause === 'failover')
    .map((change) => ({
      ...whose({ provider: change.to, ...modelOf(models.get(change.exchange)) }),
      at: change.at,
      failovers: 1 as const,
      ...outageOf(change),
    }));
}

function modelOf(model: string | undefined): { model?: string } {
  return model === undefined ? {} : { model };
}

function outageOf({ from, at, reason, backAt, family }: EventOf<'provider-switch'>): Pick<Entry, 'outage'> {
  if (from !== CLAUDE || !isLimit(reason) || backAt === undefined || backAt - at < OUTAGE_MS) return {};
  const window = reason?.kind === 'limit' ? reason.window : undefined;
  return { outage: { until: backAt, limit: [window, family?.limited].join(' ') } };
}

function isLimit(reason: Reason | undefined): boolean {
  switch (reason?.kind) {
    case 'limit':
      return true;
    case 'billing':
      return reason.what === 'spending-limit';
    case 'words': // an earlier ccmux
      return reason.status === 429;
    default:
      return false;
  }
}
