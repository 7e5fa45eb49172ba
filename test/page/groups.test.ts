import { expect, it } from 'vitest';
import type { Row } from '../../src/page/client/filter.ts';
import { groupsOf, itemsOf, openingOf } from '../../src/page/client/groups.ts';

/** `1` the exchange's number, `m` the user's own words, `s` a side request, then the turn. */
const rows = (text: string): Row[] =>
  text.split(' ').map((one) => {
    const [, exchange, kind, turn] = /^(\d+)([ms-])(\d+)$/.exec(one)!;
    const thread = kind === 's' ? 'side' : 'main';
    return {
      response: { exchange: +exchange!, turn: +turn!, thread },
      failed: [],
      opensTurn: kind === 'm',
    } as unknown as Row;
  });
const told = (newestFirst: string, open: number[] = []) =>
  itemsOf(groupsOf(rows(newestFirst)), (turn) => open.includes(turn)).map((item) =>
    item.kind === 'message' ? `${item.turn}: ${item.rows.length}` : `${item.step ?? ''}#${item.row.response.exchange}`,
  );

it.each<[string, string, number[], string[]]>([
  ['a message of one response is that response', '2m2 1m1', [], ['#2', '#1']],
  ['several are folded into one line', '4m2 3-1 2-1 1m1', [], ['#4', '1: 3']],
  ['opened, in the order of time', '4m2 3-1 2-1 1m1', [1], ['#4', '1: 3', '1#1', '2#2', '3#3']],
  ['a late answer of an earlier message stands there', '4-1 3m2 2-1 1m1', [], ['1: 3', '#3']],
])('%s', (_what, list, open, expected) => {
  expect(told(list, open)).toEqual(expected);
});

it('names a message by the words that began it, which a title may precede', () => {
  expect(openingOf(groupsOf(rows('3-1 2m1 1s1'))[0]!).response.exchange).toBe(2);
  expect(openingOf(groupsOf(rows('2s0 1s0'))[0]!).response.exchange).toBe(1);
});
