import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { startTelemetry } from '../../src/cli/telemetry.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { EventBody } from '../../src/events.ts';
import type { Message } from '../../src/codec/anthropic.ts';
import { NAMES, providerName } from '../../src/telemetry/provider-name.ts';
import type { Telemetry } from '../../src/telemetry/open.ts';
import { scratch } from '../config/scratch.ts';
import { startCollector } from '../helpers/otlp.ts';

// What the developer's own machine has set.
beforeEach(() => {
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('OTEL_'))) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

async function open(variables: Record<string, string>, withTexts = false): Promise<Telemetry> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const telemetry = await startTelemetry(process.env, withTexts);
  if (typeof telemetry !== 'object') throw new Error(`no telemetry: ${telemetry}`);
  return telemetry;
}

const T0 = Date.UTC(2026, 10, 27, 9, 0);
const SECRET = 'the prompt that nobody may see';

/** Claude is limited, Gemini answers; then nobody can. */
const SESSION: [afterMs: number, EventBody][] = [
  [
    0,
    {
      type: 'session-start',
      session: 's1',
      pid: 1,
      version: '0.1.0',
      cwd: `/home/${SECRET}`,
      order: [],
      providers: [],
    },
  ],
  [
    0,
    {
      type: 'exchange-start',
      exchange: 1,
      endpoint: 'messages',
      thread: 'main',
      turn: 1,
      startsTurn: true,
      model: 'claude-opus-5-5',
      stream: true,
      bytes: 100,
      claudeSession: 'c1',
      preview: SECRET,
    },
  ],
  [0, { type: 'quota-read', provider: 'claude', windows: [{ name: '5h', used: 1.02, source: 'wire' }] }],
  [10, { type: 'attempt-start', exchange: 1, attempt: 1, provider: 'claude' }],
  [
    510,
    {
      type: 'attempt-fail',
      exchange: 1,
      attempt: 1,
      provider: 'claude',
      failure: 'rate_limit',
      status: 429,
      reason: { kind: 'limit', status: 429, window: '5h', said: SECRET },
      action: 'failover',
      ms: 500,
    },
  ],
  [510, { type: 'attempt-start', exchange: 1, attempt: 2, provider: 'gemini' }],
  [1510, { type: 'attempt-commit', exchange: 1, attempt: 2, provider: 'gemini', firstByteMs: 1000 }],
  [
    2510,
    {
      type: 'exchange-end',
      exchange: 1,
      outcome: 'answered',
      provider: 'gemini',
      model: 'gemini-pro-latest',
      stopReason: 'end_turn',
      usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 800, cacheWriteTokens: 0 },
      totalMs: 2510,
    },
  ],
  [
    2510,
    {
      type: 'provider-switch',
      exchange: 1,
      from: 'claude',
      to: 'gemini',
      cause: 'failover',
      ms: 2000,
      reason: { kind: 'limit', status: 429, said: SECRET },
    },
  ],
  [2510, { type: 'exchange-price', exchange: 1, provider: 'gemini', usd: 0.25 }],
  [
    3000,
    {
      type: 'exchange-start',
      exchange: 2,
      endpoint: 'messages',
      thread: 'side',
      turn: 1,
      startsTurn: false,
      model: 'claude-haiku-5-5',
      stream: false,
      bytes: 9,
    },
  ],
  [3000, { type: 'attempt-start', exchange: 2, attempt: 1, provider: 'mistral' }],
  [
    3100,
    {
      type: 'attempt-fail',
      exchange: 2,
      attempt: 1,
      provider: 'mistral',
      failure: 'network',
      reason: { kind: 'network', code: 'ECONNREFUSED' },
      action: 'relay',
      ms: 100,
    },
  ],
  [3100, { type: 'exchange-end', exchange: 2, outcome: 'failed', status: 529, totalMs: 100 }],
  // Counting tokens is a question about a request.
  [
    3200,
    {
      type: 'exchange-start',
      exchange: 3,
      endpoint: 'count_tokens',
      thread: 'main',
      turn: 1,
      startsTurn: false,
      model: 'claude-opus-5-5',
      stream: false,
      bytes: 9,
    },
  ],
  [3300, { type: 'exchange-end', exchange: 3, outcome: 'answered', provider: 'claude', totalMs: 100 }],
];

function play(telemetry: Telemetry): void {
  for (const [afterMs, body] of SESSION) telemetry.take({ ...body, at: T0 + afterMs });
}

