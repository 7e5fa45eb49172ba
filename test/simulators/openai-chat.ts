/** A simulated OpenAI chat API, `POST /v1/chat/completions`, and, by its quirks, the vendors that speak it their own way. */
import { randomBytes } from 'node:crypto';
import { chatError, checkChat } from './openai-chat-check.ts';
import { chatFrames, chatMessage, chatUsage, type ChatQuirks, PLAIN } from './openai-chat-quirks.ts';
import { OPENAI_KEY } from './openai-responses.ts';
import {
  readFacts,
  type AnswerStep,
  type Facts,
  type Said,
  type Script,
  type SimulatedRequest,
} from '../../src/demo/script.ts';
import {
  startSimulator,
  type Direct,
  type Encoded,
  type Simulator,
  type WireSimulator,
} from '../../src/demo/server.ts';

export type ChatOptions = {
  script?: Script;
  key?: string;
  quirks?: Partial<ChatQuirks>;
  /** Where the API is; the default is `/v1`. */
  path?: string;
  /** The largest output a request may ask for; default 131,072. */
  outputCap?: number;
};

/** The API is under `<url>/v1`, or where `path` says. */
export function startOpenaiChat(options: ChatOptions = {}): Promise<Simulator> {
  const quirks: ChatQuirks = { ...PLAIN, ...options.quirks };
  const wire: WireSimulator = {
    read: (request) => read(request, options),
    check: (request) => checkChat(request.json, quirks, options.outputCap ?? 131_072),
    encode: (step, request) => encode(step, request, quirks),
    streamError: (error) => streamError(error, quirks),
    headers: () => ({ 'x-request-id': `req_${randomBytes(12).toString('hex')}` }),
  };
  return startSimulator(wire, options.script);
}

function read(request: SimulatedRequest, options: ChatOptions): Facts | Direct {
  const bearer = request.headers['authorization'];
  if (!bearer) return chatError(401, "You didn't provide an API key.", null);
  if (bearer !== `Bearer ${options.key ?? OPENAI_KEY}`)
    return chatError(401, 'Incorrect API key provided.', 'invalid_api_key');
  if (request.method === 'GET' && request.url === `${options.path ?? '/v1'}/models`)
    return { status: 200, body: { object: 'list', data: [{ id: 'chat-large', object: 'model' }] } };
  if (request.method !== 'POST' || request.url.split('?')[0] !== `${options.path ?? '/v1'}/chat/completions`)
    return chatError(404, `Invalid URL (${request.method} ${request.url})`, null);
  if (request.json === undefined) return chatError(400, 'We could not parse the JSON body of your request.', null);
  const { json } = request;
  const tools: { function: { name: string } }[] = json.tools ?? [];
  return {
    ...readFacts(saidIn(json.messages)),
    model: json.model ?? '',
    stream: json.stream === true,
    side: tools.length === 0 && /title/i.test(JSON.stringify(json.messages?.[0] ?? '')),
    toolNames: tools.map((tool) => tool.function.name),
  };
}

function saidIn(messages: any[] | undefined): Said[] {
  const speakers: Record<string, Said['by']> = { user: 'user', assistant: 'model', tool: 'tools' };
  return (messages ?? []).flatMap((message): Said[] => {
    const by = speakers[message.role];
    if (!by) return [];
    const parts =
      typeof message.content === 'string' ? [{ text: message.content }] : (message.content ?? [{ text: '' }]);
    const text = parts.flatMap((part: { text?: string }) => part.text ?? []).join('\n');
    return [{ by, text }];
  });
}

function encode(step: AnswerStep, request: SimulatedRequest, quirks: ChatQuirks): Encoded {
  const head = {
    id: `chatcmpl-${randomBytes(12).toString('hex')}`,
    created: Math.floor(Date.now() / 1000),
    model: request.facts.model,
  };
  const usage = chatUsage(step, request.body.length);
  const asked = request.json.stream_options?.include_usage === true;
  const looks = request.json.plugins?.some((plugin: { id: string }) => plugin.id === 'web');
  const { message, finish } = chatMessage(step, quirks);
  return {
    ...chatFrames(step, head, usage, quirks, { asked, search: looks ? step.search : undefined }),
    whole: {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
      usage,
    },
  };
}

function streamError(error: unknown, quirks: ChatQuirks): string {
  switch (quirks.errorIn200) {
    case 'event':
      return `event: error\ndata: ${JSON.stringify({ error })}\n\n`;
    case 'chunk':
      return `data: ${JSON.stringify({ id: 'gen-1', object: 'chat.completion.chunk', error, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] })}\n\n`;
    case 'data':
      return `data: ${JSON.stringify({ error })}\n\n`;
  }
}
