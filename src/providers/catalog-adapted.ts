import { HAIKU, MODEL_DATA, OPUS, SONNET, WEB } from './catalog-prices.ts';
import { EVERYTHING, READ, TEXT_ONLY, type CatalogRow } from './catalog-row.ts';

/*
 * Hosts that speak Anthropic's own wire: the request keeps its form, with its model's name, key and limits changed.
 * Where a host offers OpenAI's wire as well, this one is preferred: thinking blocks, tool results with images, cache
 * marks and `count_tokens` have no equal on the other, so every translation is a loss that is saved here.
 *
 * Model limits: the vendor's page where it names them, else the model data of `@earendil-works/pi-ai` 1.5.2 (MIT,
 * generated 2026-11-10), called "model data" below. No live host was asked.
 */

const WITH_IMAGES = { tools: true, parallelTools: true, images: true, pdfs: false, toolResultImages: true } as const;

export const ADAPTED = {
  claude: {
    id: 'claude',
    label: 'Claude',
    vendor: 'anthropic',
    kind: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    auth: 'own',
    keyVariables: [],
    discovered: false,
    // Never used: the client's model goes to Claude unchanged.
    models: {
      opus: 'claude-opus-5-5',
      sonnet: 'claude-sonnet-5-5',
      haiku: 'claude-haiku-5-5',
      default: 'claude-sonnet-5-5',
    },
    limits: {
      default: { contextWindow: 1_000_000, maxOutput: 128_000 },
      'claude-haiku-4-5': { contextWindow: 200_000, maxOutput: 64_000 },
    },
    capabilities: EVERYTHING,
    web: WEB.anthropic,
    quirks: {},
    limitStyle: 'anthropic',
    keyCheck: 'none',
    prices: {
      ...MODEL_DATA,
      models: {
        'claude-opus-5-5': OPUS,
        'claude-sonnet-5-5': SONNET,
        'claude-haiku-5-5': HAIKU,
      },
    },
    paid: false,
    source: 'https://platform.claude.com/docs/en/api/rate-limits',
    read: READ,
    checked: 'wire, headers and errors against the platform documentation and the real client; limits from model data',
  },
  zai: {
    id: 'zai',
    label: 'z.ai',
    vendor: 'zai',
    kind: 'anthropic',
    baseUrl: 'https://api.z.ai/api/anthropic',
    auth: 'bearer',
    keyVariables: ['ZAI_API_KEY', 'Z_AI_API_KEY', 'ZHIPU_API_KEY'],
    discovered: true,
    models: { opus: 'glm-5.3', sonnet: 'glm-5.3', haiku: 'glm-5.3-flash', default: 'glm-5.3' },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 131_072 } },
    capabilities: TEXT_ONLY, // glm-5.3-flash takes images, glm-5.3 does not
    quirks: {},
    limitStyle: 'error-body',
    keyCheck: 'unsure',
    prices: {
      ...MODEL_DATA,
      models: {
        'glm-5.3': { input: 1.4, output: 4.4, cacheRead: 0.26 },
        'glm-5.3-flash': { input: 0.15, output: 0.5, cacheRead: 0.03 },
      },
    },
    paid: true,
    source: 'https://docs.z.ai/devpack/quick-start',
    read: READ,
    checked:
      'base URL against two public clients; models and limits from model data; the 429 for an empty balance unseen',
  },
  minimax: {
    id: 'minimax',
    label: 'MiniMax',
    vendor: 'minimax',
    kind: 'anthropic',
    baseUrl: 'https://api.minimax.io/anthropic',
    auth: 'bearer',
    keyVariables: ['MINIMAX_API_KEY'],
    discovered: true,
    models: {
      opus: 'MiniMax-M3',
      sonnet: 'MiniMax-M3',
      haiku: 'MiniMax-M3',
      default: 'MiniMax-M3',
    },
    limits: {
      default: { contextWindow: 1_000_000, maxOutput: 524_288 },
      'MiniMax-M2.7': { contextWindow: 204_800, maxOutput: 131_072 },
      'MiniMax-M2.7-highspeed': { contextWindow: 204_800, maxOutput: 131_072 },
    },
    capabilities: WITH_IMAGES, // MiniMax-M3; the M2.7 models take none
    web: WEB.minimax,
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'unsure',
    prices: {
      ...MODEL_DATA,
      models: {
        'MiniMax-M3': {
          input: 0.3,
          output: 1.2,
          cacheRead: 0.06,
          above: { tokens: 512_000, input: 0.6, output: 2.4, cacheRead: 0.12 },
        },
      },
    },
    paid: true,
    source: 'https://platform.minimax.io/docs/api-reference/text-anthropic-api',
    read: READ,
    checked: 'base URL, MiniMax-M3 and both windows against the vendor page; output caps from model data',
  },
  'kimi-coding': {
    id: 'kimi-coding',
    label: 'Kimi for Coding',
    vendor: 'kimi',
    kind: 'anthropic',
    baseUrl: 'https://api.kimi.com/coding',
    auth: 'x-api-key',
    keyVariables: ['KIMI_API_KEY', 'KIMI_CODE_API_KEY'],
    discovered: true,
    models: {
      opus: 'kimi-for-coding',
      sonnet: 'kimi-for-coding',
      haiku: 'kimi-for-coding',
      default: 'kimi-for-coding',
    },
    limits: { default: { contextWindow: 262_144, maxOutput: 32_768 } },
    capabilities: WITH_IMAGES,
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'unsure',
    paid: false, // a subscription: no price per token
    source: 'https://github.com/MoonshotAI/kimi-code/blob/main/docs/en/configuration/providers.md',
    read: READ,
    checked:
      "base URL and key variable against a public client; the vendor page names OpenAI's wire only; window taken as the smaller of two published ones",
  },
  moonshot: {
    id: 'moonshot',
    label: 'Moonshot',
    vendor: 'moonshot',
    kind: 'anthropic',
    baseUrl: 'https://api.moonshot.ai/anthropic',
    auth: 'bearer',
    keyVariables: ['MOONSHOT_API_KEY'],
    discovered: true,
    models: { opus: 'kimi-k3.1-pro', sonnet: 'kimi-k3.1-pro', haiku: 'kimi-k2.6', default: 'kimi-k3.1-pro' },
    limits: {
      default: { contextWindow: 1_048_576, maxOutput: 131_072 },
      'kimi-k2.6': { contextWindow: 262_144, maxOutput: 131_072 },
    },
    capabilities: WITH_IMAGES,
    quirks: {},
    limitStyle: 'none',
    keyCheck: {
      url: 'https://api.moonshot.ai/v1/users/me/balance',
      source: 'https://platform.kimi.ai/docs/api/balance',
    },
    prices: {
      ...MODEL_DATA,
      models: {
        'kimi-k3.1-pro': { input: 2, output: 10, cacheRead: 0.2 },
        'kimi-k2.6': { input: 0.95, output: 4, cacheRead: 0.16 },
      },
    },
    paid: true,
    source: 'https://platform.kimi.ai/docs/models',
    read: READ,
    checked:
      'base URL against two public clients; models and windows from model data; output cap taken below the published one',
  },
  deepseek: {
    id: 'deepseek',
    label: 'DeepSeek',
    vendor: 'deepseek',
    kind: 'anthropic',
    baseUrl: 'https://api.deepseek.com/anthropic',
    modelList: 'https://api.deepseek.com/models', // api-docs.deepseek.com/api/list-models
    auth: 'x-api-key',
    keyVariables: ['DEEPSEEK_API_KEY'],
    discovered: true,
    models: {
      opus: 'deepseek-v4-pro',
      sonnet: 'deepseek-flash',
      haiku: 'deepseek-flash',
      default: 'deepseek-flash',
    },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 384_000 } },
    capabilities: TEXT_ONLY, // deepseek-flash takes images, deepseek-v4-pro does not
    quirks: {},
    limitStyle: 'none',
    keyCheck: {
      url: 'https://api.deepseek.com/user/balance',
      source: 'https://api-docs.deepseek.com/api/get-user-balance',
    },
    prices: {
      ...MODEL_DATA,
      models: {
        'deepseek-v4-pro': { input: 1.32, output: 3.96, cacheRead: 0.044 },
        'deepseek-flash': { input: 0.3, output: 1.2, cacheRead: 0.006 },
      },
    },
    paid: true,
    source: 'https://api-docs.deepseek.com/guides/anthropic_api',
    read: READ,
    checked: 'base URL, key header and the model for each tier against the vendor page; limits from model data',
  },
} as const satisfies Record<string, CatalogRow>;
