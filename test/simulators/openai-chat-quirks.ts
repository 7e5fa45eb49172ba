/** How vendors differ in what they stream on the chat wire, each quirk as it was recorded or documented. */
import { randomBytes } from 'node:crypto';
import { pieces, type AnswerStep, type SimulatedSearch } from '../../src/demo/script.ts';

export type ChatQuirks = {
  /** Tool-call ids that are accepted: anything, at most 40 characters (OpenAI), exactly 9 of `[a-zA-Z0-9]` (Mistral). */
  toolIds: 'any' | 'max40' | 'exactly9';
  /** A tool call comes whole, in one delta (Groq, xAI). */
  wholeCallDeltas: boolean;
  /** Tool-call deltas carry no `index` (Mistral, Gemini's compatible endpoint). */
  noIndex: boolean;
  /** The first tool call's index is 1. */
  indexFromOne: boolean;
  /** The arguments of parallel calls come interleaved. */
  interleaved: boolean;
  /** Later deltas of a call repeat `id: ""` (Qwen), or `name: ""` too (z.ai by way of Mistral). */
  emptyContinuation: 'none' | 'id' | 'name';
  /** `finish_reason` sits in the same chunk as the last call (Mistral). */
  finishWithCall: boolean;
  /** `finish_reason` is `stop` although tools were called. */
  finishStop: boolean;
  /** Where thoughts are streamed. */
  reasoningField: 'reasoning_content' | 'reasoning' | 'content-array' | 'none';
  /** Assistant messages with tool calls must carry the thoughts back in this field (DeepSeek, Kimi, Cerebras). */
  reasoningRequiredBack: 'reasoning_content' | 'reasoning' | 'none';
  /** Text comes as an array of parts (Mistral). */
  contentAsArrays: boolean;
  /** Comments between the events (OpenRouter). */
  comments: boolean;
  /** A last chunk without choices, inside the last choice (Kimi), in `x_groq` (Groq), or nowhere. */
  usagePlace: 'final' | 'choices' | 'x_groq' | 'none';
  /** Every chunk carries `usage: null` (DeepSeek). */
  usageNull: boolean;
  /** The first chunk has no choices (Azure's prompt filter). */
  firstChunkEmpty: boolean;
  /** The stream ends without `[DONE]`. */
  noDone: boolean;
  /** An error inside a 200: its own data event, inside a chunk (OpenRouter), a named event (Groq). */
  errorIn200: 'data' | 'chunk' | 'event';
  rejectStreamOptions: boolean;
  /** A user's message straight after a tool's result (Mistral, code 3230). */
  rejectUserAfterTool: boolean;
  /** The most tools that are taken (128: OpenAI, Groq, xAI). */
  mostTools: number;
  rejectPdf: boolean;
  rejectImages: boolean;
  rejectRemoteImages: boolean;
  /** Image addresses must be plain strings (Mistral takes both; some hosts only this). */
  imageUrlAsString: boolean;
  maxTokensField: 'max_tokens' | 'max_completion_tokens' | 'any';
  /** The word for "some tool must be called". */
  toolChoiceAny: 'required' | 'any';
  /** It has plugins, of which `web` searches (OpenRouter). */
  plugins: boolean;
  /** Body fields that the host insists on, as they must be. */
  requiredBody: Record<string, unknown>;
  /** Body fields that the host rejects. */
  rejectedFields: string[];
};

/** OpenAI's own shape. */
export const PLAIN: ChatQuirks = {
  toolIds: 'max40',
  wholeCallDeltas: false,
  noIndex: false,
  indexFromOne: false,
  interleaved: false,
  emptyContinuation: 'none',
  finishWithCall: false,
  finishStop: false,
  reasoningField: 'none',
  reasoningRequiredBack: 'none',
  contentAsArrays: false,
  comments: false,
  usagePlace: 'final',
  usageNull: false,
  firstChunkEmpty: false,
  noDone: false,
  errorIn200: 'data',
  rejectStreamOptions: false,
  rejectUserAfterTool: false,
  mostTools: 128,
  rejectPdf: false,
  rejectImages: false,
  rejectRemoteImages: false,
  imageUrlAsString: false,
  maxTokensField: 'any',
  toolChoiceAny: 'required',
  plugins: false,
  requiredBody: {},
  rejectedFields: [],
};

type Call = { id: string; type: 'function'; function: { name: string; arguments: string } };

const callId = (quirks: ChatQuirks) =>
  quirks.toolIds === 'exactly9'
    ? randomBytes(16)
        .toString('base64')
        .replaceAll(/[^a-zA-Z0-9]/g, 'x')
        .slice(0, 9)
    : `call_${randomBytes(12).toString('hex')}`;

const callsOf = (step: AnswerStep, quirks: ChatQuirks): Call[] =>
  (step.toolCalls ?? []).map((call) => ({
    id: callId(quirks),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.input) },
  }));

