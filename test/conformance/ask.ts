import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { FIRST_PARTY, FIRST_PARTY_BETAS } from './first-party.ts';
import { CLIENT_KEY, type Host } from './host.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import type { Failure } from '../../src/errors.ts';
import type { TranslationWarning } from '../../src/events.ts';
import type { ProviderRequest } from '../../src/providers/provider.ts';
import type { SimulatedRequest } from '../../src/demo/script.ts';

type Call = { id: string; name: string; input: unknown };

/** One exchange, as the client saw it and as the vendor saw it. */
export type Asked = {
  status: number;
  text: string;
  calls: Call[];
  stopReason?: string;
  usage: Record<string, number>;
  /** Names of the stream's events; empty for an answer in one piece. */
  events: string[];
  /** The parsed body of an answer that is no stream. */
  body?: any;
  warnings: TranslationWarning[];
  model: string;
  /** Set when the answer failed, by an exception or by an `error` event. */
  failure?: Failure;
  /** The blocks that the client would keep in its transcript. */
  content: { type: string; [field: string]: unknown }[];
  /** What arrived at the vendor. */
  sent: SimulatedRequest | undefined;
};

export type AskOptions = { stream?: boolean; path?: string; signal?: AbortSignal };

/** A request as Claude Code shapes it for Anthropic's own address, changed. */
export function requestOf(change: Partial<MessagesRequest> = {}): MessagesRequest {
  return { ...FIRST_PARTY, ...change };
}

/** Sends a request through the row's provider and reads the whole answer. Asserts what must hold for every answer. */
export async function ask(host: Host, request: MessagesRequest, options: AskOptions = {}): Promise<Asked> {
  const asked: Asked = {
    status: 0,
    text: '',
    calls: [],
    usage: {},
    events: [],
    warnings: [],
    model: '',
    content: [],
    sent: undefined,
  };
  const before = host.simulator.requests.length;
  try {
    await exchange(host, request, options, asked);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    asked.failure = error.failure;
  }
  for (const { what } of asked.warnings) host.losses.add(what);
  asked.sent = host.simulator.requests.slice(before).at(-1);
  if (host.wire !== 'own') {
    const everything = JSON.stringify([
      host.received,
      host.simulator.requests.slice(before).map(({ rawHeaders }) => rawHeaders),
    ]);
    expect(everything, "the client's own key left for another host").not.toContain(CLIENT_KEY);
  }
  return asked;
}

/** As `ask`, for a request that the vendor must take and answer. */
export async function askWell(host: Host, request: MessagesRequest, options: AskOptions = {}): Promise<Asked> {
  const asked = await ask(host, request, options);
  expect(
    host.simulator.rejections.map(({ body }) => JSON.stringify(body)),
    'rejected by the vendor',
  ).toEqual([]);
  expect(asked.failure, 'failed').toBeUndefined();
  expect(asked.status, `answered ${JSON.stringify(asked.body)}`).toBe(200);
  return asked;
}

async function exchange(host: Host, request: MessagesRequest, options: AskOptions, asked: Asked): Promise<void> {
  const reply = await host.provider.send(toProviderRequest(request, options));
  asked.status = reply.status;
  asked.model = reply.model ?? request.model;
  asked.warnings = reply.warnings;
  const streamed = /text\/event-stream/.test(headerOf(reply.rawHeaders, 'content-type') ?? '');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const stream = createStreamChecker(asked);
  const parser = createParser({ onEvent: ({ event, data }) => stream.take(event, JSON.parse(data)) });
  let whole = '';
  for await (const chunk of reply.body) {
    const text = decoder.decode(chunk, { stream: true });
    if (streamed) parser.feed(text);
    else whole += text;
  }
  if (reply.status >= 400) {
    asked.failure = {
      wire: host.provider.wire,
      cause: 'status',
      status: reply.status,
      headers: Object.fromEntries(pairs(reply.rawHeaders)),
      body: whole,
      translated: host.provider.translated,
    };
  }
  if (!streamed) readWhole(whole, asked);
}

