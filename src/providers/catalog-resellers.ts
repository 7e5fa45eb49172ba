import { HAIKU, MODEL_DATA, OPUS, SONNET, UNREAD, WEB } from './catalog-prices.ts';
import { EVERYTHING, READ, TEXT_ONLY, type CatalogRow } from './catalog-row.ts';

/*
 * Hosts that serve the models of others on Anthropic's wire: adapted, like those in catalog-adapted.ts, and preferred
 * to their OpenAI wire for the same reasons. "Model data" is explained there.
 */

export const RESELLERS = {
  openrouter: {
    id: 'openrouter',
    label: 'OpenRouter',
    vendor: 'openrouter',
    kind: 'anthropic',
    baseUrl: 'https://openrouter.ai/api',
    auth: 'bearer',
    keyVariables: ['OPENROUTER_API_KEY'],
    discovered: true,
    // OpenRouter answers for Claude Code only with Anthropic's own models, so those are what it is asked for.
    models: {
      opus: 'anthropic/claude-opus-5.5',
      sonnet: 'anthropic/claude-sonnet-5.5',
      haiku: 'anthropic/claude-haiku-5.5',
      default: 'anthropic/claude-sonnet-5.5',
    },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 128_000 } },
    capabilities: EVERYTHING,
    web: WEB.openrouter,
    quirks: {},
    limitStyle: 'error-body',
    keyCheck: {
      url: 'https://openrouter.ai/api/v1/key',
      source: 'https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key',
    },
    prices: {
      ...MODEL_DATA,
      models: {
        'anthropic/claude-opus-5.5': OPUS,
        'anthropic/claude-sonnet-5.5': SONNET,
        'anthropic/claude-haiku-5.5': HAIKU,
      },
    },
    paid: true,
    source: 'https://openrouter.ai/docs/guides/coding-agents/claude-code-integration',
    read: READ,
    checked:
      'base URL, bearer key and choice of models against the vendor page; model names and limits from model data',
  },
  zenmux: {
    id: 'zenmux',
    label: 'ZenMux',
    vendor: 'zenmux',
    kind: 'anthropic',
    baseUrl: 'https://zenmux.ai/api/anthropic',
    auth: 'x-api-key',
    keyVariables: ['ZENMUX_API_KEY'],
    discovered: true,
    models: {
      opus: 'anthropic/claude-opus-5.5',
      sonnet: 'anthropic/claude-sonnet-5.5',
      haiku: 'anthropic/claude-haiku-5.5',
      default: 'anthropic/claude-sonnet-5.5',
    },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 128_000 } },
    capabilities: EVERYTHING,
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'unsure',
    prices: {
      source: 'https://docs.zenmux.ai',
      read: '2026-11-27',
      models: {
        'anthropic/claude-opus-5.5': UNREAD,
        'anthropic/claude-sonnet-5.5': UNREAD,
        'anthropic/claude-haiku-5.5': UNREAD,
      },
    },
    paid: true,
    source: 'https://docs.zenmux.ai/api/anthropic/create-messages',
    read: READ,
    checked:
      'base URL, key header and form of model names against the vendor page, which still shows Claude 4.5; 5.5 names and limits not checked',
  },
  fireworks: {
    id: 'fireworks',
    label: 'Fireworks',
    vendor: 'fireworks',
    kind: 'anthropic',
    baseUrl: 'https://api.fireworks.ai/inference',
    auth: 'bearer',
    keyVariables: ['FIREWORKS_API_KEY'],
    discovered: true,
    models: {
      opus: 'accounts/fireworks/models/glm-5p3',
      sonnet: 'accounts/fireworks/models/glm-5p3',
      haiku: 'accounts/fireworks/models/glm-5p3-flash',
      default: 'accounts/fireworks/models/glm-5p3',
    },
    limits: { default: { contextWindow: 1_048_573, maxOutput: 131_072 } },
    capabilities: TEXT_ONLY,
    quirks: {},
    limitStyle: 'x-ratelimit',
    keyCheck: 'unsure',
    prices: {
      ...MODEL_DATA,
      models: {
        'accounts/fireworks/models/glm-5p3': { input: 1.4, output: 4.4, cacheRead: 0.26 },
        'accounts/fireworks/models/glm-5p3-flash': { input: 0.15, output: 0.5, cacheRead: 0.03 },
      },
    },
    paid: true,
    source: 'https://docs.fireworks.ai/tools-sdks/anthropic-compatibility',
    read: READ,
    checked: 'both wires, base URL and bearer key against the vendor page; models and limits from model data',
  },
  together: {
    id: 'together',
    label: 'Together',
    vendor: 'together',
    kind: 'anthropic',
    baseUrl: 'https://api.together.ai',
    auth: 'bearer',
    keyVariables: ['TOGETHER_API_KEY', 'TOGETHER_AI_API_KEY'],
    discovered: true,
    // Only some models are supported on this wire, and others may answer malformed: the one that the page shows.
    models: {
      opus: 'zai-org/GLM-5.3',
      sonnet: 'zai-org/GLM-5.3',
      haiku: 'zai-org/GLM-5.3',
      default: 'zai-org/GLM-5.3',
    },
    limits: { default: { contextWindow: 1_048_575, maxOutput: 131_072 } },
    capabilities: TEXT_ONLY,
    quirks: {},
    limitStyle: 'x-ratelimit',
    keyCheck: 'list',
    prices: {
      ...MODEL_DATA,
      models: {
        'zai-org/GLM-5.3': { input: 1.4, output: 4.4, cacheRead: 0.26 },
      },
    },
    paid: true,
    source: 'https://docs.together.ai/docs/inference/messages-api',
    read: READ,
    checked: 'both wires, base URL, bearer key and model against the vendor page; limits from model data',
  },
  novita: {
    id: 'novita',
    label: 'Novita',
    vendor: 'novita',
    kind: 'anthropic',
    baseUrl: 'https://api.novita.ai/anthropic',
    auth: 'bearer',
    keyVariables: ['NOVITA_API_KEY'],
    discovered: true,
    models: {
      opus: 'zai-org/glm-5.3',
      sonnet: 'zai-org/glm-5.3',
      haiku: 'zai-org/glm-5.3-flash',
      default: 'zai-org/glm-5.3',
    },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 131_072 } },
    capabilities: TEXT_ONLY, // glm-5.3-flash takes images, glm-5.3 does not
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'unsure',
    prices: {
      source: 'https://novita.ai/models/model-detail/zai-org-glm-5.3',
      read: '2026-11-27',
      models: {
        'zai-org/glm-5.3': { input: 1.4, output: 4.4, cacheRead: 0.26 },
        'zai-org/glm-5.3-flash': { unknown: 'the vendor page of this model could not be read' },
      },
    },
    paid: true,
    source: 'https://novita.ai/docs/guides/llm-anthropic-compatibility',
    read: READ,
    checked:
      'both wires, base URL, models, window and cap against the vendor pages; bearer key assumed from its other wire',
  },
  baseten: {
    id: 'baseten',
    label: 'Baseten',
    vendor: 'baseten',
    kind: 'anthropic',
    baseUrl: 'https://inference.baseten.co',
    auth: 'bearer',
    keyVariables: ['BASETEN_API_KEY'],
    discovered: true,
    models: {
      opus: 'zai-org/GLM-5.3',
      sonnet: 'zai-org/GLM-5.3',
      haiku: 'zai-org/GLM-5.3-Flash',
      default: 'zai-org/GLM-5.3',
    },
    limits: { default: { contextWindow: 1_048_576, maxOutput: 131_072 } },
    capabilities: TEXT_ONLY, // images are in the model data, not on the vendor page
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'unsure',
    prices: {
      ...MODEL_DATA,
      models: {
        'zai-org/GLM-5.3': { input: 1.4, output: 4.4, cacheRead: 0.14 },
        'zai-org/GLM-5.3-Flash': { input: 0.15, output: 0.5, cacheRead: 0.03 },
      },
    },
    paid: true,
    source: 'https://docs.baseten.co/reference/inference-api/messages',
    read: READ,
    checked: 'both wires, base URL and bearer key against the vendor page; models and limits from model data',
  },
} as const satisfies Record<string, CatalogRow>;
