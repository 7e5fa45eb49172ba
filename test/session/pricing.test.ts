import { expect, it } from 'vitest';
import { createPricing } from '../../src/session/pricing.ts';
import { searchesUsd } from '../../src/providers/catalog-row.ts';
import { WEB } from '../../src/providers/catalog-prices.ts';
import type { Config } from '../../src/config/schema.ts';
import type { Usage } from '../../src/events.ts';
import { ASSUMED, assumedCost, costOf } from '../../src/ground/price.ts';
import { fallback, streamed } from '../helpers/proxy.ts';

const TOKENS: Usage = { inputTokens: 1_000_000, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
const two = { ...TOKENS, webSearches: 2 };
const google = { searchesUsd: (model: string, count: number) => searchesUsd(WEB.google, model, count) };
const unknown = { searchesUsd: (model: string, count: number) => searchesUsd(WEB.minimax, model, count) };
const priced: Config['providers'] = { gemini: { price: { input: 2, output: 10 } } };

it.each<[string, Config['providers'], object, string, Usage, number | null]>([
  ['no search', priced, google, 'gemini-pro-latest', TOKENS, 2],
  ['two searches', priced, google, 'gemini-pro-latest', two, 2.028],
  ['two of a model that is paid for an answer', priced, google, 'gemini-2.5-pro', two, 2.035],
  ['two of unknown price', priced, unknown, 'gemini-pro-latest', two, null],
  ['two of a host that names none', priced, {}, 'gemini-pro-latest', two, null],
  ['two of a provider that costs nothing', { gemini: { price: 0 } }, google, 'gemini-pro-latest', two, 0],
])('what web searches cost: %s', async (_, providers, provider, model, usage, usd) => {
  const pricing = createPricing({ providers }, Date.now);
  const asked = fallback('gemini', streamed('x'), { ...provider, modelFor: () => model });
  const cost = await pricing.price(asked, [model], usage);
  if (usd === null) expect(cost).toBeNull();
  else expect(cost).toBeCloseTo(usd, 6);
  const { webSearches: searches = 0 } = usage;
  const estimate = pricing.estimate(asked, 'claude-opus-5-5', { input: 1_000_000, output: 0, searches });
  expect(estimate).toEqual(usd === null ? { usd: assumedCost(usage), assumed: true } : { usd: cost });
});

it('an unknown search is assumed as dear as the dearest of the catalogue', () => {
  const known = Object.values(WEB).map((web) => searchesUsd(web, 'a-new-model', 1) ?? 0);
  expect(assumedCost(two) - costOf(ASSUMED, two)).toBeCloseTo(2 * Math.max(...known), 6);
});
