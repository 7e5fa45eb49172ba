/** A simulated Anthropic API: Messages, streamed and whole, token counting, the models' list, health checks. */
import { createHash, randomBytes } from 'node:crypto';
import { anthropicError, checkMessages, requestId, type Minted } from './anthropic-check.ts';
import { checkDialect, type Dialect } from './anthropic-dialect.ts';
import { createThreads, type Threads } from './anthropic-threads.ts';
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

export type AnthropicOptions = {
  script?: Script;
  /** Headers of every answer that came with a bearer token; the default is a subscription with room to spare. */
  subscription?: () => Record<string, string>;
  /** Valid API keys; by default every key that starts with `sk-ant-`. */
  keys?: string[];
  /** Another host of the wire is `compatible`; left out, this is Anthropic itself. */
  dialect?: Dialect;
};

/** @param options the script may also be replaced later, on the simulator. */
export function startAnthropic(options: AnthropicOptions = {}): Promise<Simulator> {
  const minted: Minted = new Set();
  const threads = createThreads();
  const wire: WireSimulator = {
    read: (request) => read(request, options, threads),
    check: (request) => checkMessages(request.json, options.dialect === 'local' ? undefined : minted),
    encode(step, request) {
      // Other hosts of the wire do not know this wish.
      const hides = (options.dialect ?? 'anthropic') === 'anthropic' && hidesThinking(request);
      const encoded = encode(hides && step.thinking !== undefined ? { ...step, thinking: '' } : step, request, minted);
      threads.remember(request, encoded.whole as { id: string; content: unknown[] });
      return encoded;
    },
    streamError: (error) => frame('error', { error }),
    headers: (request) => limitHeaders(request, options),
  };
  return startSimulator(wire, options.script);
}

/** What a subscription's answers carry; `used` are fractions, resets are epoch milliseconds. */
export function subscriptionHeaders(used: {
  fiveHour: number;
  sevenDay: number;
  fiveHourReset: number;
}): Record<string, string> {
  const prefix = 'anthropic-ratelimit-unified';
  const fiveHourReset = String(Math.ceil(used.fiveHourReset / 1000));
  return {
    [`${prefix}-status`]: used.fiveHour >= 0.9 ? 'allowed_warning' : 'allowed',
    [`${prefix}-reset`]: fiveHourReset,
    [`${prefix}-representative-claim`]: 'five_hour',
    [`${prefix}-fallback-percentage`]: '0.5',
    [`${prefix}-overage-status`]: 'rejected',
    [`${prefix}-overage-disabled-reason`]: 'out_of_credits',
    [`${prefix}-5h-status`]: used.fiveHour >= 0.9 ? 'allowed_warning' : 'allowed',
    [`${prefix}-5h-utilization`]: String(used.fiveHour),
    [`${prefix}-5h-reset`]: fiveHourReset,
    [`${prefix}-7d-status`]: 'allowed',
    [`${prefix}-7d-utilization`]: String(used.sevenDay),
    [`${prefix}-7d-reset`]: String(Math.ceil((used.fiveHourReset + 3 * 86_400_000) / 1000)),
  };
}

function limitHeaders(request: SimulatedRequest, options: AnthropicOptions): Record<string, string> {
  const headers: Record<string, string> = { 'request-id': requestId() };
  const { key, token } = credentialOf(request);
  if (token)
    return {
      ...headers,
      ...(options.subscription?.() ??
        subscriptionHeaders({ fiveHour: 0.31, sevenDay: 0.53, fiveHourReset: Date.now() + 3 * 3_600_000 })),
    };
  if (!key) return headers;
  const reset = new Date(Date.now() + 60_000).toISOString();
  for (const [name, limit, remaining] of [
    ['requests', 4000, 3999],
    ['input-tokens', 2_000_000, 1_960_000],
    ['output-tokens', 400_000, 399_000],
    ['tokens', 2_400_000, 2_359_000],
  ] as const) {
    headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(remaining);
    headers[`anthropic-ratelimit-${name}-reset`] = reset;
  }
  return headers;
}

