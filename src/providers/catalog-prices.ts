import type { Price } from '../ground/price.ts';
import type { WebTools } from './catalog-row.ts';

/*
 * Prices that several rows of the catalogue share, US dollars per million tokens, and where they were read. Hosts that
 * resell a vendor's models at the vendor's own price name the same constant.
 */

/** "Model data" is explained in catalog-adapted.ts. */
export const MODEL_DATA = { source: 'model data of @earendil-works/pi-ai 1.5.2', read: '2026-11-10' } as const;

export const UNREAD = { unknown: 'the vendor page that names the price could not be read' } as const;

export const OPUS = { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 } as const satisfies Price;
export const SONNET = { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 } as const satisfies Price;
export const HAIKU = {
  input: 0.1,
  output: 0.5,
  cacheRead: 0.01,
  cacheWrite: 0.125,
  above: { tokens: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
} as const satisfies Price;

export const SOL = {
  input: 2,
  output: 10,
  cacheRead: 0.1,
  cacheWrite: 2.5,
  above: { tokens: 272_000, input: 4, output: 15, cacheRead: 0.2, cacheWrite: 5 },
} as const satisfies Price;
export const LUNA = {
  input: 0.1,
  output: 0.5,
  cacheRead: 0.01,
  cacheWrite: 0.125,
  above: { tokens: 272_000, input: 0.2, output: 0.75, cacheRead: 0.02, cacheWrite: 0.25 },
} as const satisfies Price;

/** Web searches, beside the tokens. */
export const WEB = {
  anthropic: {
    search: true,
    fetch: true,
    domains: true,
    mixed: true,
    usdPerSearch: 0.01,
    source: 'https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool',
    read: '2026-11-27',
  },
  google: {
    search: true,
    fetch: true,
    domains: false,
    mixed: false,
    usdPerSearch: 0.014,
    perAnswer: { models: /gemini-[12](?:[.-]|$)/, usd: 0.035 },
    source: 'https://ai.google.dev/gemini-api/docs/pricing, as users of Google’s forum quote it',
    read: '2026-11-27',
  },
  openai: {
    search: true,
    fetch: false,
    domains: true,
    mixed: true,
    usdPerSearch: 0.01,
    source: 'https://platform.openai.com/docs/pricing, as users of OpenAI’s forum quote it',
    read: '2026-11-27',
  },
  // $4 for a thousand results, five of which a search has.
  openrouterPlugin: {
    search: true,
    fetch: false,
    domains: true,
    mixed: false,
    usdPerSearch: 0.02,
    source: 'https://openrouter.ai/docs/features/web-search',
    read: '2026-11-27',
  },
  // It passes the price of the model's own vendor on, and its bill (`usage.cost`) includes it.
  openrouter: {
    search: true,
    fetch: false,
    domains: true,
    mixed: true,
    usdPerSearch: 0.01,
    source: 'https://openrouter.ai/docs/features/web-search, and the types of its SDK for /v1/messages',
    read: '2026-11-27',
  },
  // No page that names a price could be read.
  minimax: {
    search: true,
    fetch: false,
    domains: false,
    mixed: true,
    source: 'https://platform.minimax.io/docs/guides/server-tools',
    read: '2026-11-27',
  },
} as const satisfies Record<string, WebTools>;