describe('what a collector gets', () => {
  it('a span for each exchange and attempt, with who, why and how long, and no text', async () => {
    const collector = await startCollector();
    const telemetry = await open({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=mine',
      OTEL_RESOURCE_ATTRIBUTES: 'team=seats',
    });
    play(telemetry);
    expect(await telemetry.close()).toBeUndefined();

    const byStart = collector.spans.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
    const [exchange, claude, gemini, side, mistral] = [
      byStart.find(({ name }) => name === 'exchange')!,
      ...byStart.filter(({ name }) => name === 'chat claude-opus-5-5'),
      byStart.findLast(({ name }) => name === 'exchange')!,
      byStart.find(({ name }) => name === 'chat claude-haiku-5-5')!,
    ];
    expect(collector.spans).toHaveLength(5);
    expect(claude).toMatchObject({ parent: exchange.id, kind: 3, startMs: T0 + 10, endMs: T0 + 510, status: 2 });
    expect(claude.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-opus-5-5',
      'error.type': '429',
      'ccmux.failure': 'rate_limit',
      'ccmux.reason': 'limit',
      'ccmux.action': 'failover',
    });
    expect(gemini).toMatchObject({ parent: exchange.id, startMs: T0 + 510, endMs: T0 + 2510, status: 0 });
    expect(gemini.attributes).toMatchObject({
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.response.model': 'gemini-pro-latest',
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.usage.input_tokens': 900,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 800,
      'ccmux.first_byte': 1,
    });
    expect(exchange).toMatchObject({ parent: '', kind: 2, startMs: T0, endMs: T0 + 2510 });
    expect(exchange.attributes).toMatchObject({
      'gen_ai.conversation.id': 'c1',
      'ccmux.session': 's1',
      'ccmux.outcome': 'answered',
      'ccmux.provider': 'gemini',
    });
    expect(mistral!.attributes).toMatchObject({ 'gen_ai.provider.name': 'mistral_ai', 'error.type': 'network' });
    expect(side).toMatchObject({ status: 2 });
    expect(collector.resource).toMatchObject({ 'service.name': 'ccmux', team: 'seats' });
    for (const { headers, body } of collector.requests) {
      expect(headers['x-tenant']).toBe('mine');
      expect(body.includes(SECRET)).toBe(false);
    }
  });

  it('times, tokens, switches, cost and limits', async () => {
    const collector = await startCollector();
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    play(telemetry);
    await telemetry.close();
    const { metrics } = collector;
    expect(Object.keys(metrics).toSorted()).toEqual([
      'ccmux.cost',
      'ccmux.first_byte',
      'ccmux.limit.used',
      'ccmux.switches',
      'gen_ai.client.operation.duration',
      'gen_ai.client.token.usage',
    ]);
    const of = (name: string, key: string) =>
      Object.fromEntries(metrics[name]!.map(({ value, attributes }) => [String(attributes[key]), value]));
    expect(of('gen_ai.client.operation.duration', 'gen_ai.provider.name')).toEqual({
      anthropic: 0.5,
      'gcp.gemini': 2,
      mistral_ai: 0.1,
    });
    expect(of('gen_ai.client.token.usage', 'gen_ai.token.type')).toEqual({ input: 900, output: 20 });
    expect(of('ccmux.first_byte', 'ccmux.provider')).toEqual({ gemini: 1 });
    expect(of('ccmux.cost', 'gen_ai.response.model')).toEqual({ 'gemini-pro-latest': 0.25 });
    expect(of('ccmux.limit.used', 'ccmux.limit.window')).toEqual({ '5h': 1.02 });
    expect(metrics['ccmux.switches']).toMatchObject([
      {
        value: 1,
        attributes: { 'ccmux.switch.from': 'claude', 'ccmux.switch.to': 'gemini', 'ccmux.switch.cause': 'failover' },
      },
    ]);
  });

  it.each([
    ['OTEL_TRACES_EXPORTER', '/v1/metrics'],
    ['OTEL_METRICS_EXPORTER', '/v1/traces'],
  ])('%s=none leaves out what it names', async (name, path) => {
    const collector = await startCollector();
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, [name]: 'none' });
    play(telemetry);
    await telemetry.close();
    expect(new Set(collector.requests.map((request) => request.path))).toEqual(new Set([path]));
  });
});