function read(request: SimulatedRequest, options: AnthropicOptions, threads: Threads): Facts | Direct {
  const path = request.url.split('?')[0];
  if (request.method === 'HEAD' && (path === '/' || path === '/api/hello')) return { status: 200, body: '' };
  // An organisation's settings and policy limits: this one has none.
  if (request.method === 'GET' && path?.startsWith('/api/')) return anthropicError(404, 'not_found_error', 'Not Found');
  const refused = checkAuth(request, options);
  if (refused) return refused;
  if (request.method === 'GET' && path === '/v1/models')
    return {
      status: 200,
      body: {
        data: ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'].map((id) => ({
          type: 'model',
          id,
          display_name: id,
          created_at: '2026-09-01T00:00:00Z',
        })),
        has_more: false,
        first_id: 'claude-opus-5-5',
        last_id: 'claude-haiku-5-5',
      },
    };
  if (request.method !== 'POST') return anthropicError(404, 'not_found_error', 'Not Found');
  if (path === '/v1/messages/count_tokens')
    return { status: 200, body: { input_tokens: Math.ceil(request.body.length / 4) } };
  if (path !== '/v1/messages') return anthropicError(404, 'not_found_error', 'Not Found');
  if (request.json === undefined)
    return anthropicError(400, 'invalid_request_error', 'The request body is not valid JSON.');
  return checkDialect(request, options.dialect ?? 'anthropic') ?? threads.join(request) ?? factsOf(request);
}

/** An API key comes in either header (the official SDK has used the bearer since 1.x); a subscription's token only as bearer. */
function credentialOf(request: SimulatedRequest): { key?: string; token?: string } {
  const key = request.headers['x-api-key'];
  const bearer = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
  if (bearer === undefined) return key === undefined ? {} : { key };
  return bearer.startsWith('sk-ant-') && !bearer.startsWith('sk-ant-oat') ? { key: bearer } : { token: bearer };
}

function checkAuth(request: SimulatedRequest, options: AnthropicOptions): Direct | undefined {
  const { key, token } = credentialOf(request);
  if (!key && !token) return anthropicError(401, 'authentication_error', 'x-api-key header is required');
  if (key && !(options.keys ? options.keys.includes(key) : key.startsWith('sk-ant-')))
    return anthropicError(401, 'authentication_error', 'invalid x-api-key');
  if (token && !(request.headers['anthropic-beta'] ?? '').includes('oauth-2025-04-20'))
    return anthropicError(401, 'authentication_error', 'OAuth authentication is currently not supported.');
  if (!request.headers['anthropic-version'])
    return anthropicError(400, 'invalid_request_error', 'anthropic-version: header is required');
  return undefined;
}

function factsOf(request: SimulatedRequest): Facts {
  const { json } = request;
  const said: Said[] = [];
  for (const message of Array.isArray(json.messages) ? json.messages : []) {
    const blocks =
      typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);
    for (const block of blocks) {
      if (message.role === 'assistant') said.push({ by: 'model', text: block.text ?? '' });
      else if (block.type === 'tool_result') said.push({ by: 'tools', text: resultText(block.content) });
      else if (message.role === 'user' && block.type === 'text') said.push({ by: 'user', text: block.text });
    }
  }
  const facts = readFacts(said);
  const fromClaudeCode = (request.headers['user-agent'] ?? '').startsWith('claude-cli/');
  const probe = json.max_tokens === 1 && facts.userText === 'quota';
  return {
    ...facts,
    model: json.model ?? '',
    stream: json.stream === true,
    side: probe || (fromClaudeCode && !json.tools?.length),
    toolNames: (json.tools ?? []).map((tool: { name: string }) => tool.name),
  };
}

const resultText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : ((content ?? []) as { type: string; text?: string }[]).map((part) => part.text ?? `[${part.type}]`).join('\n');

const frame = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

