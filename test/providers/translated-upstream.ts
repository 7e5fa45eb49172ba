import { createTokenCounter } from '../../src/codec/tokens.ts';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { createMemory } from '../../src/codec/carry.ts';
import { NO_QUIRKS, type Quirks } from '../../src/codec/quirks.ts';
import { createRefusals } from '../../src/providers/refusals.ts';
import type { Reply } from '../../src/providers/provider.ts';
import { createTranslatedSend } from '../../src/providers/translated.ts';
import type { TranslatedKind, TranslatedSpec } from '../../src/providers/translated-spec.ts';
import { createUpstream } from '../../src/providers/upstream.ts';

const client = createUpstream({});

export type Upstream = {
  url: string;
  /** The bodies that arrived, parsed. */
  bodies: Record<string, unknown>[];
  requests: IncomingMessage[];
  close(): Promise<void>;
};

/** A real server on loopback that answers with what `answer` writes. */
export async function startUpstream(
  answer: (response: ServerResponse, request: IncomingMessage, at: number) => void | Promise<void>,
): Promise<Upstream> {
  const bodies: Record<string, unknown>[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
    requests.push(request);
    await answer(response, request, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Chunks as an event stream. */
export function sse(chunks: unknown[], end = ''): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('') + end;
}

export function streamOf(text: string): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(text);
  };
}

export function spec(
  kind: TranslatedKind,
  baseUrl: string,
  change: Partial<Omit<TranslatedSpec, 'quirks'>> & { quirks?: Partial<Quirks> } = {},
): TranslatedSpec {
  return {
    id: 'other',
    label: 'Other',
    kind,
    baseUrl,
    key: async () => 'test-key',
    headers: {},
    capabilities: { tools: true, parallelTools: true, images: true, pdfs: true, toolResultImages: true },
    modelFor: () => 'model-x',
    limitsOf: () => ({ contextWindow: 1_000_000, maxOutput: 32_000 }),
    relay: client.relay,
    memory: createMemory(),
    tokens: createTokenCounter(),
    refusals: createRefusals(),
    ...change,
    quirks: { ...NO_QUIRKS, ...change.quirks },
  };
}

export const ASKED: MessagesRequest = {
  model: 'claude-opus-5-5',
  max_tokens: 32_000,
  stream: true,
  tools: [
    { name: 'Read', description: 'Reads', input_schema: { type: 'object', properties: { path: { type: 'string' } } } },
  ],
  messages: [{ role: 'user', content: 'hi' }],
};

export type SendOptions = {
  body?: Partial<MessagesRequest>;
  path?: string;
  signal?: AbortSignal;
};

export function send(made: TranslatedSpec, options: SendOptions = {}): Promise<Reply> {
  return sendWith(createTranslatedSend(made), options);
}

export function sendWith(sender: ReturnType<typeof createTranslatedSend>, options: SendOptions = {}): Promise<Reply> {
  const body: MessagesRequest = { ...ASKED, ...options.body };
  return sender({
    method: 'POST',
    path: options.path ?? '/v1/messages?beta=true',
    rawHeaders: [],
    body: [Buffer.from(JSON.stringify(body))],
    parsed: () => body,
    signal: options.signal ?? new AbortController().signal,
  });
}

export async function textOf(reply: Reply): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export type Answer = {
  content: { type: string; text?: string; name?: string; input?: unknown; id?: string }[];
  stop_reason: string;
  usage: Record<string, number>;
};

/** The whole answer of a provider that was asked without `stream`. */
export async function answerOf(made: TranslatedSpec, body: Partial<MessagesRequest> = {}): Promise<Answer> {
  const reply = await send(made, { body: { ...body, stream: false } });
  return JSON.parse(await textOf(reply)) as Answer;
}

export function headerOf(reply: Reply, name: string): string | undefined {
  const at = reply.rawHeaders.findIndex((value, index) => index % 2 === 0 && value.toLowerCase() === name);
  return at < 0 ? undefined : reply.rawHeaders[at + 1];
}
