import { HAIKU, LUNA, MODEL_DATA, OPUS, SOL, SONNET } from './catalog-prices.ts';
import { EVERYTHING, READ, type CatalogRow } from './catalog-row.ts';

/*
 * The big clouds. Their packages weigh 19 to 32 MB and bring their own ways to log in, so they are not shipped: the
 * first use without the package names the command that installs it. They are never used unasked, because a cloud's
 * credentials do not show that the user wants to pay for its models.
 */

export const CLOUDS = {
  azure: {
    id: 'azure',
    label: 'Azure OpenAI',
    vendor: 'azure',
    kind: 'azure',
    baseUrl: 'https://{resource}.openai.azure.com/openai',
    placeholders: { resource: ['AZURE_RESOURCE_NAME', 'AZURE_OPENAI_RESOURCE_NAME'] },
    auth: 'api-key',
    keyVariables: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'],
    discovered: false,
    // Azure asks for the name of a deployment; by custom it is the model's own.
    models: { opus: 'gpt-6.1-sol', sonnet: 'gpt-6.1-sol', haiku: 'gpt-6-luna', default: 'gpt-6.1-sol' },
    // 128 functions: Azure OpenAI's REST reference, `tools`.
    limits: { default: { contextWindow: 1_050_000, maxOutput: 128_000, maxTools: 128 } },
    capabilities: EVERYTHING,
    quirks: {
      toolIds: 'max40',
      maxTokensField: 'max_completion_tokens',
      effort: 'reasoning_effort',
      effortLevels: ['low', 'medium', 'high', 'xhigh', 'max'],
    },
    limitStyle: 'x-ratelimit',
    keyCheck: 'none',
    prices: {
      ...MODEL_DATA,
      models: {
        'gpt-6.1-sol': SOL,
        'gpt-6-luna': LUNA,
      },
    },
    paid: true,
    optionalPackage: '@ai-sdk/azure',
    source: 'https://ai-sdk.dev/providers/ai-sdk-providers/azure',
    read: READ,
    checked:
      'models and limits from model data; what its package is called with is tested, the package itself is not shipped',
  },
  vertex: {
    id: 'vertex',
    label: 'Vertex AI (Gemini)',
    vendor: 'google',
    kind: 'vertex',
    baseUrl: 'https://{region}-aiplatform.googleapis.com',
    placeholders: {
      region: ['GOOGLE_VERTEX_LOCATION', 'GOOGLE_CLOUD_LOCATION', 'CLOUD_ML_REGION'],
      project: ['GOOGLE_VERTEX_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'ANTHROPIC_VERTEX_PROJECT_ID'],
    },
    auth: 'sdk',
    credentials: 'application-default credentials',
    keyVariables: [],
    discovered: false,
    models: {
      opus: 'gemini-4-argon',
      sonnet: 'gemini-4-argon',
      haiku: 'gemini-3.8-flash',
      default: 'gemini-4-argon',
    },
    limits: {
      default: { contextWindow: 1_048_576, maxOutput: 65_536 },
      'gemini-4-argon': { contextWindow: 1_048_576, maxOutput: 32_768 },
    },
    capabilities: EVERYTHING,
    quirks: { effort: 'reasoning_effort', effortLevels: ['minimal', 'low', 'medium', 'high'] },
    limitStyle: 'error-body',
    keyCheck: 'none',
    prices: {
      ...MODEL_DATA,
      models: {
        'gemini-4-argon': { input: 2, output: 10, cacheRead: 0.1 },
        'gemini-3.8-flash': { input: 0.75, output: 3.75, cacheRead: 0.075 },
      },
    },
    paid: true,
    optionalPackage: '@ai-sdk/google-vertex',
    source: 'https://ai-sdk.dev/providers/ai-sdk-providers/google-vertex',
    read: READ,
    checked:
      'host and models from model data; what its package is called with is tested, the package itself is not shipped',
  },
  'vertex-anthropic': {
    id: 'vertex-anthropic',
    label: 'Vertex AI (Claude)',
    vendor: 'google',
    kind: 'vertex-anthropic',
    baseUrl: 'https://{region}-aiplatform.googleapis.com',
    placeholders: {
      region: ['CLOUD_ML_REGION', 'GOOGLE_VERTEX_LOCATION', 'GOOGLE_CLOUD_LOCATION'],
      project: ['ANTHROPIC_VERTEX_PROJECT_ID', 'GOOGLE_VERTEX_PROJECT', 'GOOGLE_CLOUD_PROJECT'],
    },
    auth: 'sdk',
    credentials: 'application-default credentials',
    keyVariables: [],
    discovered: false,
    models: {
      opus: 'claude-opus-5-5',
      sonnet: 'claude-sonnet-5-5',
      haiku: 'claude-haiku-5-5',
      default: 'claude-sonnet-5-5',
    },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 128_000 } },
    capabilities: EVERYTHING,
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'none',
    prices: {
      ...MODEL_DATA,
      models: {
        'claude-opus-5-5': OPUS,
        'claude-sonnet-5-5': SONNET,
        'claude-haiku-5-5': HAIKU,
      },
    },
    paid: true,
    optionalPackage: '@ai-sdk/google-vertex',
    source: 'https://ai-sdk.dev/providers/ai-sdk-providers/google-vertex',
    read: READ,
    checked:
      "model names assumed to be Anthropic's own; what its package is called with is tested, the package itself is not shipped",
  },
  bedrock: {
    id: 'bedrock',
    label: 'Amazon Bedrock',
    vendor: 'aws',
    kind: 'bedrock',
    baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
    placeholders: { region: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
    auth: 'sdk',
    credentials: 'AWS credential chain',
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
    discovered: false,
    models: {
      opus: 'global.anthropic.claude-opus-5-5',
      sonnet: 'global.anthropic.claude-sonnet-5-5',
      haiku: 'global.anthropic.claude-haiku-5-5',
      default: 'global.anthropic.claude-sonnet-5-5',
    },
    limits: { default: { contextWindow: 1_000_000, maxOutput: 128_000 } },
    capabilities: EVERYTHING,
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'none',
    prices: {
      ...MODEL_DATA,
      models: {
        'global.anthropic.claude-opus-5-5': OPUS,
        'global.anthropic.claude-sonnet-5-5': SONNET,
        'global.anthropic.claude-haiku-5-5': HAIKU,
      },
    },
    paid: true,
    optionalPackage: '@ai-sdk/amazon-bedrock',
    source: 'https://ai-sdk.dev/providers/ai-sdk-providers/amazon-bedrock',
    read: READ,
    checked:
      'host, models and limits from model data; what its package is called with is tested, the package itself is not shipped',
  },
} as const satisfies Record<string, CatalogRow>;
