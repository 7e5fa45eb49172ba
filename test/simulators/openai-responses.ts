/** A simulated OpenAI Responses API: `POST /v1/responses`, streamed and whole. */
import { randomBytes } from 'node:crypto';
import { checkResponses, openaiError } from './openai-responses-check.ts';
import {
  pieces,
  readFacts,
  type AnswerStep,
  type Facts,
  type Said,
  type Script,
  type SimulatedRequest,
  type SimulatedSearch,
} from '../../src/demo/script.ts';
import {
  startSimulator,
  type Direct,
  type Encoded,
  type Simulator,
  type WireSimulator,
} from '../../src/demo/server.ts';

/** The key that a simulator knows unless it is told another. */
export const OPENAI_KEY = 'sk-proj-simulated-key-for-loopback-only';

export type ResponsesOptions = { script?: Script; key?: string };

/** The API is under `<url>/v1`. */
export function startOpenaiResponses(options: ResponsesOptions = {}): Promise<Simulator> {
  const minted = new Set<string>();
  const wire: WireSimulator = {
    read: (request) => read(request, options.key ?? OPENAI_KEY),
    check: (request) => checkResponses(request.json, minted),
    encode: (step, request) => encode(step, request, minted),
    // The error nests, although the published schema has its fields at the top; recorded by vercel/ai.
    streamError: (error) => frame({ type: 'error', sequence_number: 99, error }),
    headers: () => ({
      'x-request-id': `req_${randomBytes(12).toString('hex')}`,
      'x-ratelimit-limit-requests': '5000',
      'x-ratelimit-remaining-requests': '4999',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-limit-tokens': '2000000',
      'x-ratelimit-remaining-tokens': '1960000',
      'x-ratelimit-reset-tokens': '1.2s',
    }),
  };
  return startSimulator(wire, options.script);
}

function read(request: SimulatedRequest, key: string): Facts | Direct {
  const bearer = request.headers['authorization'];
  if (!bearer) return openaiError(401, "You didn't provide an API key.", 'invalid_request_error', null);
  if (bearer !== `Bearer ${key}`)
    return openaiError(401, 'Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key');
  if (request.method === 'GET' && request.url === '/v1/models')
    return { status: 200, body: { object: 'list', data: [{ id: 'gpt-6', object: 'model' }] } };
  if (request.method !== 'POST' || request.url.split('?')[0] !== '/v1/responses')
    return openaiError(404, `Invalid URL (${request.method} ${request.url})`, 'invalid_request_error', null);
  if (request.json === undefined)
    return openaiError(400, 'We could not parse the JSON body of your request.', 'invalid_request_error', null);
  const { json } = request;
  const tools: { name: string }[] = json.tools ?? [];
  return {
    ...readFacts(saidIn(json.input)),
    model: json.model ?? '',
    stream: json.stream === true,
    side: tools.length === 0 && /title/i.test(JSON.stringify([json.instructions, json.input?.[0]])),
    toolNames: tools.map((tool) => tool.name),
  };
}

function saidIn(input: unknown): Said[] {
  const said: Said[] = [];
  for (const item of Array.isArray(input) ? input : [{ role: 'user', content: input }]) {
    if (item.type === 'function_call_output')
      said.push({ by: 'tools', text: typeof item.output === 'string' ? item.output : JSON.stringify(item.output) });
    else if (item.type === 'function_call') said.push({ by: 'model', text: '' });
    else if (item.role === 'user' || item.role === 'assistant')
      for (const part of typeof item.content === 'string' ? [{ text: item.content }] : (item.content ?? []))
        if (part.text !== undefined) said.push({ by: item.role === 'user' ? 'user' : 'model', text: part.text });
  }
  return said;
}

type Item = { type: string; id: string; [field: string]: unknown };

const frame = (event: { type: string; [field: string]: unknown }) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const id = (prefix: string) => `${prefix}_${randomBytes(24).toString('hex')}`;

function encode(step: AnswerStep, request: SimulatedRequest, minted: Set<string>): Encoded {
  const output = outputOf(step, minted, request);
  const incomplete = step.stopReason !== undefined && step.stopReason !== 'completed';
  const input = step.usage?.input ?? Math.ceil(request.body.length / 4);
  const tokens = step.usage?.output ?? 12;
  const response = {
    id: id('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    model: request.facts.model,
    status: incomplete ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: incomplete ? { reason: step.stopReason } : null,
    output,
    parallel_tool_calls: true,
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: step.usage?.cacheRead ?? 0 },
      output_tokens: tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + tokens,
    },
  };
  let sequence = 0;
  const event = (type: string, fields: object) => frame({ type, sequence_number: sequence++, ...fields });
  const opening = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  const frames = [
    event('response.created', { response: opening }),
    event('response.in_progress', { response: opening }),
  ];
  const contentAt = frames.length;
  output.forEach((item, index) => frames.push(...itemEvents(item, index).map(([type, fields]) => event(type, fields))));
  frames.push(event(incomplete ? 'response.incomplete' : 'response.completed', { response }));
  return { frames, contentAt, whole: response };
}

