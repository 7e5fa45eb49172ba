import { describe, expect, it } from 'vitest';
import { loadPrices } from '../../src/state/prices.ts';
import type { PricedAnswer } from '../../src/state/prices.ts';

const at = new Date('2026-11-22T12:00:00Z').getTime();
/** Small enough to stay in the first tier of every list. */
const usage = { inputTokens: 100_000, outputTokens: 10_000, cacheReadTokens: 0, cacheWriteTokens: 0 };
const answer = (facts: Partial<PricedAnswer>): PricedAnswer => ({
  providerId: 'claude',
  kind: 'anthropic',
  model: 'claude-sonnet-4-5',
  usage,
  at,
  ...facts,
});

const estimateUsd = await loadPrices();

describe('an estimate', () => {
  it.each<[string, Partial<PricedAnswer>, number]>([
    ['Claude at API prices', {}, 0.45],
    ['a dated name', { model: 'claude-haiku-4-5-20251001' }, 0.15],
    ["Claude Code's mark for the long context", { model: 'claude-opus-4-8[1m]' }, 0.75],
    ['Gemini', { providerId: 'gemini', kind: 'gemini', model: 'gemini-3-pro-preview' }, 0.32],
    ["Google's resource name", { providerId: 'gemini', kind: 'gemini', model: 'models/gemini-3-pro-preview' }, 0.32],
    ["Gemini under the user's own name", { providerId: 'work', kind: 'gemini', model: 'gemini-3-pro-preview' }, 0.32],
    ['OpenRouter', { providerId: 'openrouter', kind: 'openai-compatible', model: 'openai/gpt-5.2' }, 0.315],
    ['Ollama', { providerId: 'ollama', kind: 'anthropic', model: 'qwen3-coder' }, 0],
    ["Ollama's port", { providerId: 'local', kind: 'openai-compatible', host: '127.0.0.1:11434', model: 'x' }, 0],
    ['a gateway that costs nothing', { host: '127.0.0.1:8080', settingsPrice: 0 }, 0],
    ['a gateway with a price', { host: '127.0.0.1:8080', settingsPrice: { input: 2, output: 8 } }, 0.28],
    ['the row of the catalogue', { model: 'new', rowPrice: { input: 3, output: 9 } }, 0.39],
    ['a long request', { rowPrice: { input: 3, output: 9, above: { tokens: 99_999, input: 6, output: 18 } } }, 0.78],
    ["the user's price", { model: 'anything', settingsPrice: { input: 2, output: 8 } }, 0.28],
  ])('%s', async (_, facts, usd) => {
    expect(estimateUsd(answer(facts))).toBeCloseTo(usd, 6);
  });

  it.each<[string, Partial<PricedAnswer>]>([
    ['a gateway on this machine', { providerId: 'local', host: '127.0.0.1:8080', model: 'claude-sonnet-4-5' }],
    ['a known vendor behind one', { providerId: 'gemini', kind: 'gemini', host: '[::1]:8080', model: 'gemini-3-pro' }],
    ['a cloud model of Ollama', { providerId: 'ollama', host: 'localhost:11434', model: 'gpt-oss:120b-cloud' }],
    ['a model nobody lists', { model: 'claude-nonesuch' }],
    ['a compatible host of unknown owner', { providerId: 'work', kind: 'openai-compatible', model: 'gpt-5.2' }],
    ['a name that only resembles a vendor', { providerId: 'my-openai-proxy', kind: 'anthropic', model: 'gpt-5.2' }],
  ])('does not guess: %s', async (_, facts) => {
    expect(estimateUsd(answer(facts))).toBeNull();
  });

  it("reads Google's `latest` names as the newest that is listed", async () => {
    const pro = estimateUsd(answer({ providerId: 'gemini', kind: 'gemini', model: 'gemini-pro-latest' }));
    const flash = estimateUsd(answer({ providerId: 'gemini', kind: 'gemini', model: 'gemini-flash-latest' }));
    expect(pro).toBeGreaterThan(flash ?? Infinity);
  });

  it('prices what was read from and written to a cache at its own rates', async () => {
    const cached = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 100_000, cacheWriteTokens: 0 };
    const written = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 100_000 };
    expect(estimateUsd(answer({ usage: cached }))).toBeCloseTo(0.03, 6);
    expect(estimateUsd(answer({ usage: written }))).toBeCloseTo(0.375, 6);
    const own = { settingsPrice: { input: 2, output: 8 } };
    expect(estimateUsd(answer({ usage: cached, ...own }))).toBeCloseTo(0.02, 6);
    expect(estimateUsd(answer({ usage: written, ...own }))).toBeCloseTo(0.2, 6);
    const full = { settingsPrice: { input: 2, output: 8, cacheRead: 0.5, cacheWrite: 2.5 } };
    expect(estimateUsd(answer({ usage: cached, ...full }))).toBeCloseTo(0.05, 6);
    expect(estimateUsd(answer({ usage: written, ...full }))).toBeCloseTo(0.25, 6);
  });
});
