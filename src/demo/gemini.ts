/** A simulated Gemini API (v1beta): `streamGenerateContent?alt=sse`, `generateContent`, `countTokens`. */
import { randomBytes } from 'node:crypto';
import { checkGenerate, geminiError, isGemini3 } from './gemini-check.ts';
import {
  pieces,
  readFacts,
  type AnswerStep,
  type Facts,
  type Said,
  type Script,
  type SimulatedRequest,
  type SimulatedSearch,
} from './script.ts';
import { startSimulator, type Direct, type Encoded, type Simulator, type WireSimulator } from './server.ts';

/** The default key of a simulator. */
export const GEMINI_KEY = 'AIzaSySimulatedKeyForLoopbackOnly0000000';

export type GeminiOptions = {
  script?: Script;
  key?: string;
  /** Output caps by model; others have 65,536. */
  outputCaps?: Record<string, number>;
};

const METHOD = /^\/v1beta\/models\/([^/:]+):(streamGenerateContent|generateContent|countTokens)$/;

/** The API is under `<url>/v1beta`. */
export function startGemini(options: GeminiOptions = {}): Promise<Simulator> {
  const minted = new Set<string>();
  const caps = { 'gemini-4-argon': 32_768, ...options.outputCaps };
  const wire: WireSimulator = {
    read: (request) => read(request, options.key ?? GEMINI_KEY),
    check: (request) => checkGenerate(request.json, request.facts.model, { minted, caps }),
    encode: (step, request) => encode(step, request, minted),
    // Gemini breaks its own stream: the error comes as bare, indented JSON without `data:` (vercel/ai issue 5217).
    streamError: (error) => `${JSON.stringify({ error }, null, 2)}\n`,
  };
  return startSimulator(wire, options.script);
}

function read(request: SimulatedRequest, key: string): Facts | Direct {
  const url = new URL(request.url, 'http://simulator');
  const given = request.headers['x-goog-api-key'] ?? url.searchParams.get('key');
  if (!given)
    return geminiError(
      403,
      'PERMISSION_DENIED',
      "Method doesn't allow unregistered callers (callers without established identity).",
    );
  if (given !== key)
    return geminiError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
    ]);
  if (request.method === 'GET' && url.pathname === '/v1beta/models')
    return {
      status: 200,
      body: { models: [{ name: 'models/gemini-pro-latest' }, { name: 'models/gemini-flash-latest' }] },
    };
  const [, model, method] = METHOD.exec(url.pathname) ?? [];
  if (request.method !== 'POST' || !model) return geminiError(404, 'NOT_FOUND', 'Requested entity was not found.');
  if (!model.startsWith('gemini-'))
    return geminiError(
      404,
      'NOT_FOUND',
      `models/${model} is not found for API version v1beta, or is not supported for ${method}.`,
    );
  if (request.json === undefined) return geminiError(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.');
  if (method === 'countTokens') return { status: 200, body: { totalTokens: Math.ceil(request.body.length / 4) } };
  if (method === 'streamGenerateContent' && url.searchParams.get('alt') !== 'sse')
    return geminiError(400, 'INVALID_ARGUMENT', 'The simulator streams only with alt=sse.');
  return { ...factsOf(request.json), model, stream: method === 'streamGenerateContent' };
}

function factsOf(json: any): Omit<Facts, 'model' | 'stream'> {
  const said: Said[] = [];
  for (const content of json.contents ?? [])
    for (const part of content.parts ?? []) {
      if (content.role === 'model') said.push({ by: 'model', text: part.text ?? '' });
      else if (part.functionResponse) said.push({ by: 'tools', text: JSON.stringify(part.functionResponse.response) });
      else if (part.text !== undefined) said.push({ by: 'user', text: part.text });
    }
  const declared = (json.tools ?? []).flatMap((tool: any) => tool.functionDeclarations ?? []);
  const instruction = JSON.stringify(json.systemInstruction ?? '');
  return {
    ...readFacts(said),
    side: declared.length === 0 && /title/i.test(instruction),
    toolNames: declared.map((declaration: { name: string }) => declaration.name),
  };
}

type Part = {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { id: string; name: string; args: unknown };
};