describe('what is said', () => {
  const asked: Message[] = [
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't0', content: [{ type: 'text', text: 'the file' }] },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo' } },
        { type: 'text', text: 'long '.repeat(4_000) },
      ],
    },
    { role: 'user', content: SECRET },
  ];
  const answered: Message = {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: '', signature: 'c2ln' },
      { type: 'thinking', thinking: 'Let me see.' },
      { type: 'tool_use', id: 't1', name: 'Read', input: { file_path: '/a' } },
    ],
  };

  it('is on the span of the attempt that answered, where the user wants it', async () => {
    const collector = await startCollector();
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, true);
    play(telemetry);
    telemetry.said!({ exchange: 1, asked, answered });
    // Of exchange 2 nothing was said, and of one that nobody knows there is no span.
    telemetry.said!({ exchange: 99, asked, answered });
    await telemetry.close();
    expect(collector.spans).toHaveLength(5);
    const holding = collector.spans.filter(({ attributes }) => 'gen_ai.input.messages' in attributes);
    expect(holding).toMatchObject([
      {
        endMs: T0 + 2510,
        attributes: { 'gen_ai.provider.name': 'gcp.gemini', 'gen_ai.response.model': 'gemini-pro-latest' },
      },
    ]);
    const { attributes } = holding[0]!;
    const [input, output] = ['input', 'output'].map((of) => JSON.parse(String(attributes[`gen_ai.${of}.messages`])));
    expect(input).toEqual([
      {
        role: 'user',
        parts: [
          { type: 'tool_call_response', id: 't0', response: [{ type: 'text', content: 'the file' }] },
          { type: 'image' },
          { type: 'text', content: expect.stringMatching(/^(long ){3200}… \(20000 characters\)$/) },
        ],
      },
      { role: 'user', parts: [{ type: 'text', content: SECRET }] },
    ]);
    expect(output).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Let me see.' },
          { type: 'tool_call', id: 't1', name: 'Read', arguments: { file_path: '/a' } },
        ],
        finish_reason: 'end_turn',
      },
    ]);
  });

  it('is on the exchange where nobody has answered', async () => {
    const collector = await startCollector();
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, true);
    play(telemetry);
    telemetry.said!({ exchange: 2, asked: [{ role: 'user', content: 'hello' }], answered: undefined });
    await telemetry.close();
    const holding = collector.spans.filter(({ attributes }) => 'gen_ai.input.messages' in attributes);
    expect(holding).toMatchObject([{ name: 'exchange', endMs: T0 + 3100 }]);
    expect(holding[0]!.attributes).not.toHaveProperty('gen_ai.output.messages');
  });

  it('is heard by nobody otherwise', async () => {
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: (await startCollector()).url });
    expect(telemetry.said).toBeUndefined();
    await telemetry.close();
  });
});

it('uses the names of the semantic conventions, and a prefix of its own for the rest', async () => {
  const collector = await startCollector();
  const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, true);
  play(telemetry);
  telemetry.said!({ exchange: 1, asked: [], answered: { role: 'assistant', content: 'yes' } });
  await telemetry.close();
  const of = (prefix: string) =>
    new Set(Object.entries(conventions).flatMap(([name, value]) => (name.startsWith(prefix) ? [String(value)] : [])));
  const { spans, metrics, resource } = collector;
  const points = Object.values(metrics).flat();
  const attributes = [...spans, ...points, { attributes: resource }].flatMap((one) => Object.keys(one.attributes));
  const notOurs = (names: readonly string[]) => [...new Set(names)].filter((name) => !name.startsWith('ccmux.'));
  const unknown = (names: readonly string[], known: Set<string>) => names.filter((name) => !known.has(name));
  expect(unknown(notOurs(attributes), of('ATTR_'))).toEqual([]);
  expect(unknown(notOurs(Object.keys(metrics)), of('METRIC_'))).toEqual([]);
  expect(unknown(Object.values(NAMES), of('GEN_AI_PROVIDER_NAME_VALUE_'))).toEqual([]);
  const said = new Set([...spans, ...points].flatMap((one) => one.attributes['gen_ai.operation.name'] ?? []));
  expect(unknown([...said].map(String), of('GEN_AI_OPERATION_NAME_VALUE_'))).toEqual([]);
  expect(notOurs(attributes).length).toBeGreaterThan(12);
});

describe('a collector that does not take it', () => {
  it('is away: the exit waits for a second at most, and says so', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void silent.close());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    play(telemetry);
    const began = performance.now();
    expect(await telemetry.close()).toBe('no answer within 1 s');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('refuses: what it said is said', async () => {
    const collector = await startCollector(401);
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    play(telemetry);
    expect(await telemetry.close()).toMatch(/Unauthorized|401/);
  });
});

describe('no telemetry', () => {
  it.each<[NodeJS.ProcessEnv, RegExp]>([
    [{}, /no collector is named\. Set OTEL_EXPORTER_OTLP_ENDPOINT/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, /ENDPOINT holds no address/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '127.0.0.1:4318' }, /ENDPOINT holds no address/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, /ENDPOINT holds no address/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector:4317' }, /ENDPOINT holds no address/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a b' }, /ENDPOINT holds no address/],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '4318' }, /OTEL_EXPORTER_OTLP_METRICS_ENDPOINT holds no address/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /says grpc\. Name/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }, /^undefined$/],
  ])('%j', async (variables, told) => {
    expect(String(await startTelemetry(variables, false))).toMatch(told);
  });

  it('is on by nobody but the user: not by a project', async () => {
    const { rc, project, env } = scratch();
    rc('telemetry: true');
    const { config, warnings } = await loadConfig({ env, cwd: project });
    expect(config.telemetry).toBe(false);
    expect(warnings.join()).toContain('telemetry');
    rc('telemetryTexts: true');
    const texts = await loadConfig({ env, cwd: project });
    expect([texts.config.telemetryTexts, texts.warnings.join()]).toEqual([
      false,
      expect.stringContaining('telemetryTexts'),
    ]);
    expect((await loadConfig({ env: { ...env, CCMUX_TELEMETRY: '1' }, cwd: project })).config.telemetry).toBe(true);
  });
});

it('names providers as the conventions do, and others by their id', () => {
  expect(['claude', 'xai', 'openai', 'mine', 'constructor'].map(providerName)).toEqual([
    'anthropic',
    'x_ai',
    'openai',
    'mine',
    'constructor',
  ]);
});
