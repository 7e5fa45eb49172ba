import { expect, it } from 'vitest';
import { createBus } from '../../src/events.ts';
import { createBudget } from '../../src/proxy/budget.ts';
import { noFacts, requestsCounted, spendAdded } from '../../src/report/shared-facts.ts';

const SENSELESS = [Number.NaN, Infinity, -Infinity, -5];

it.each(SENSELESS)('a price of %s is unknown, and switches no cap off', (usd) => {
  const added: (number | null)[] = [];
  const day = {
    spentToday: () => 0,
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
  requestsCounted('x', 0, 1, count)(facts);
  requestsCounted('x', 0, 1, 10)(facts);
  spendAdded('x', 0, count)(facts);
  spendAdded('x', 0, 0.5)(facts);
  expect(facts.providers['x']).toMatchObject({
    day: { requests: 2, tokens: 10 },
    recent: [[0, 2, 10]],
    spend: { usd: 0.5, unknown: true },
  });
});