function encode(step: AnswerStep, request: SimulatedRequest, minted: Set<string>): Encoded {
  const { model } = request.facts;
  const sign = () => {
    const signature = randomBytes(300).toString('base64');
    minted.add(signature);
    return signature;
  };
  const streamed = partsOf(step, model, sign);
  const usage = {
    promptTokenCount: step.usage?.input ?? Math.ceil(request.body.length / 4),
    ...(step.usage?.cacheRead !== undefined && { cachedContentTokenCount: step.usage.cacheRead }),
    candidatesTokenCount: step.usage?.output ?? 12,
    ...(step.thinking !== undefined && { thoughtsTokenCount: 40 }),
  };
  const usageMetadata = {
    ...usage,
    totalTokenCount: usage.promptTokenCount + usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0),
  };
  // STOP also after a function call: Gemini has no reason of its own for it.
  const finishReason = step.stopReason ?? 'STOP';
  const about = { usageMetadata, modelVersion: model, responseId: randomBytes(12).toString('base64url') };
  const found = groundingOf(step, request);
  const chunk = (parts: Part[], end: boolean) =>
    `data: ${JSON.stringify({ candidates: [{ content: { parts, role: 'model' }, ...(end && { finishReason, ...found }), index: 0 }], ...about })}\r\n\r\n`;
  const frames = streamed.map((part, index) => chunk([part], index === streamed.length - 1));
  return {
    frames,
    contentAt: 0,
    whole: {
      candidates: [{ content: { parts: joined(streamed), role: 'model' }, finishReason, ...found, index: 0 }],
      ...about,
    },
  };
}

/**
 * What Google Search has found (ai.google.dev, grounding): it comes with the last chunk. The addresses are Google's own
 * redirects, and a page's title is its domain.
 */
function groundingOf({ search, text = '' }: AnswerStep, { json }: SimulatedRequest): object {
  const tools: { googleSearch?: object; urlContext?: object }[] = json.tools ?? [];
  const read = search && tools.some((tool) => tool.urlContext) ? { urlContextMetadata: pagesOf(search) } : {};
  if (!search || !tools.some((tool) => tool.googleSearch)) return read;
  const redirect = () => `${REDIRECT}${randomBytes(48).toString('base64url')}`;
  const groundingChunks = search.results.map(({ url }) => ({ web: { uri: redirect(), title: new URL(url).host } }));
  const segment = { startIndex: 0, endIndex: Buffer.byteLength(text), text };
  return {
    ...read,
    groundingMetadata: {
      webSearchQueries: search.queries,
      searchEntryPoint: { renderedContent: '<div class="container">Google Search</div>' },
      groundingChunks,
      groundingSupports: groundingChunks.map((_, index) => ({ segment, groundingChunkIndices: [index] })),
    },
  };
}

const REDIRECT = 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/';

function pagesOf({ results }: SimulatedSearch): object {
  const urlMetadata = results.map(({ url }) => ({
    retrievedUrl: url,
    urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS',
  }));
  return { urlMetadata };
}

/** The parts in the order of a stream. Gemini 3 signs the first call of a step, and a text on an empty part behind it. */
function partsOf(step: AnswerStep, model: string, sign: () => string): Part[] {
  const parts: Part[] = [];
  if (step.thinking !== undefined) parts.push(...pieces(step.thinking, 60).map((text) => ({ text, thought: true })));
  if (step.text !== undefined) parts.push(...pieces(step.text, 40).map((text) => ({ text })));
  for (const [index, call] of (step.toolCalls ?? []).entries())
    parts.push({
      functionCall: { id: randomBytes(6).toString('base64url'), name: call.name, args: call.input },
      ...(index === 0 && isGemini3(model) && { thoughtSignature: sign() }),
    });
  if (!step.toolCalls?.length) parts.push({ text: '', ...(isGemini3(model) && { thoughtSignature: sign() }) });
  return parts;
}

/** Joins neighbouring texts, as in an answer in one piece. */
function joined(parts: Part[]): Part[] {
  const whole: Part[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (last?.text !== undefined && part.text !== undefined && last.thought === part.thought)
      Object.assign(last, { ...part, text: last.text + part.text });
    else whole.push({ ...part });
  }
  return whole;
}