const finishOf = (step: AnswerStep, quirks: ChatQuirks) =>
  step.stopReason ?? (step.toolCalls?.length && !quirks.finishStop ? 'tool_calls' : 'stop');

export function chatUsage(step: AnswerStep, bytes: number) {
  const prompt = step.usage?.input ?? Math.ceil(bytes / 4);
  const completion = step.usage?.output ?? 12;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: step.usage?.cacheRead ?? 0 },
  };
}

/** The answer as one message, for a request that did not ask for a stream. */
export function chatMessage(step: AnswerStep, quirks: ChatQuirks) {
  const calls = callsOf(step, quirks);
  const message = {
    role: 'assistant',
    content:
      quirks.contentAsArrays && step.text !== undefined ? [{ type: 'text', text: step.text }] : (step.text ?? null),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(step.thinking !== undefined &&
      (quirks.reasoningField === 'reasoning' || quirks.reasoningField === 'reasoning_content') && {
        [quirks.reasoningField]: step.thinking,
      }),
  };
  return { message, finish: finishOf(step, quirks) };
}

/** The answer as the vendor streams it. */
export function chatFrames(
  step: AnswerStep,
  head: object,
  usage: object,
  quirks: ChatQuirks,
  { asked, search }: { asked: boolean; search: SimulatedSearch | undefined },
): { frames: string[]; contentAt: number } {
  const frames: string[] = [];
  const send = (body: object) =>
    frames.push(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...body })}\n\n`);
  const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
    send({ choices: [{ index: 0, delta, finish_reason: finish, ...more }], ...(quirks.usageNull && { usage: null }) });

  if (quirks.comments) frames.push(': OPENROUTER PROCESSING\n\n', ': OPENROUTER PROCESSING\n\n');
  if (quirks.firstChunkEmpty)
    send({ choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] });
  chunk({ role: 'assistant', content: '' });
  const contentAt = frames.length;

  for (const piece of step.thinking === undefined ? [] : pieces(step.thinking, 40)) {
    if (quirks.reasoningField === 'content-array')
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: piece }] }] });
    else if (quirks.reasoningField !== 'none') chunk({ [quirks.reasoningField]: piece });
  }
  for (const piece of step.text === undefined ? [] : pieces(step.text))
    chunk({ content: quirks.contentAsArrays ? [{ type: 'text', text: piece }] : piece });
  if (quirks.comments) frames.push(': OPENROUTER PROCESSING\n\n');

  const deltas = callDeltas(callsOf(step, quirks), quirks);
  const finish = finishOf(step, quirks);
  const ending = { ...(quirks.usagePlace === 'choices' && { usage }) };
  deltas.forEach((tool_calls, index) => {
    const last = quirks.finishWithCall && index === deltas.length - 1;
    chunk({ tool_calls }, last ? finish : null, last ? ending : {});
  });
  if (search) chunk({ content: '', annotations: annotationsOf(search) });
  if (!quirks.finishWithCall || deltas.length === 0) chunk({}, finish, ending);
  if (quirks.usagePlace === 'x_groq') send({ choices: [], x_groq: { usage } });
  if (quirks.usagePlace === 'final' && (asked || quirks.rejectStreamOptions)) send({ choices: [], usage });
  if (!quirks.noDone) frames.push('data: [DONE]\n\n');
  return { frames, contentAt };
}

/** OpenRouter's standard form of what any engine has found (openrouter.ai, web search). */
function annotationsOf({ results }: SimulatedSearch): object[] {
  return results.map(({ title, url }) => ({
    type: 'url_citation',
    url_citation: { url, title, content: `From ${title}`, start_index: 0, end_index: 0 },
  }));
}

function callDeltas(calls: Call[], quirks: ChatQuirks): object[][] {
  const place = (index: number) => (quirks.noIndex ? {} : { index: index + (quirks.indexFromOne ? 1 : 0) });
  if (quirks.wholeCallDeltas || quirks.noIndex) {
    const type = quirks.noIndex ? {} : { type: 'function' };
    return calls.map(({ id, function: called }, index) => [{ ...place(index), id, ...type, function: called }]);
  }
  const continuation = {
    none: {},
    id: { id: '' },
    name: { id: '' },
  }[quirks.emptyContinuation];
  const queues = calls.map((call, index) => {
    const start = { ...place(index), ...call, function: { name: call.function.name, arguments: '' } };
    const rest = pieces(call.function.arguments).map((text) => ({
      ...place(index),
      ...continuation,
      function: { ...(quirks.emptyContinuation === 'name' && { name: '' }), arguments: text },
    }));
    return [start, ...rest];
  });
  if (!quirks.interleaved) return queues.flat().map((delta) => [delta]);
  const deltas: object[][] = [];
  for (let round = 0; queues.some((queue) => round < queue.length); round += 1)
    for (const queue of queues) if (queue[round]) deltas.push([queue[round]!]);
  return deltas;
}