function outputOf(step: AnswerStep, minted: Set<string>, { json }: SimulatedRequest): Item[] {
  const output: Item[] = [];
  const looks = json.tools?.some((tool: { type: string }) => tool.type === 'web_search');
  const search = looks ? step.search : undefined;
  if (step.thinking !== undefined) {
    const encrypted = randomBytes(300).toString('base64');
    minted.add(encrypted);
    output.push({
      type: 'reasoning',
      id: id('rs'),
      encrypted_content: encrypted,
      summary: [{ type: 'summary_text', text: step.thinking }],
    });
  }
  if (search) output.push(...searchCalls(search, json.include?.includes('web_search_call.action.sources')));
  if (step.text !== undefined)
    output.push({
      type: 'message',
      id: id('msg'),
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: step.text, annotations: citationsOf(step.text, search), logprobs: [] }],
    });
  for (const call of step.toolCalls ?? [])
    output.push({
      type: 'function_call',
      id: id('fc'),
      call_id: `call_${randomBytes(12).toString('hex')}`,
      name: call.name,
      arguments: JSON.stringify(call.input),
      status: 'completed',
    });
  return output;
}

/**
 * One call for each query, and the opening of the first page, which is no search. The sources are told only to those who
 * ask, without their titles.
 */
function searchCalls({ queries, results }: SimulatedSearch, tells: boolean): Item[] {
  const call = (action: object): Item => ({ type: 'web_search_call', id: id('ws'), status: 'completed', action });
  const sources = results.map(({ url }) => ({ type: 'url', url }));
  const searches = queries.map((query, index) =>
    call({
      type: 'search',
      query,
      queries: [query],
      ...(tells && { sources: index === queries.length - 1 ? sources : [] }),
    }),
  );
  return results[0] ? [...searches, call({ type: 'open_page', url: results[0].url })] : searches;
}

/** Cited addresses carry OpenAI's mark. */
function citationsOf(text: string, search: SimulatedSearch | undefined): object[] {
  return (search?.results ?? []).map(({ title, url }) => ({
    type: 'url_citation',
    start_index: 0,
    end_index: text.length,
    title,
    url: `${url}${url.includes('?') ? '&' : '?'}utm_source=openai`,
  }));
}

function itemEvents(item: Item, output_index: number): [string, object][] {
  const at = { item_id: item.id, output_index };
  const added = (fields: object): [string, object] => [
    'response.output_item.added',
    { output_index, item: { ...item, status: 'in_progress', ...fields } },
  ];
  const done: [string, object] = ['response.output_item.done', { output_index, item }];
  switch (item.type) {
    case 'reasoning': {
      const [part] = item['summary'] as { type: string; text: string }[];
      const where = { ...at, summary_index: 0 };
      return [
        added({ summary: [] }),
        ['response.reasoning_summary_part.added', { ...where, part: { ...part, text: '' } }],
        ...pieces(part!.text, 40).map((delta): [string, object] => [
          'response.reasoning_summary_text.delta',
          { ...where, delta },
        ]),
        ['response.reasoning_summary_text.done', { ...where, text: part!.text }],
        ['response.reasoning_summary_part.done', { ...where, part }],
        done,
      ];
    }
    case 'message': {
      const [part] = item['content'] as { text: string; annotations: object[] }[];
      const where = { ...at, content_index: 0 };
      return [
        added({ content: [] }),
        ['response.content_part.added', { ...where, part: { ...part, text: '', annotations: [] } }],
        ...pieces(part!.text).map((delta): [string, object] => [
          'response.output_text.delta',
          { ...where, delta, logprobs: [], obfuscation: 'x7' },
        ]),
        ...part!.annotations.map((annotation, annotation_index): [string, object] => [
          'response.output_text.annotation.added',
          { ...where, annotation_index, annotation },
        ]),
        ['response.output_text.done', { ...where, text: part!.text, logprobs: [] }],
        ['response.content_part.done', { ...where, part }],
        done,
      ];
    }
    case 'web_search_call':
      return [
        ['response.output_item.added', { output_index, item: { type: item.type, id: item.id, status: 'in_progress' } }],
        ['response.web_search_call.in_progress', at],
        ['response.web_search_call.searching', at],
        ['response.web_search_call.completed', at],
        done,
      ];
    default: {
      const text = item['arguments'] as string;
      return [
        added({ arguments: '' }),
        ...pieces(text).map((delta): [string, object] => [
          'response.function_call_arguments.delta',
          { ...at, delta, obfuscation: 'q' },
        ]),
        ['response.function_call_arguments.done', { ...at, arguments: text, name: item['name'] }],
        done,
      ];
    }
  }
}
