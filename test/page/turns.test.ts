import { describe, expect, it } from 'vitest';
import { columnsOf, mainThread, marks, positionOf, stretches } from '../../src/page/client/turns.ts';
import { densityText } from '../../src/page/client/density.tsx';
import { longSession, sampleSummary } from '../helpers/sample-session.ts';

const { responses, switches } = sampleSummary();
const main = mainThread(responses);
const order = ['claude', 'gemini', 'openrouter'];

describe('the bar of turns', () => {
  it('has a stretch for each turn of the main thread, cut where the provider changes', () => {
    const turns = stretches(main, 100, order);
    expect(turns.map(({ from }) => from)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(turns[0]).toMatchObject({ start: 0, end: 4, segments: [{ by: 'claude', count: 4 }] });
    expect(turns[5]?.segments).toEqual([{ by: 'gemini', count: 3 }]);
    expect(turns[5]?.preview).toMatch(/^Run the test/);
  });

  it('cuts one turn into runs, and keeps a place for what nobody answered', () => {
    const [first, second, third] = main;
    const mixed = [first!, { ...second!, provider: 'gemini' }, { ...third!, provider: 'gemini' }];
    const { provider: _nobody, ...unanswered } = third!;
    expect(stretches([...mixed, unanswered], 10, order)[0]?.segments).toEqual([
      { by: 'claude', count: 1 },
      { by: 'gemini', count: 2 },
      { by: undefined, none: 'nobody', count: 1 },
    ]);
  });

  it('keeps an error that went back to the client apart from an answer', () => {
    const [first, second] = main;
    const refused = { ...second!, outcome: 'relayed' as const, status: 401 };
    expect(stretches([first!, refused, refused], 10, order)[0]?.segments).toEqual([
      { by: 'claude', count: 1 },
      { by: undefined, none: 'client', count: 2 },
    ]);
  });

  it('joins neighbours where there is no room, and loses nobody', () => {
    const turns = stretches(main, 5, order);
    expect(turns.map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [4, 6],
      [7, 9],
      [10, 12],
    ]);
    expect(turns[1]?.segments).toEqual([
      { by: 'claude', count: 5 },
      { by: 'gemini', count: 3 },
    ]);
    const counted = turns.flatMap(({ segments }) => segments).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(main.length);
  });

  it('stays small however long the session is', () => {
    const all = mainThread(sampleSummary(longSession(5000)).responses);
    expect(stretches(all, 220, order).length).toBeLessThanOrEqual(220);
  });

  it('is empty when nothing was answered', () => {
    expect(stretches([], 100, order)).toEqual([]);
    expect(marks([], [], [], 0.1)).toEqual([]);
  });

  it('places each response inside its turn', () => {
    const turns = stretches(main, 100, order);
    expect(positionOf(0, turns)).toBeCloseTo(0.5 / 4 / 12);
    expect(positionOf(main.length - 1, turns)).toBeCloseTo((11 + 1.5 / 2) / 12);
  });
});

describe('the marks of provider switches', () => {
  const turns = stretches(main, 100, order);

  it('stand where the switch happened, numbered', () => {
    const found = marks(switches, main, turns, 0.01);
    expect(found.map(({ switches: [first] }) => [first?.number, first?.at.to])).toEqual([
      [1, 'gemini'],
      [2, 'claude'],
      [3, 'openrouter'],
      [4, 'claude'],
    ]);
    expect(found[0]?.position).toBeCloseTo((5 + 0.5 / 3) / 12);
  });

  it('stand together where they would overlap', () => {
    const found = marks(switches, main, turns, 0.2);
    expect(found.map((mark) => mark.switches.map(({ number }) => number))).toEqual([[1], [2, 3], [4]]);
  });

  it('stand at the end while their answer still runs', () => {
    const running = { ...switches[0]!, exchange: 99, at: main.at(-1)!.at + 5000 };
    expect(marks([running], main, turns, 0.01)[0]?.position).toBeCloseTo(positionOf(main.length - 1, turns));
  });
});

describe('the failovers of a long session', () => {
  const long = sampleSummary(longSession(5000));
  const all = mainThread(long.responses);

  it('are counted by stretch, so that the bad times stand out', () => {
    const columns = columnsOf(long.switches, all, stretches(all, 220, order), 75);
    expect(columns.length).toBeLessThanOrEqual(75);
    const failovers = long.switches.filter(({ cause }) => cause === 'failover').length;
    expect(columns.reduce((sum, column) => sum + column.failovers, 0)).toBe(failovers);
    expect(columns.filter((column) => column.failovers === 0).length).toBeGreaterThan(20);
    expect(densityText(columns)).toMatch(/^110 failovers; the most, \d, in messages \d+ to \d+$/);
  });

  it('are none where nothing changed', () => {
    expect(columnsOf([], [], [], 10)).toEqual([]);
    expect(densityText(columnsOf([], all, stretches(all, 220, order), 10))).toBe('No failover');
  });
});