export function toProviderRequest(request: MessagesRequest, options: AskOptions = {}): ProviderRequest {
  const stream = options.stream ?? true;
  const sent = { ...request, ...(stream && { stream: true }) };
  const body = Buffer.from(JSON.stringify(sent));
  return {
    method: 'POST',
    path: options.path ?? '/v1/messages?beta=true',
    rawHeaders: [
      'Host',
      '127.0.0.1:1',
      'Content-Type',
      'application/json',
      'x-api-key',
      CLIENT_KEY,
      'anthropic-version',
      '2023-06-01',
      'anthropic-beta',
      FIRST_PARTY_BETAS,
      'User-Agent',
      'claude-cli/2.1.330 (external, cli)',
      'Content-Length',
      String(body.length),
      'Connection',
      'keep-alive',
      'accept-encoding',
      'identity',
    ],
    body: [body],
    parsed: () => structuredClone(sent),
    signal: options.signal ?? new AbortController().signal,
  };
}

function readWhole(text: string, asked: Asked): void {
  asked.body = JSON.parse(text);
  if (asked.body.type !== 'message') return;
  asked.content = asked.body.content;
  asked.stopReason = asked.body.stop_reason;
  asked.usage = asked.body.usage;
  asked.text = asked.body.content.map((block: any) => block.text ?? '').join('');
  asked.calls = asked.body.content.filter((block: any) => block.type === 'tool_use');
  checkContent(asked);
}

/** Assembles a stream as the client does, and holds it to the order that Anthropic documents. */
function createStreamChecker(asked: Asked): { take(name: string | undefined, event: any): void } {
  let open: { index: number; block: any; json: string } | undefined;
  const seen = asked.events;
  return {
    take(name, event) {
      expect(name, 'the event is named as it says').toBe(event.type);
      expect(seen, 'nothing comes after the end').not.toContain('message_stop');
      if (event.type === 'ping') return;
      if (event.type === 'error') {
        seen.push('error');
        asked.failure ??= {
          wire: 'anthropic',
          cause: 'stream',
          headers: {},
          body: JSON.stringify(event),
          translated: false,
        };
        return;
      }
      if (seen.length === 0) expect(event.type).toBe('message_start');
      seen.push(event.type);
      if (event.message?.usage) Object.assign(asked.usage, event.message.usage);
      if (event.usage) Object.assign(asked.usage, event.usage);
      switch (event.type) {
        case 'content_block_start':
          expect(open, 'one block at a time').toBeUndefined();
          expect(event.index).toBe(asked.content.length);
          open = { index: event.index, block: { ...event.content_block }, json: '' };
          break;
        case 'content_block_delta':
          expect(event.index).toBe(open?.index);
          if (event.delta.type === 'text_delta') open!.block.text += event.delta.text;
          if (event.delta.type === 'input_json_delta') open!.json += event.delta.partial_json;
          break;
        case 'content_block_stop': {
          expect(event.index).toBe(open?.index);
          const { block, json } = open!;
          if (block.type === 'tool_use')
            asked.calls.push({ ...block, input: (block.input = JSON.parse(json || '{}')) });
          if (block.type === 'text') asked.text += block.text;
          asked.content.push(block);
          open = undefined;
          break;
        }
        case 'message_delta':
          expect(open, 'every block is closed').toBeUndefined();
          asked.stopReason = event.delta.stop_reason;
          break;
        case 'message_stop':
          expect(seen, 'a stop has its reason').toContain('message_delta');
          checkContent(asked);
      }
    },
  };
}

/** What may stay in a transcript for ever, with Claude or without. */
function checkContent({ content, calls, stopReason }: Asked): void {
  for (const block of content) {
    expect(['text', 'tool_use', 'thinking', 'redacted_thinking']).toContain(block.type);
    if (block.type === 'text') expect(block['text']).not.toBe('');
  }
  for (const { id, input } of calls) {
    expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(input).toBeTypeOf('object');
  }
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  if (calls.length > 0) expect(stopReason).toBe('tool_use');
}

function headerOf(rawHeaders: string[], name: string): string | undefined {
  return pairs(rawHeaders).find(([header]) => header === name)?.[1];
}

function pairs(rawHeaders: string[]): [string, string][] {
  return rawHeaders.flatMap((value, at): [string, string][] =>
    at % 2 === 0 ? [[value.toLowerCase(), rawHeaders[at + 1] ?? '']] : [],
  );
}
