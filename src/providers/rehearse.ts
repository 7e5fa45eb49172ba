import type { MessagesRequest } from '../codec/anthropic.ts';
import { createMemory } from '../codec/carry.ts';
import { createTokenCounter } from '../codec/tokens.ts';
import { chunksOf } from './chunks.ts';
import { loadPackage } from './load-model.ts';
import type { Provider } from './provider.ts';
import { createRefusals } from './refusals.ts';
import type { TranslatedSpec } from './translated-spec.ts';

const { setImmediate: turn } = process.getBuiltinModule('node:timers/promises');

/**
 * Loads what a provider's first request needs, and runs one through it: code that runs for the first time takes several
 * times as long, and a session's first failover is the one that its user sees. Nobody is contacted, no key is fetched,
 * and nothing is kept.
 * @param createTranslatedSend see `translated.ts`; imported by the file that needs it later.
 * @returns what the client would have got; undefined for a package that the user installs.
 */
export async function rehearse(
  spec: TranslatedSpec,
  createTranslatedSend: (spec: TranslatedSpec) => Provider['send'],
): Promise<string | undefined> {
  const { kind } = spec;
  await loadPackage(kind);
  if (!(kind in ANSWERS)) return undefined;
  const answer = ANSWERS[kind as keyof typeof ANSWERS];
  const send = createTranslatedSend({
    ...spec,
    key: async () => 'none',
    relay: async () => {
      await turn();
      return { status: 200, rawHeaders: ['content-type', 'text/event-stream'], body: chunksOf(inPieces(answer)) };
    },
    memory: createMemory(),
    tokens: createTokenCounter(),
    refusals: createRefusals(),
  });
  await turn();
  const { signal } = new AbortController();
  const rawHeaders = ['content-type', 'application/json'];
  const reply = await send({
    method: 'POST',
    path: '/v1/messages',
    rawHeaders,
    body: [],
    parsed: () => REQUEST,
    signal,
  });
  let text = '';
  for await (const chunk of reply.body) {
    text += Buffer.from(chunk).toString();
    await turn();
  }
  return text;
}

/** Streams that flow meanwhile get their turn between two of them. */
async function* inPieces(events: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const event of events) {
    yield Buffer.from(`data: ${event}\n\n`);
    await turn();
  }
}

/** What most requests hold: text, a tool, its call and its result. */
const REQUEST: MessagesRequest = {
  model: 'claude-opus-4-1',
  max_tokens: 1_000,
  stream: true,
  system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
  tools: [
    { name: 'Read', description: 'x', input_schema: { type: 'object', properties: { path: { type: 'string' } } } },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'x' }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: { path: 'x' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] },
  ],
};

/** The shortest answer of each wire whose package ccmux ships. */
const ANSWERS = {
  'openai-compatible': [
    '{"id":"1","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"x"}}]}',
    '{"id":"1","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    '[DONE]',
  ],
  gemini: [
    '{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]}}]}',
    '{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}',
  ],
  openai: [
    '{"type":"response.created","response":{"id":"1","created_at":1,"model":"m"}}',
    '{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"m"}}',
    '{"type":"response.output_text.delta","item_id":"m","delta":"x"}',
    '{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"m"}}',
    '{"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens":1}}}',
  ],
} satisfies Partial<Record<TranslatedSpec['kind'], readonly string[]>>;
