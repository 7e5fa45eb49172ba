import { describe, expect, it, test } from 'vitest';
import { catalogRows } from '../../src/providers/catalog.ts';
import { rowPrice } from '../../src/providers/row-price.ts';

/** Of a row that charges by the token, every model that it answers with unless the user says otherwise. */
const DEFAULTS = catalogRows()
  .filter(({ paid }) => paid)
  .flatMap((row) => [...new Set(Object.values(row.models))].map((model) => [row.id, model, row] as const));

describe('what the catalogue charges', () => {
  it.each(DEFAULTS)('%s knows the price of %s, or says why not', (_, model, row) => {
    const { source, read, models } = row.prices!;
    expect(source).toMatch(/^https:\/\/|^(?:model data|price list) of @/);
    expect(read).toMatch(/^20\d\d-\d\d-\d\d$/);
    const price = models[model]!;
    if ('unknown' in price) {
      expect(price.unknown.length).toBeGreaterThan(20);
      return;
    }
    const { input, output, cacheRead = input / 10, above } = price;
    // A slip by a thousand (a price by the thousand tokens) would fall outside of this.
    for (const usd of [input, output]) expect(usd).toSatisfy((one: number) => one >= 0.01 && one <= 100);
    expect(output).toBeGreaterThanOrEqual(input);
    expect(cacheRead).toBeLessThanOrEqual(input);
    if (above) expect(above.input).toBeGreaterThanOrEqual(input);
  });

  it('names no model twice in vain: each priced model is one that the row knows', () => {
    for (const { models, limits, prices } of catalogRows()) {
      const known = new Set<string>([...Object.values(models), ...Object.keys(limits)]);
      expect(Object.keys(prices?.models ?? {}).filter((model) => !known.has(model))).toEqual([]);
    }
  });
});

test.each([
  ['deepseek', 'deepseek-flash', 0.3],
  ['openai', 'gpt-6.1-sol-2026-10-01', 2],
  ['claude', 'claude-opus-5-5-20260901', 4],
  ['claude', 'claude-opus-5-5[1m]', 4],
  ['deepseek', 'another', undefined],
  ['nebius', 'deepseek-ai/DeepSeek-V4-Pro', undefined],
  ['nebius', 'constructor', undefined],
])("%s's price of %s", (id, model, input) => {
  expect(
    rowPrice(
      catalogRows().find((row) => row.id === id),
      model,
    )?.input,
  ).toBe(input);
});
