/**
 * Providers that do not speak Anthropic's wire. The only module that loads the AI SDK's provider packages, each when
 * it is first needed; they are called at the level of `doStream`, which neither retries nor waits.
 */
import type { MetadataExtractor } from '@ai-sdk/openai-compatible';
import type { JSONValue, LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { REASONING_DETAILS, type Memory } from '../codec/memory.ts';
import type { Quirks } from '../codec/quirks.ts';
import { adaptChatBody } from '../codec/request-body.ts';
import { toPrompt } from '../codec/request.ts';
import { toMessageEvents } from '../codec/stream.ts';
import { createWarnings, type Dialect, type Target } from '../codec/target.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import { mintId } from '../codec/tool-ids.ts';
import { UpstreamError, UserError, type Wire } from '../errors.ts';
import type { Capabilities, ModelLimits, ProviderKind, ProviderRequest, Reply } from './provider.ts';
import { encode, errorReply, json, limitHeaders, sendFailure, wholeReply } from './translated-reply.ts';
import { createTransport, type Transport } from './translated-transport.ts';

export type TranslatedSpec = {
  id: string;
  label: string;
  kind: ProviderKind;
  /** Up to the version: `https://openrouter.ai/api/v1`. Empty: the package's own address (Vertex, Bedrock). */
  baseUrl: string;
  key: () => Promise<string | undefined>;
  headers: Record<string, string>;
  capabilities: Capabilities;
  quirks: Quirks;
  modelFor(claudeModel: string): string;
  limitsOf(model: string): ModelLimits;
  fetch: typeof globalThis.fetch;
  memory: Memory;
  tokens: TokenCounter;
  /** Of Vertex and Bedrock; absent: the package's own variables decide. */
  region?: string;
  project?: string;
  /** Longest silence inside an answer, milliseconds. Default: 300 s, after which the client gives up as well. */
  idleTimeoutMs?: number;
  /** How often a stream that waits shows that the upstream lives, milliseconds. Default: 5 s. */
  pingEveryMs?: number;
};

/** @returns what a provider's `send` is: errors as `Provider.send` describes them. */
export function createTranslatedSend(spec: TranslatedSpec): (request: ProviderRequest) => Promise<Reply> {
  const { dialect, optionsName, wire } = DIALECTS[translatedKind(spec)];

  return async (request) => {
    const asked = request.parsed();
    const model = spec.modelFor(asked.model);
    const estimated = spec.tokens.count(asked);
    if (new URL(request.path, 'http://host').pathname.endsWith('/count_tokens'))
      return json(200, { input_tokens: estimated }, [], model, []);

    const limits = spec.limitsOf(model);
    const target: Target = {
      provider: spec.id,
      dialect,
      optionsName,
      model,
      capabilities: spec.capabilities,
      quirks: spec.quirks,
      limits,
      memory: spec.memory,
      ratio: spec.tokens.ratio(),
    };
    const prompt = toPrompt(asked, target);
    const transport = createTransport({ fetch: spec.fetch, wire, dialect }, request.signal, {
      firstByteMs: request.firstByteTimeoutMs,
      idleMs: spec.idleTimeoutMs ?? 300_000,
    });

    let parts: ReadableStream<LanguageModelV4StreamPart>;
    try {
      const language = await loadModel(spec, model, transport);
      const result = await language.doStream({ ...prompt.options, abortSignal: transport.signal });
      parts = result.stream;
    } catch (error) {
      const answer = transport.errorAnswer();
      const failure = transport.failure();
      transport.close();
      if (request.signal.aborted || error instanceof UserError) throw error;
      if (answer) return errorReply(answer, model, prompt);
      throw new UpstreamError(failure ?? sendFailure(error, wire), { cause: error });
    }

    const events = toMessageEvents(parts, {
      provider: spec.id,
      wire,
      model,
      names: prompt.names,
      memory: spec.memory,
      warn: createWarnings(prompt.warnings),
      mint: mintId,
      now: Date.now,
      maxTokens: asked.max_tokens ?? limits.maxOutput,
      cap: prompt.cap,
      estimatedInput: estimated,
      whole: !request.stream,
      upstreamFailure: transport.failure,
      aborted: () => request.signal.aborted,
      onUsage: (usage, reported) => {
        if (reported) spec.tokens.learn(asked, inputTokens(usage));
      },
    });
    return request.stream
      ? {
          status: 200,
          rawHeaders: [
            'content-type',
            'text/event-stream; charset=utf-8',
            'cache-control',
            'no-cache',
            ...limitHeaders(transport),
          ],
          body: encode(events, transport, spec.pingEveryMs),
          model,
          warnings: prompt.warnings,
        }
      : wholeReply(events, transport, model, prompt);
  };
}

function inputTokens(usage: {
  input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
}): number {
  return usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
}

type TranslatedKind = Exclude<ProviderKind, 'anthropic'>;

const DIALECTS: Record<TranslatedKind, { dialect: Dialect; optionsName: string; wire: Wire }> = {
  gemini: { dialect: 'gemini', optionsName: 'google', wire: 'gemini' },
  vertex: { dialect: 'gemini', optionsName: 'googleVertex', wire: 'gemini' },
  'vertex-anthropic': { dialect: 'anthropic', optionsName: 'anthropic', wire: 'anthropic' },
  openai: { dialect: 'responses', optionsName: 'openai', wire: 'openai' },
  azure: { dialect: 'responses', optionsName: 'azure', wire: 'openai' },
  'openai-compatible': { dialect: 'chat', optionsName: 'openaiCompatible', wire: 'openai' },
  bedrock: { dialect: 'bedrock', optionsName: 'bedrock', wire: 'openai' },
};

function translatedKind(spec: TranslatedSpec): TranslatedKind {
  if (spec.kind === 'anthropic') throw new Error(`${spec.id} speaks Anthropic's wire: it is relayed, not translated`);
  return spec.kind;
}

async function loadModel(spec: TranslatedSpec, model: string, transport: Transport): Promise<LanguageModelV4> {
  const key = await spec.key();
  const settings = {
    ...(spec.baseUrl !== '' && { baseURL: spec.baseUrl }),
    headers: spec.headers,
    fetch: transport.fetch,
  };
  switch (translatedKind(spec)) {
    case 'gemini': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle({ ...settings, apiKey: key ?? '' })(model);
    }
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI({ ...settings, apiKey: key ?? '' }).responses(model);
    }
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({
        ...settings,
        baseURL: spec.baseUrl,
        name: 'openaiCompatible',
        ...(key !== undefined && { apiKey: key }),
        includeUsage: spec.quirks.streamUsage === 'ask',
        supportsStructuredOutputs: true,
        supportsMultiPartToolContent: spec.capabilities.toolResultImages,
        transformRequestBody: (body) => adaptChatBody(body, spec.quirks),
        ...(spec.quirks.reasoningBack === 'reasoning_details' && { metadataExtractor: reasoningDetails }),
      })(model);
    }
    case 'azure': {
      const { createAzure } = await loadOptional('@ai-sdk/azure', spec);
      return createAzure!({ ...settings, apiKey: key }).responses!(model);
    }
    case 'vertex': {
      const { createGoogleVertex, createVertex } = await loadOptional('@ai-sdk/google-vertex', spec);
      return (createGoogleVertex ?? createVertex)!(vertexSettings(spec, settings, key))(model);
    }
    case 'vertex-anthropic': {
      const loaded = await loadOptional('@ai-sdk/google-vertex', spec, '/anthropic');
      return (loaded['createGoogleVertexAnthropic'] ?? loaded['createVertexAnthropic'])!(
        vertexSettings(spec, settings, undefined),
      )(model);
    }
    case 'bedrock': {
      const { createAmazonBedrock } = await loadOptional('@ai-sdk/amazon-bedrock', spec);
      const credentialProvider = key === undefined ? await loadAwsCredentials() : undefined;
      return createAmazonBedrock!({
        ...settings,
        ...(spec.region !== undefined && { region: spec.region }),
        ...(key !== undefined && { apiKey: key }),
        ...(credentialProvider !== undefined && { credentialProvider }),
      })(model);
    }
  }
}

