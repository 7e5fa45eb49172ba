import { expect, it } from 'vitest';
import { createBus } from '../../src/events.ts';
import { ASSUMED } from '../../src/ground/price.ts';
import { ASSUMED_RATES } from '../../src/words/money.ts';
import { createBudget, type Reservation } from '../../src/proxy/budget.ts';
import { apply, noFacts } from '../../src/state/shared-facts.ts';

const SENSELESS = [Number.NaN, Infinity, -Infinity, -5];

it.each(SENSELESS)('a price of %s is unknown, and switches no cap off', (usd) => {
  const added: (number | null)[] = [];
  const day = {
    spentToday: () => 0,
    assumedToday: () => 0,
    spendUnknown: () => false,
    addSpend: (_: string, one: number | null) => added.push(one),
  };
  const budget = createBudget({ perSession: 1 }, day, createBus());
  budget.spend('x', usd);
  expect([added, budget.isOver(), budget.view().unknownPrices]).toEqual([[null], false, true]);
  budget.spend('x', 2);
  expect(budget.isOver()).toBe(true);
});

it.each(SENSELESS)('%s never enters what sessions share', (count) => {
  const facts = noFacts();
  const day = { provider: 'x', at: 0, date: '1970-01-01' };
  for (const tokens of [count, 10]) apply(facts, { do: 'count', ...day, requests: 1, tokens });
  for (const usd of [count, 0.5]) apply(facts, { do: 'spend', ...day, usd, assumed: 0 });
  expect(facts.providers['x']).toMatchObject({
    days: [{ requests: 2, tokens: 10, usd: 0.5, unknown: true }],
    recent: [[0, 2, 10]],
  });
});

const nothing = { spentToday: () => 0, assumedToday: () => 0, spendUnknown: () => false, addSpend() {} };

it('a price that nobody knows counts, and is told apart', () => {
  const budget = createBudget({ perSession: 1 }, nothing, createBus());
  budget.spend('x', null, 0.4);
  budget.spend('x', 0.1);
  expect([budget.left(), budget.isOver()]).toEqual([0.5, false]);
  expect(budget.view()).toMatchObject({ spentSessionUsd: 0.1, assumedSessionUsd: 0.4, unknownPrices: true });
  budget.spend('x', null, 0.5);
  expect(budget.isOver()).toBe(true);
});

it('the lowest cap is what is left, with what is promised taken off', () => {
  const day = { ...nothing, spentToday: () => 7, assumedToday: () => 1 };
  const budget = createBudget({ perSession: 5, perDay: 10 }, day, createBus());
  expect([budget.cap(), budget.left()]).toEqual([5, 2]);
  const reserved = budget.reserve(1.5) as Reservation;
  expect([budget.left(), budget.isOver()]).toEqual([0.5, false]);
  reserved.release();
  reserved.release();
  expect(budget.left()).toBe(2);
  expect(createBudget({}, day, createBus()).left()).toBeUndefined();
});

it('a lifted cap is higher from then on, and told of again when it is reached', () => {
  const bus = createBus();
  const told: string[] = [];
  bus.on((event) => told.push('level' in event ? `${event.type} ${event.level}` : event.type));
  const budget = createBudget({ perSession: 1 }, nothing, bus);
  budget.spend('x', 1);
  budget.lift(5);
  expect([budget.isOver(), budget.left(), budget.view().perSessionUsd]).toEqual([false, 5, 6]);
  budget.spend('x', 5);
  expect(told).toEqual(['budget-reach over', 'budget-lift', 'budget-reach over']);
});

it.each([
  ['lower', { perSession: 2, perDay: 9 }, [2, 9]],
  ['a cap where there was none', { perDay: 3 }, [5, 3]],
  ['higher', { perSession: 50 }, [5, undefined]],
  ['gone', {}, [5, undefined]],
])('a configuration that changes makes caps only stricter: %s', (_, caps, [perSession, perDay]) => {
  const budget = createBudget({ perSession: 5 }, nothing, createBus());
  budget.tighten(caps);
  expect([budget.view().perSessionUsd, budget.view().perDayUsd]).toEqual([perSession, perDay]);
});

it('what is said of an unknown price is what counts', () => {
  expect(ASSUMED_RATES).toContain(`$${ASSUMED.input} / $${ASSUMED.output} per million`);
});
