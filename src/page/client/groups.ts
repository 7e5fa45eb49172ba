import type { Row } from './filter.ts';

/** One line of the list: a message with its steps folded away, or one response. */
export type Item =
  | { kind: 'message'; turn: number; rows: Row[]; open: boolean }
  /** `step`: its place in an opened message, from 1. */
  | { kind: 'response'; row: Row; step?: number };

/** All responses by the message that they answer; the newest message first, the steps of each in the order of time. */
export function groupsOf(rows: readonly Row[]): Row[][] {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.response.turn);
    if (group === undefined) groups.set(row.response.turn, [row]);
    else group.unshift(row);
  }
  return [...groups.values()];
}

/** @param isOpen whether the steps of this message are shown. A message of one response is that response. */
export function itemsOf(groups: readonly Row[][], isOpen: (turn: number) => boolean): Item[] {
  return groups.flatMap((rows): Item[] => {
    const [first] = rows;
    if (first === undefined) return [];
    if (rows.length === 1) return [{ kind: 'response', row: first }];
    const { turn } = first.response;
    const open = isOpen(turn);
    const steps = open ? rows.map((row, index): Item => ({ kind: 'response', row, step: index + 1 })) : [];
    return [{ kind: 'message', turn, rows, open }, ...steps];
  });
}

/** The row that the user's own words began. */
export function openingOf(rows: readonly Row[]): Row {
  return rows.find(({ opensTurn }) => opensTurn) ?? rows[0]!;
}
