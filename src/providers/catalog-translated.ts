import { LUNA, MODEL_DATA, SOL, UNREAD, WEB } from './catalog-prices.ts';
import { EVERYTHING, READ, TEXT_ONLY, type CatalogRow } from './catalog-row.ts';

/*
 * Hosts that are reached by translation: Gemini, OpenAI's Responses, and the chat wire that many others copied.
 * Limits and efforts: "model data" is the data of `@earendil-works/pi-ai` 1.5.2 (MIT, generated 2026-11-10); vendor
 * shapes are the streams recorded in the AI SDK's provider packages. No live host was asked.
 */

/** The chat wire has no images inside tool results: they are hoisted into the user message that follows. */
const CHAT_IMAGES = { tools: true, parallelTools: true, images: true, pdfs: false, toolResultImages: false } as const;

export const TRANSLATED = {
  gemini: {
    id: 'gemini',
    label: 'Gemini',
    vendor: 'google',
    kind: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    auth: 'x-goog-api-key',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    discovered: true,
    models: {
      opus: 'gemini-pro-latest',
      sonnet: 'gemini-pro-latest',
      haiku: 'gemini-flash-latest',
      default: 'gemini-pro-latest',
    },
    limits: {
      default: { contextWindow: 1_048_576, maxOutput: 65_536 },
      'gemini-4-argon': { contextWindow: 1_048_576, maxOutput: 32_768 },
    },
    capabilities: EVERYTHING,
    web: WEB.google,
    quirks: { effort: 'reasoning_effort', effortLevels: ['minimal', 'low', 'medium', 'high'] },
    limitStyle: 'error-body',
    keyCheck: 'list',
    // Google's `…-latest` names stand for gemini-3.1-pro-preview and gemini-3.8-flash in the general price list.
    prices: {
      source: 'price list of @pydantic/genai-prices 0.1.8',
      read: READ,
      models: {
        'gemini-pro-latest': {
          input: 2,
          output: 12,
          cacheRead: 0.2,
          above: { tokens: 200_000, input: 4, output: 18, cacheRead: 0.4 },
        },
        'gemini-flash-latest': { input: 0.75, output: 3.75, cacheRead: 0.075 },
      },
    },
    paid: true,
    source: 'https://ai.google.dev/gemini-api/docs/rate-limits',
    read: READ,
    checked:
      'base URL and key against @ai-sdk/google 4.0.121, key variables against @google/genai 3.1.0; models and limits from model data',
  },
  openai: {
    id: 'openai',
    label: 'OpenAI',
    vendor: 'openai',
    kind: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    auth: 'bearer',
    keyVariables: ['OPENAI_API_KEY'],
    otherHostVariable: 'OPENAI_BASE_URL',
    discovered: true,
    models: { opus: 'gpt-6.1-sol', sonnet: 'gpt-6.1-sol', haiku: 'gpt-6-luna', default: 'gpt-6.1-sol' },
    // At 272,000 the price of a long context begins; the window is larger. "A max of 128 functions are supported": the
    // API reference of the chat wire; Responses names 128 in its error.
    limits: { default: { contextWindow: 1_050_000, maxOutput: 128_000, maxTools: 128 } },
    capabilities: EVERYTHING,
    web: WEB.openai,
    quirks: {
      toolIds: 'max40',
      maxTokensField: 'max_completion_tokens',
      effort: 'reasoning_effort',
      effortLevels: ['low', 'medium', 'high', 'xhigh', 'max'],
    },
    limitStyle: 'x-ratelimit',
    keyCheck: 'list',
    prices: {
      ...MODEL_DATA,
      models: {
        'gpt-6.1-sol': SOL,
        'gpt-6-luna': LUNA,
      },
    },
    paid: true,
    source: 'https://platform.openai.com/docs/guides/rate-limits',
    read: READ,
    checked:
      'base URL, key variable and wire against openai 7.57.0 and @ai-sdk/openai 4.0.118; models and caps from model data, the window from two other lists of models',
  },
  'openrouter-chat': {
    id: 'openrouter-chat',
    label: 'OpenRouter (chat)',
    vendor: 'openrouter',
    kind: 'openai-compatible',
    baseUrl: 'https://openrouter.ai/api/v1',
    auth: 'bearer',
    keyVariables: ['OPENROUTER_API_KEY'],
    // The row `openrouter` has the same key and the better wire; this one reaches the models that are not Claude's.
    discovered: false,
    models: {
      opus: 'google/gemini-4-argon',
      sonnet: 'google/gemini-4-argon',
      haiku: 'google/gemini-3.8-flash',
      default: 'google/gemini-4-argon',
    },
    limits: {
      default: { contextWindow: 1_048_576, maxOutput: 65_536 },
      'google/gemini-4-argon': { contextWindow: 1_048_576, maxOutput: 32_768 },
    },
    capabilities: CHAT_IMAGES,
    web: WEB.openrouterPlugin,
    quirks: { toolIds: 'max40', reasoningBack: 'reasoning_details', effort: 'reasoning_effort' },
    limitStyle: 'error-body',
    keyCheck: {
      url: 'https://openrouter.ai/api/v1/key',
      source: 'https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key',
    },
    prices: {
      ...MODEL_DATA,
      models: {
        'google/gemini-4-argon': { input: 2, output: 10, cacheRead: 0.1 },
        'google/gemini-3.8-flash': { input: 0.825, output: 4.125, cacheRead: 0.0825 },
      },
    },
    paid: true,
    source: 'https://openrouter.ai/docs/api-reference/overview',
    read: READ,
    checked: 'base URL and error shapes against public clients; models and limits from model data',
  },
  groq: {
    id: 'groq',
    label: 'Groq',
    vendor: 'groq',
    kind: 'openai-compatible',
    baseUrl: 'https://api.groq.com/openai/v1',
    auth: 'bearer',
    keyVariables: ['GROQ_API_KEY'],
    discovered: true,
    models: {
      opus: 'openai/gpt-oss-120b',
      sonnet: 'openai/gpt-oss-120b',
      haiku: 'openai/gpt-oss-20b',
      default: 'openai/gpt-oss-120b',
    },
    // 128 tools: console.groq.com/docs/api-reference, `tools`.
    limits: { default: { contextWindow: 131_072, maxOutput: 65_536, maxTools: 128 } },
    capabilities: TEXT_ONLY,
    quirks: {
      toolIds: 'max40',
      maxTokensField: 'max_completion_tokens',
      streamUsage: 'omit', // sends `x_groq.usage` unasked
      effort: 'reasoning_effort',
    },
    limitStyle: 'x-ratelimit',
    keyCheck: 'list',
    prices: {
      ...MODEL_DATA,
      models: {
        'openai/gpt-oss-120b': { input: 0.15, output: 0.6, cacheRead: 0.075 },
        'openai/gpt-oss-20b': { input: 0.075, output: 0.3, cacheRead: 0.0375 },
      },
    },
    paid: true,
    source: 'https://console.groq.com/docs/rate-limits',
    read: READ,
    checked:
      'base URL and limit headers against the vendor pages, which name no Anthropic wire; stream shape against recorded streams; models and caps from model data',
  },
  deepinfra: {
    id: 'deepinfra',
    label: 'DeepInfra',
    vendor: 'deepinfra',
    kind: 'openai-compatible',
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    auth: 'bearer',
    keyVariables: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN', 'DEEPINFRA_API_TOKEN'],
    discovered: true,
    models: {
      opus: 'zai-org/GLM-4.7',
      sonnet: 'zai-org/GLM-4.7',
      haiku: 'zai-org/GLM-4.7',
      default: 'zai-org/GLM-4.7',
    },
    limits: { default: { contextWindow: 202_752, maxOutput: 16_384 } },
    capabilities: TEXT_ONLY,
    quirks: { toolIds: 'max40' },
    limitStyle: 'none',
    keyCheck: 'unsure',
    prices: {
      source: 'https://deepinfra.com/zai-org/GLM-4.7/api',
      read: '2026-11-27',
      models: {
        'zai-org/GLM-4.7': { input: 0.43, output: 1.75, cacheRead: 0.08 },
      },
    },
    paid: true,
    source: 'https://deepinfra.com/docs/advanced/openai_api',
    read: READ,
    checked:
      "base URL against the vendor page; the model and its cap against a client's page; window not checked; no Anthropic wire found",
  },
  cerebras: {
    id: 'cerebras',
    label: 'Cerebras',
    vendor: 'cerebras',
    kind: 'openai-compatible',
    baseUrl: 'https://api.cerebras.ai/v1',
    auth: 'bearer',
    keyVariables: ['CEREBRAS_API_KEY'],
    discovered: true,
    models: { opus: 'gpt-oss-120b', sonnet: 'gpt-oss-120b', haiku: 'gpt-oss-120b', default: 'gpt-oss-120b' },
    // The model allows 40,960, but its tokens-per-minute limit counts the cap itself in advance.
    limits: { default: { contextWindow: 131_072, maxOutput: 16_384 } },
    capabilities: TEXT_ONLY,
    quirks: {
      toolIds: 'max40',
      maxTokensField: 'max_completion_tokens',
      reasoningBack: 'reasoning',
      effort: 'reasoning_effort',
    },
    limitStyle: 'x-ratelimit',
    keyCheck: 'list',
    prices: {
      ...MODEL_DATA,
      models: {
        'gpt-oss-120b': { input: 0.35, output: 0.75, cacheRead: 0.35 },
      },
    },
    paid: true,
    source: 'https://inference-docs.cerebras.ai/resources/openai',
    read: READ,
    checked:
      'base URL and key variable against a reading of the vendor page; model and limits from model data; no Anthropic wire documented',
  },
  mistral: {
    id: 'mistral',
    label: 'Mistral',
    vendor: 'mistral',
    kind: 'openai-compatible',
    baseUrl: 'https://api.mistral.ai/v1',
    auth: 'bearer',
    keyVariables: ['MISTRAL_API_KEY'],
    discovered: true,
    models: {
      opus: 'mistral-large-4',
      sonnet: 'mistral-large-4',
      haiku: 'mistral-small-latest',
      default: 'mistral-large-4',
    },
    limits: {
      default: { contextWindow: 262_144, maxOutput: 131_072 },
      'mistral-large-4': { contextWindow: 1_048_576, maxOutput: 131_072 },
    },
    capabilities: CHAT_IMAGES,
    // Efforts differ from model to model there, and an unknown one is an error: none is sent.
    quirks: {
      toolIds: 'exactly9',
      toolChoiceAny: 'any',
      streamUsage: 'omit',
      assistantAfterTool: true, // code 3230, see codec/translate/request.ts
      imageUrlAsString: true,
    },
    limitStyle: 'x-ratelimit',
    keyCheck: 'list',
    prices: {
      ...MODEL_DATA,
      models: {
        'mistral-large-4': { input: 0.7, output: 2.1, cacheRead: 0.07 },
        'mistral-small-latest': { input: 0.15, output: 0.6, cacheRead: 0.015 },
      },
    },
    paid: true,
    source: 'https://docs.mistral.ai/api',
    read: READ,
    checked:
      'base URL against the vendor page, which names no Anthropic wire; quirks against recorded streams and error texts; models and windows from model data',
  },
  xai: {
    id: 'xai',
    label: 'xAI',
    vendor: 'xai',
    kind: 'openai-compatible',
    baseUrl: 'https://api.x.ai/v1',
    auth: 'bearer',
    keyVariables: ['XAI_API_KEY'],
    discovered: true,
    models: { opus: 'grok-4.7', sonnet: 'grok-4.7', haiku: 'grok-4.7', default: 'grok-4.7' },
    // 128 tools: docs.x.ai/docs/api-reference, `tools`.
    limits: { default: { contextWindow: 500_000, maxOutput: 128_000, maxTools: 128 } },
    capabilities: CHAT_IMAGES,
    // Which Grok takes an effort on this wire could not be checked: none is sent.
    quirks: { toolIds: 'max40' },
    limitStyle: 'x-ratelimit',
    keyCheck: 'list',
    prices: {
      ...MODEL_DATA,
      models: {
        'grok-4.7': {
          input: 2,
          output: 6,
          cacheRead: 0.5,
          above: { tokens: 200_000, input: 4, output: 12, cacheRead: 1 },
        },
      },
    },
    paid: true,
    source: 'https://docs.x.ai/docs/api-reference',
    read: READ,
    checked:
      'base URL against the vendor page, which calls its Anthropic wire deprecated: hence this one; model and limits from model data',
  },
  nebius: {
    id: 'nebius',
    label: 'Nebius',
    vendor: 'nebius',
    kind: 'openai-compatible',
    baseUrl: 'https://api.tokenfactory.nebius.com/v1',
    auth: 'bearer',
    keyVariables: ['NEBIUS_API_KEY'],
    discovered: true,
    models: {
      opus: 'deepseek-ai/DeepSeek-V4-Pro',
      sonnet: 'deepseek-ai/DeepSeek-V4-Pro',
      haiku: 'deepseek-ai/DeepSeek-V4-Flash',
      default: 'deepseek-ai/DeepSeek-V4-Pro',
    },
    limits: {
      default: { contextWindow: 131_072, maxOutput: 32_768 },
      'deepseek-ai/DeepSeek-V4-Pro': { contextWindow: 1_000_000, maxOutput: 131_072 },
    },
    capabilities: TEXT_ONLY,
    quirks: { toolIds: 'max40' },
    limitStyle: 'none',
    keyCheck: 'unsure',
    prices: {
      source: 'https://docs.tokenfactory.nebius.com',
      read: '2026-11-27',
      models: {
        'deepseek-ai/DeepSeek-V4-Pro': UNREAD,
        'deepseek-ai/DeepSeek-V4-Flash': UNREAD,
      },
    },
    paid: true,
    source: 'https://docs.tokenfactory.nebius.com/api-reference/introduction',
    read: READ,
    checked:
      'base URL and key variable against the vendor page; models and windows against a public list of models; output caps not checked',
  },
} as const satisfies Record<string, CatalogRow>;
