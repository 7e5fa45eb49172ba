/** Answers that come compressed although nobody asked for it. */
import zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { createRefusals } from '../../src/providers/refusals.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { ASKED, send, spec, sse, startUpstream, textOf, type Upstream } from './translated-upstream.ts';
import type { Reply } from '../../src/providers/provider.ts';
import type { TranslatedKind } from '../../src/providers/translated-spec.ts';

let host: Upstream | undefined;
const upstream = createUpstream({});
afterEach(async () => {
  await host?.close();
  host = undefined;
});

const SAID = 'an answer of some length, so that there is something to cut. '.repeat(40);
const anthropic = [
  { type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', content: [], usage: {} } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: SAID } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
];
const chat = [{ choices: [{ index: 0, delta: { content: SAID }, finish_reason: 'stop' }] }];
const gemini = [{ candidates: [{ content: { parts: [{ text: SAID }] }, finishReason: 'STOP' }] }];
const responses = [
  { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'i' } },
  { type: 'response.output_text.delta', item_id: 'i', delta: SAID },
  { type: 'response.output_item.done', output_index: 0, item: { type: 'message', id: 'i' } },
  { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } },
];
const whole = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: SAID }],
  stop_reason: 'end_turn',
  usage: {},
};

type Kind = TranslatedKind | 'adapted' | 'adapted, in one piece';
const BODIES: Record<string, string> = {
  adapted: sse(anthropic),
  'adapted, in one piece': JSON.stringify(whole),
  'openai-compatible': sse(chat, 'data: [DONE]\n\n'),
  gemini: sse(gemini),
  openai: sse(responses),
};
const ENCODINGS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
  'gzip, br': (bytes) => zlib.brotliCompressSync(zlib.gzipSync(bytes)),
};

/** Asks a host that answers with these bytes. */
async function ask(kind: Kind, stream: boolean, status: number, encoding: string, bytes: Buffer): Promise<Reply> {
  host = await startUpstream((response) => {
    const type = kind === 'adapted, in one piece' || status >= 400 ? 'application/json' : 'text/event-stream';
    response.writeHead(status, { 'content-type': type, 'content-encoding': encoding });
    response.end(bytes);
  });
  if (!kind.startsWith('adapted')) return send(spec(kind as TranslatedKind, host.url), { body: { stream } });
  const relay = createAdaptedSend(
    {
      id: 'x',
      label: 'X',
      baseUrl: host.url,
      refusals: createRefusals(),
      auth: 'none',
      key: async () => undefined,
      headers: {},
      tokens: createTokenCounter(),
      modelFor: () => 'glm',
      limitsOf: () => ({ contextWindow: 1e5, maxOutput: 4_000 }),
    },
    upstream,
  );
  const { signal } = new AbortController();
  const parsed = () => ({ ...ASKED, stream });
  return relay({
    method: 'POST',
    path: '/v1/messages',
    rawHeaders: ['Host', 'x'],
    body: [],
    parsed,
    signal,
  });
}

const kinds: [Kind, boolean][] = [
  ['adapted', true],
  ['adapted, in one piece', false],
  ['openai-compatible', true],
  ['openai-compatible', false],
  ['gemini', true],
  ['gemini', false],
  ['openai', true],
  ['openai', false],
];

describe.each(kinds)('%s, streamed: %s', (kind, stream) => {
  it.each(Object.keys(ENCODINGS))('an answer in %s is decoded', async (encoding) => {
    const reply = await ask(kind, stream, 200, encoding, ENCODINGS[encoding]!(Buffer.from(BODIES[kind]!)));
    expect(await textOf(reply)).toContain(SAID);
    expect(reply.rawHeaders.join().toLowerCase()).not.toContain('content-encoding');
    expect(host!.requests[0]!.headers['accept-encoding']).toBe('identity');
  });

  it('an error in gzip is read', async () => {
    const reply = await ask(kind, stream, 429, 'gzip', zlib.gzipSync('{"error":{"message":"too many"}}'));
    expect([reply.status, await textOf(reply)]).toEqual([429, '{"error":{"message":"too many"}}']);
  });

  it.each([
    ['cut at once', 'gzip', (bytes: Buffer) => zlib.gzipSync(bytes).subarray(0, 12)],
    ['no gzip at all', 'gzip', (bytes: Buffer) => bytes],
    ['of an encoding that nobody knows', 'pigeon', (bytes: Buffer) => bytes],
  ])('an answer that is %s is a failure, told by its name', async (_name, encoding, change) => {
    const reading = ask(kind, stream, 200, encoding, change(Buffer.from(BODIES[kind]!))).then(textOf);
    const error = (await reading.catch((thrown: unknown) => thrown)) as { failure?: { cause: string; body: string } };
    expect(error.failure).toMatchObject({ cause: 'stream' });
    expect(error.failure!.body).toContain('broken_encoding');
  });
});
