/** Providers that do not speak Anthropic's wire: their models are loaded in `load-model.ts`. */
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Memory } from '../codec/memory.ts';
import type { Quirks } from '../codec/quirks.ts';
import { toPrompt } from '../codec/request.ts';
import { asksForCheck } from '../codec/safeguards.ts';
import { toMessageEvents } from '../codec/stream.ts';
import { createWarnings, type Dialect, type Target } from '../codec/target.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import { mintId } from '../codec/tool-ids.ts';
import { UpstreamError, UserError, type Wire } from '../errors.ts';
import { loadModel } from './load-model.ts';
import type { Capabilities, ModelLimits, ProviderKind, ProviderRequest, Reply } from './provider.ts';
import { encode, errorReply, json, limitHeaders, sendFailure, wholeReply } from './translated-reply.ts';
import { createTransport } from './translated-transport.ts';

/** How a provider of another wire is reached. */
export type TranslatedKind = Exclude<ProviderKind, 'anthropic'>;

/** One provider, as `providers/build.ts` describes it. */
export type TranslatedSpec = {
  id: string;
  label: string;
  kind: TranslatedKind;
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

/** How a provider of another wire is asked. @returns what its `send` is: errors as `Provider.send` describes them. */
export function createTranslatedSend(spec: TranslatedSpec): (request: ProviderRequest) => Promise<Reply> {
  const { dialect, optionsName, wire } = DIALECTS[spec.kind];

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
      const language = await loadModel(spec, model, transport.fetch);
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
      asksForCheck: asksForCheck(asked),
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

const DIALECTS: Record<TranslatedKind, { dialect: Dialect; optionsName: string; wire: Wire }> = {
  gemini: { dialect: 'gemini', optionsName: 'google', wire: 'gemini' },
  vertex: { dialect: 'gemini', optionsName: 'googleVertex', wire: 'gemini' },
  'vertex-anthropic': { dialect: 'anthropic', optionsName: 'anthropic', wire: 'anthropic' },
  openai: { dialect: 'responses', optionsName: 'openai', wire: 'openai' },
  azure: { dialect: 'responses', optionsName: 'azure', wire: 'openai' },
  'openai-compatible': { dialect: 'chat', optionsName: 'openaiCompatible', wire: 'openai' },
  bedrock: { dialect: 'bedrock', optionsName: 'bedrock', wire: 'openai' },
};
