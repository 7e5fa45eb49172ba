/** Providers of every wire at addresses that a test writes the answers of, byte for byte. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createMemory } from '../../src/codec/carry.ts';
import { NO_QUIRKS } from '../../src/codec/quirks.ts';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createRefusals } from '../../src/providers/refusals.ts';
import { createTranslatedSend } from '../../src/providers/translated.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { fallback } from './proxy.ts';

export const WIRES = ['adapted', 'gemini', 'chat', 'responses'] as const;
export type WireName = (typeof WIRES)[number];

export type Host = { url: string; asked(): number };
export type Respond = (response: http.ServerResponse, request: http.IncomingMessage) => void;

/** A host on loopback that answers every request as the test says. */
export async function startWireHost(answer: Respond): Promise<Host> {
  let asked = 0;
  const server = http.createServer((request, response) => {
    asked++;
    request.resume();
    request.once('end', () => answer(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

/** A fallback that speaks a wire for real, `X` for a person. */
export function providerOn(wire: WireName, url: string, { model = 'model-x', key = 'key-of-x' } = {}): Provider {
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const tokens = createTokenCounter();
  const common = {
    id: 'x',
    label: 'X',
    baseUrl: url,
    key: async () => key,
    refusals: createRefusals(),
    headers: {},
    tokens,
    modelFor: () => model,
    limitsOf: () => ({ contextWindow: 1_000_000, maxOutput: 128_000 }),
  };
  const named = { label: 'X', tokens, modelFor: common.modelFor };
  if (wire === 'adapted') {
    const send = createAdaptedSend({ ...common, auth: 'bearer' }, upstream);
    return fallback('x', send, { ...named, kind: 'anthropic', wire: 'anthropic', translated: false });
  }
  const kind = ({ gemini: 'gemini', chat: 'openai-compatible', responses: 'openai' } as const)[wire];
  const capabilities = { tools: true, parallelTools: true, images: true, pdfs: true, toolResultImages: true };
  const send = createTranslatedSend({
    ...common,
    kind,
    capabilities,
    quirks: NO_QUIRKS,
    relay: upstream.relay,
    memory: createMemory(),
  });
  return fallback('x', send, { ...named, kind, wire: wire === 'gemini' ? 'gemini' : 'openai' });
}

type Fields = Record<string, unknown>;

/** Events as a wire frames them. */
const framed = (wire: WireName, events: Fields[]): string =>
  events
    .map((event) => {
      const name = wire === 'adapted' || wire === 'responses' ? `event: ${String(event['type'])}\n` : '';
      return `${name}data: ${JSON.stringify(event)}\n\n`;
    })
    .join('');

const chunk = (delta: Fields, finish_reason: string | null = null, more: Fields = {}): Fields => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
});

/** The beginning of a stream, as far as a wire has one. */
export function opening(wire: WireName): string {
  const usage = { input_tokens: 9, output_tokens: 1 };
  const message = {
    id: 'msg_x',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    usage,
  };
  const response = { id: 'r', object: 'response', created_at: 1, model: 'm', output: [] };
  if (wire === 'adapted') return framed(wire, [{ type: 'message_start', message }]);
  return wire === 'responses' ? framed(wire, [{ type: 'response.created', response }]) : '';
}

export function saying(wire: WireName, text: string): string {
  switch (wire) {
    case 'adapted':
      return framed(wire, [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
        { type: 'content_block_stop', index: 0 },
      ]);
    case 'gemini':
      return framed(wire, [{ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }] }]);
    case 'chat':
      return framed(wire, [chunk({ role: 'assistant', content: text })]);
    case 'responses':
      return framed(wire, [
        {
          type: 'response.output_item.added',
          output_index: 0,
          item: { type: 'message', id: 'm1', role: 'assistant', content: [] },
        },
        { type: 'response.output_text.delta', item_id: 'm1', output_index: 0, content_index: 0, delta: text },
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: {
            type: 'message',
            id: 'm1',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text, annotations: [] }],
          },
        },
      ]);
  }
}

export function thinking(wire: WireName, thought: string): string {
  switch (wire) {
    case 'adapted':
      return framed(wire, [
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: thought } },
        { type: 'content_block_stop', index: 0 },
      ]);
    case 'gemini':
      return framed(wire, [
        { candidates: [{ content: { role: 'model', parts: [{ text: thought, thought: true }] }, index: 0 }] },
      ]);
    case 'chat':
      return framed(wire, [chunk({ role: 'assistant', reasoning_content: thought })]);
    case 'responses':
      return framed(wire, [
        { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs', summary: [] } },
        { type: 'response.reasoning_summary_part.added', item_id: 'rs', output_index: 0, summary_index: 0 },
        {
          type: 'response.reasoning_summary_text.delta',
          item_id: 'rs',
          output_index: 0,
          summary_index: 0,
          delta: thought,
        },
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: thought }] },
        },
      ]);
  }
}

const PLAIN_END = { adapted: 'end_turn', gemini: 'STOP', chat: 'stop', responses: undefined };
const FULL = { adapted: 'max_tokens', gemini: 'MAX_TOKENS', chat: 'length', responses: 'max_output_tokens' };

/** The end of a stream. @param reason the host's own word; `full` for the wire's word of an output limit. */
export function ending(wire: WireName, reason?: string): string {
  const word = reason === 'full' ? FULL[wire] : (reason ?? PLAIN_END[wire]);
  switch (wire) {
    case 'adapted':
      return framed(wire, [
        { type: 'message_delta', delta: { stop_reason: word, stop_sequence: null }, usage: { output_tokens: 5 } },
        { type: 'message_stop' },
      ]);
    case 'gemini':
      return framed(wire, [
        {
          candidates: [{ content: { role: 'model', parts: [] }, finishReason: word, index: 0 }],
          usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5 },
        },
      ]);
    case 'chat':
      return `${framed(wire, [chunk({}, word, { usage: { prompt_tokens: 9, completion_tokens: 5 } })])}data: [DONE]\n\n`;
    case 'responses': {
      const type = word === undefined ? 'response.completed' : 'response.incomplete';
      const incomplete = word !== undefined && { incomplete_details: { reason: word } };
      const usage = { input_tokens: 9, output_tokens: 5 };
      const response = { id: 'r', object: 'response', created_at: 1, model: 'm', output: [], usage, ...incomplete };
      return framed(wire, [{ type, response }]);
    }
  }
}

/** An error inside the stream, in the wire's own form. */
export function erring(wire: WireName, message: string): string {
  switch (wire) {
    case 'adapted':
      return framed(wire, [{ type: 'error', error: { type: 'overloaded_error', message } }]);
    case 'gemini':
      return framed(wire, [{ error: { code: 503, message, status: 'UNAVAILABLE' } }]);
    case 'chat':
      return framed(wire, [{ error: { code: 503, message } }]);
    case 'responses':
      return framed(wire, [{ type: 'error', code: 'server_error', message, param: null, sequence_number: 9 }]);
  }
}

/** A whole and plain answer as a stream. */
export const answering = (wire: WireName, text: string): string => opening(wire) + saying(wire, text) + ending(wire);

/** Sends a body with a 200; `type: ''` sends no content type. */
export function respond(
  body: string | Buffer,
  type = 'text/event-stream',
  headers: Record<string, string> = {},
): Respond {
  return (response) => {
    response.writeHead(200, { ...(type !== '' && { 'content-type': type }), ...headers });
    response.end(body);
  };
}