function encode(given: AnswerStep, request: SimulatedRequest, minted: Minted): Encoded {
  const { search: _none, ...without } = given;
  const mayLook = request.json.tools?.some((tool: { type?: string }) => tool.type?.startsWith('web_search_'));
  const step: AnswerStep = mayLook ? given : without;
  const message = {
    id: `msg_${randomBytes(12).toString('hex')}`,
    type: 'message',
    role: 'assistant',
    model: request.facts.model,
    content: contentOf(step, minted),
    stop_reason: step.stopReason ?? (step.toolCalls?.length ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: {
      input_tokens: step.usage?.input ?? Math.ceil(request.body.length / 4),
      cache_creation_input_tokens: step.usage?.cacheWrite ?? 0,
      cache_read_input_tokens: step.usage?.cacheRead ?? 0,
      output_tokens: step.usage?.output ?? 12,
      service_tier: 'standard',
      ...(step.search && {
        server_tool_use: { web_search_requests: step.search.queries.length, web_fetch_requests: 0 },
      }),
    },
  };
  const checked = safeguardResults(request, message.content);
  const start = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  const frames = [frame('message_start', { message: start }), frame('ping', {})];
  const contentAt = frames.length;
  message.content.forEach((block, index) => frames.push(...blockFrames(block, index)));
  frames.push(
    frame('message_delta', {
      delta: { stop_reason: message.stop_reason, stop_sequence: null, ...checked },
      usage: {
        output_tokens: message.usage.output_tokens,
        ...(step.search && { server_tool_use: message.usage.server_tool_use }),
      },
    }),
    frame('message_stop', {}),
  );
  return { frames, contentAt, whole: { ...message, ...checked } };
}

/** The server's check of each call, where the request asks for it: nothing is flagged here. */
function safeguardResults(request: SimulatedRequest, content: Block[]): { safeguard_results?: unknown[] } {
  const calls = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
  if (request.json.safeguards === undefined || calls.length === 0) return {};
  const verdict = { type: 'evaluated', outcome: 'not_flagged' };
  const tool_uses = Object.fromEntries(calls.map((id) => [id, verdict]));
  return { safeguard_results: [{ type: 'dangerous_tool_use', status: { type: 'available', tool_uses } }] };
}

type Block =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string; citations?: object[] }
  | { type: 'tool_use' | 'server_tool_use'; id: string; name: string; input: unknown }
  | { type: 'web_search_tool_result'; tool_use_id: string; content: object[] };

/** The client asks for thinking without its text (`omitted`), or with word of its progress only (`updates`). */
function hidesThinking({ json }: SimulatedRequest): boolean {
  return ['omitted', 'updates'].includes(json.thinking?.display);
}

function contentOf(step: AnswerStep, minted: Minted): Block[] {
  const content: Block[] = [];
  if (step.thinking !== undefined) {
    const signature = createHash('sha512').update(randomBytes(8)).update(step.thinking).digest('base64');
    minted.add(signature);
    content.push({ type: 'thinking', thinking: step.thinking, signature });
  }
  const citations = step.search === undefined ? [] : search(step.search, content, minted);
  if (step.text !== undefined)
    content.push({ type: 'text', text: step.text, ...(citations.length > 0 && { citations }) });
  for (const call of step.toolCalls ?? [])
    content.push({
      type: 'tool_use',
      id: `toolu_${randomBytes(12).toString('hex')}`,
      name: call.name,
      input: call.input,
    });
  return content;
}

/** Each query as a call of the server's own tool; all results come with the last one. */
function search({ queries, results }: SimulatedSearch, content: Block[], minted: Minted): object[] {
  const seal = () => {
    const sealed = randomBytes(60).toString('base64');
    minted.add(sealed);
    return sealed;
  };
  for (const [index, query] of queries.entries()) {
    const id = `srvtoolu_${randomBytes(12).toString('hex')}`;
    const found = index < queries.length - 1 ? [] : results;
    content.push(
      { type: 'server_tool_use', id, name: 'web_search', input: { query } },
      {
        type: 'web_search_tool_result',
        tool_use_id: id,
        content: found.map(({ title, url }) => ({
          type: 'web_search_result',
          title,
          url,
          encrypted_content: seal(),
          page_age: null,
        })),
      },
    );
  }
  return results.map(({ title, url }) => ({
    type: 'web_search_result_location',
    url,
    title,
    encrypted_index: seal(),
    cited_text: title,
  }));
}

function blockFrames(block: Block, index: number): string[] {
  const start = (content_block: object) => frame('content_block_start', { index, content_block });
  const delta = (value: object) => frame('content_block_delta', { index, delta: value });
  const stop = frame('content_block_stop', { index });
  switch (block.type) {
    case 'thinking':
      return [
        start({ type: 'thinking', thinking: '', signature: '' }),
        ...pieces(block.thinking).map((thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: block.signature }),
        stop,
      ];
    case 'text':
      return [
        start({ type: 'text', text: '' }),
        ...(block.citations ?? []).map((citation) => delta({ type: 'citations_delta', citation })),
        ...pieces(block.text).map((text) => delta({ type: 'text_delta', text })),
        stop,
      ];
    case 'web_search_tool_result':
      return [start(block), stop];
    case 'tool_use':
    case 'server_tool_use':
      return [
        start({ type: block.type, id: block.id, name: block.name, input: {} }),
        delta({ type: 'input_json_delta', partial_json: '' }),
        ...pieces(JSON.stringify(block.input)).map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
        stop,
      ];
  }
}
