import type { EventOf, ProviderId } from '../../events.ts';
import type { Response } from '../../state/summary.ts';

/** Who answered a stretch of requests; `nobody`, or `client` for the client's own error. */
export type Segment = { by: ProviderId; count: number } | { by: undefined; none: 'nobody' | 'client'; count: number };

/** One turn, or several neighbours if there is no room for each. */
export type Stretch = {
  /** First and last turn, as numbered in the session. */
  from: number;
  to: number;
  /** Half-open range in the list of main-thread responses. */
  start: number;
  end: number;
  at: number;
  preview?: string;
  segments: Segment[];
};

/** The answers in the conversation; side requests and subagents have no turn of their own. */
export function mainThread(responses: readonly Response[]): Response[] {
  return responses.filter((response) => response.thread === 'main');
}

/**
 * Cuts the main thread into at most `room` stretches of equally many turns, in order.
 *
 * @param main responses of the main thread, oldest first.
 * @param order all providers: the order of the shares inside a stretch of several turns.
 */
export function stretches(main: readonly Response[], room: number, order: readonly ProviderId[]): Stretch[] {
  const turns: Stretch[] = [];
  for (const [index, response] of main.entries()) {
    let current = turns.at(-1);
    if (current === undefined || current.to !== response.turn) {
      current = { from: response.turn, to: response.turn, start: index, end: index, at: response.at, segments: [] };
      turns.push(current);
    }
    current.end = index + 1;
    if (response.preview !== undefined) current.preview ??= response.preview;
    addRun(current.segments, segmentOf(response));
  }
  const size = Math.ceil(turns.length / Math.max(1, room));
  if (size <= 1) return turns;
  const merged: Stretch[] = [];
  for (let start = 0; start < turns.length; start += size) merged.push(merge(turns.slice(start, start + size), order));
  return merged;
}

function segmentOf({ provider, outcome }: Response): Segment {
  if (outcome === 'relayed') return { by: undefined, none: 'client', count: 1 };
  return provider === undefined ? { by: undefined, none: 'nobody', count: 1 } : { by: provider, count: 1 };
}

function addRun(segments: Segment[], more: Segment): void {
  const last = segments.at(-1);
  if (last !== undefined && keyOf(last) === keyOf(more)) last.count += more.count;
  else segments.push({ ...more });
}

/** Ids have no blank in them. */
function keyOf(segment: Segment): string {
  return segment.by ?? ` ${segment.none}`;
}

/** Many turns in one: their shares by provider, since the single runs would be thinner than a pixel. */
function merge(turns: Stretch[], order: readonly ProviderId[]): Stretch {
  const first = turns[0]!;
  const last = turns.at(-1)!;
  const shares = new Map<string, Segment>();
  for (const segment of turns.flatMap(({ segments }) => segments)) {
    const share = shares.get(keyOf(segment));
    if (share === undefined) shares.set(keyOf(segment), { ...segment });
    else share.count += segment.count;
  }
  return {
    from: first.from,
    to: last.to,
    start: first.start,
    end: last.end,
    at: first.at,
    // In an order that is the same for every stretch, so that neighbours line up.
    segments: [...shares.values()].sort((a, b) => order.indexOf(a.by ?? '') - order.indexOf(b.by ?? '')),
  };
}

/** Where a response lies on the axis, 0 … 1: each stretch is as wide as the next, its responses evenly inside. */
export function positionOf(index: number, all: readonly Stretch[]): number {
  const found = all.findIndex((stretch) => index < stretch.end);
  const stretch = all[found];
  if (stretch === undefined) return 1;
  return (found + (index - stretch.start + 0.5) / (stretch.end - stretch.start)) / all.length;
}

export type Switch = EventOf<'provider-switch'>;

/** Switches that would overlap on the axis stand as one mark. `position` is 0 … 1. */
export type Mark = { position: number; switches: { number: number; at: Switch }[] };

/**
 * @param gap least distance of two marks, as a fraction of the axis.
 */
export function marks(
  switches: readonly Switch[],
  main: readonly Response[],
  all: readonly Stretch[],
  gap: number,
): Mark[] {
  const indexOf = new Map(main.map((response, index) => [response.exchange, index]));
  const result: Mark[] = [];
  for (const [index, event] of switches.entries()) {
    const found = indexOf.get(event.exchange) ?? nearest(main, event.at);
    const position = main.length === 0 ? 0 : positionOf(found, all);
    const last = result.at(-1);
    const entry = { number: index + 1, at: event };
    if (last !== undefined && position - last.position < gap) last.switches.push(entry);
    else result.push({ position, switches: [entry] });
  }
  return result;
}

/** A switch is known before its answer has ended: until then its mark is at the end. */
function nearest(main: readonly Response[], at: number): number {
  const found = main.findIndex((response) => response.at >= at);
  return found === -1 ? main.length - 1 : found;
}

/** A few neighbouring stretches, and how many failovers fell into them. Half-open range in the list of stretches. */
export type Column = { from: number; to: number; start: number; end: number; failovers: number; switches: Switch[] };

/** All switches, counted into at most `room` columns of equally many stretches. */
export function columnsOf(
  switches: readonly Switch[],
  main: readonly Response[],
  all: readonly Stretch[],
  room: number,
): Column[] {
  const size = Math.max(1, Math.ceil(all.length / Math.max(1, room)));
  const columns: Column[] = [];
  for (let start = 0; start < all.length; start += size) {
    const end = Math.min(all.length, start + size);
    columns.push({ from: all[start]!.from, to: all[end - 1]!.to, start, end, failovers: 0, switches: [] });
  }
  const indexOf = new Map(main.map((response, index) => [response.exchange, index]));
  for (const event of switches) {
    const place = positionOf(indexOf.get(event.exchange) ?? nearest(main, event.at), all) * all.length;
    const column = columns[Math.min(columns.length - 1, Math.floor(place / size))];
    if (column === undefined) continue;
    column.switches.push(event);
    if (event.cause === 'failover') column.failovers += 1;
  }
  return columns;
}
