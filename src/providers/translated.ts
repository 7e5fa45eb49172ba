/** Providers that do not speak Anthropic's wire: their models are loaded in `load-model.ts`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Quirks } from '../codec/quirks.ts';
import { searchedFor } from '../claude/web-search.ts';
import { noAnswerYet, type AnswerFacts } from '../codec/answer-facts.ts';
import { learntQuirks } from '../codec/without.ts';
import { withMost, type Refused } from '../codec/refused.ts';
import { toPrompt, type Prompt } from '../codec/translate/request.ts';
import { asksForCheck } from '../codec/safeguards.ts';
import { toMessageEvents } from '../codec/translate/stream.ts';
import { createWarnings, type Dialect, type Target } from '../codec/target.ts';
import { mintTelling } from '../codec/tool-ids.ts';
import { callIdsOf } from '../codec/turns.ts';
import { withoutRefused } from '../codec/without.ts';
import { UpstreamError, UserError, type Failure, type Wire } from '../errors.ts';
import { json } from './json-reply.ts';
import { loadModel } from './load-model.ts';
import type { ProviderRequest, Reply } from './provider.ts';
import { askWithoutRefused } from './refusals.ts';
import { encode, errorReply, limitHeaders, sendFailure, wholeReply } from './translated-reply.ts';
import { createTransport, type Transport } from './translated-transport.ts';
import type { TranslatedSpec, TranslatedKind } from './translated-spec.ts';

/** Creates the `send` of a provider of another wire; errors as `Provider.send` describes them. */
export function createTranslatedSend(spec: TranslatedSpec): (request: ProviderRequest) => Promise<Reply> {
  const models = createModels(spec);
  return async (request) => {
    const asked = request.parsed();
    const model = spec.modelFor(asked.model);
    if (new URL(request.path, 'http://host').pathname.endsWith('/count_tokens'))
      return json(200, { input_tokens: spec.tokens.count(asked) }, [], model, []);
    const made = await askWithoutRefused(spec.refusals, model, asked, async (refused) => {
      const opened = await open(spec, models, request, model, refused);
      const { refusal } = opened;
      return { answer: opened, status: refusal?.status, said: async () => refusal?.body ?? '' };
    });
    if (made.refusal) return errorReply(made.refusal, model, made.prompt);
    return answer(spec, request, model, made);
  };
}

/** A request on its way: the parts of its answer, or the error status that came instead. */
type Opened = { prompt: Prompt; transport: Transport } & (
  | { parts: ReadableStream<LanguageModelV4StreamPart>; refusal?: undefined }
  | { refusal: NonNullable<ReturnType<Transport['errorAnswer']>> }
);

async function open(
  spec: TranslatedSpec,
  models: Models,
  request: ProviderRequest,
  model: string,
  refused: Refused,
): Promise<Opened> {
  const { relay } = spec;
  const { dialect, optionsName, wire } = DIALECTS[spec.kind];
  const asked = request.parsed();
  if (refused.wishes.has('signatures')) spec.memory.forget(callIdsOf(asked));
  const limits = spec.limitsOf(model);
  const wanted = withoutRefused(asked, withMost(refused, limits.maxTools), model);
  const target: Target = {
    provider: spec.id,
    dialect,
    optionsName,
    model,
    capabilities: spec.capabilities,
    quirks: learntQuirks(spec.quirks, refused.wishes),
    web: spec.web?.(),
    limits,
    memory: spec.memory,
    ratio: spec.tokens.ratio(),
  };
  const prompt = toPrompt(wanted.request, target, searchedFor(asked) !== undefined);
  prompt.warnings.unshift(...wanted.warnings);
  const transport = createTransport({ relay, wire, dialect }, request);
  try {
    const language = await models(model, target.quirks, request.key);
    const result = await sending.run(transport, () =>
      language.doStream({ ...prompt.options, abortSignal: transport.signal }),
    );
    return { prompt, transport, parts: result.stream };
  } catch (error) {
    const refusal = transport.errorAnswer();
    const failure = transport.failure();
    transport.close();
    if (request.signal.aborted || error instanceof UserError) throw error;
    if (refusal) return { prompt, transport, refusal };
    throw new UpstreamError(failure ?? sendFailure(error, wire), { cause: error });
  }
}

/** Each request has its own transport, and a model sends for all of them. */
const sending = new AsyncLocalStorage<Transport>();

type Models = (model: string, quirks: Quirks, key: number | undefined) => Promise<LanguageModelV4>;

/** More than a session has; a command that gives another key each time must not fill the memory. */
const MOST_MODELS = 20;

/** A package builds the schemas of a model's answers with the model, which takes longer than to translate a request. */
function createModels(spec: TranslatedSpec): Models {
  const made = new Map<string, Promise<LanguageModelV4>>();
  return async (model, quirks, at) => {
    const key = await spec.key(at);
    const name = JSON.stringify([model, key, quirks]);
    const known = made.get(name);
    if (known) return known;
    if (made.size >= MOST_MODELS) made.clear();
    const loading = loadModel({ ...spec, quirks, key: async () => key }, model, (...sent) =>
      sending.getStore()!.fetch(...sent),
    );
    made.set(name, loading);
    // A part that could not be loaded is loaded again with the next request.
    loading.catch(() => made.delete(name));
    return loading;
  };
}

function answer(
  spec: TranslatedSpec,
  request: ProviderRequest,
  model: string,
  { prompt, transport, parts }: Opened & { refusal?: undefined },
): Reply | Promise<Reply> {
  const asked = request.parsed();
  let broken: Failure | undefined;
  // Until the host has counted, the first event holds an estimate.
  const holds: AnswerFacts = { ...noAnswerYet(), isInputEstimated: true };
  const events = toMessageEvents(parts, {
    provider: spec.id,
    label: spec.label,
    wire: DIALECTS[spec.kind].wire,
    model,
    names: prompt.names,
    memory: spec.memory,
    warn: createWarnings(prompt.warnings),
    mint: mintTelling(request.onCall),
    now: Date.now,
    maxTokens: asked.max_tokens ?? spec.limitsOf(model).maxOutput,
    cap: prompt.cap,
    asksForCheck: asksForCheck(asked),
    ...(prompt.searches && { web: { once: DIALECTS[spec.kind].dialect === 'chat', aside: searchedFor(asked) } }),
    estimatedInput: spec.tokens.count(asked),
    whole: asked.stream !== true,
    upstreamFailure: transport.failure,
    onBroken: (failure) => (broken = failure),
    aborted: () => request.signal.aborted,
    onUsage: (reported) => (holds.isInputEstimated = !reported),
  });
  if (asked.stream !== true) return wholeReply(events, transport, model, prompt, holds);
  const head = ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache'];
  return {
    status: 200,
    rawHeaders: [...head, ...limitHeaders(transport)],
    body: encode(events, transport, holds, spec.pingEveryMs),
    model,
    warnings: prompt.warnings,
    holds,
    broken: () => broken,
  };
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