function vertexSettings(spec: TranslatedSpec, settings: object, key: string | undefined): object {
  return {
    ...settings,
    ...(spec.project !== undefined && { project: spec.project }),
    ...(spec.region !== undefined && { location: spec.region }),
    ...(key !== undefined && { apiKey: key }),
  };
}

/** What we use of packages that are not ours: a factory of providers, each a function from a model's name. */
type OptionalFactory = (settings: object) => ((model: string) => LanguageModelV4) & {
  responses?: (model: string) => LanguageModelV4;
};

/** Loads a package that is too heavy to ship. Its name is a variable so that no bundler tries to resolve it. */
async function loadOptional(name: string, spec: TranslatedSpec, entry = ''): Promise<Record<string, OptionalFactory>> {
  try {
    return (await import(name + entry)) as Record<string, OptionalFactory>;
  } catch (cause) {
    throw new UserError(
      `${spec.label} needs a package that ccmux does not ship. Install it with: npm install -g ${name}`,
      {
        cause,
      },
    );
  }
}

/** The AWS credential chain (profiles, SSO, instance roles) where its package is installed; else the variables decide. */
async function loadAwsCredentials(): Promise<unknown> {
  const name: string = '@aws-sdk/credential-providers';
  try {
    const loaded = (await import(name)) as { fromNodeProviderChain: () => unknown };
    return loaded.fromNodeProviderChain();
  } catch {
    return undefined;
  }
}

/** Collects OpenRouter's `reasoning_details`, which the AI SDK's package does not know. */
const reasoningDetails: MetadataExtractor = {
  extractMetadata: async () => undefined,
  createStreamExtractor() {
    const details: JSONValue[] = [];
    return {
      processChunk(chunk) {
        const choices = (chunk as { choices?: { delta?: { reasoning_details?: unknown } | null }[] }).choices ?? [];
        const found = choices[0]?.delta?.reasoning_details;
        if (Array.isArray(found)) details.push(...(found as JSONValue[]));
      },
      buildMetadata: () =>
        details.length > 0 ? { [REASONING_DETAILS.name]: { [REASONING_DETAILS.field]: details } } : undefined,
    };
  },
};
