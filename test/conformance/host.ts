import { NO_LIMITS } from '../../src/failover/situation.ts';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createMemory } from '../../src/codec/carry.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import { OPENAI_KEY, startOpenaiResponses } from '../simulators/openai-responses.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { createClaudeSend } from '../../src/providers/claude.ts';
import { buildProviders } from '../../src/providers/build.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { LOCAL_SHAPES, reshapedBody, reshapedStream } from './local-shapes.ts';
import { VENDOR_SHAPES } from './vendor-shapes.ts';
import type { CatalogRow } from '../../src/providers/catalog-row.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Simulator } from '../../src/demo/server.ts';

/** The wire that a row's simulator speaks; `missing` for clouds whose package is not installed. */
type HostWire = 'own' | 'adapted' | 'gemini' | 'responses' | 'chat' | 'missing';

/** One catalogue row, built as a session would build it, with its vendor simulated on loopback. */
export type Host = {
  row: CatalogRow;
  wire: HostWire;
  provider: Provider;
  simulator: Simulator;
  /** Headers of every request that reached the vendor's address, lower-case names. */
  received: http.IncomingHttpHeaders[];
  /** What translation or adaptation dropped or changed, by kind. */
  losses: Set<string>;
  close(): Promise<void>;
};

/** What the client sends to Claude, and nobody else may ever see. */
export const CLIENT_KEY = 'sk-ant-api03-the-clients-own-key';

/** @param allowsWeb the user lets it use its own web search. */
export async function startHost(row: CatalogRow, allowsWeb = false): Promise<Host> {
  const wire = wireOf(row);
  const key = keyFor(row, wire);
  const simulator = await startWire(row, wire, key);
  const received: http.IncomingHttpHeaders[] = [];
  const front = wire === 'adapted' ? await startFront(row, key, simulator, received) : undefined;
  const url = front?.url ?? simulator.url;
  const upstream = createUpstream({});
  const baseUrl = wire === 'missing' ? undefined : url + new URL(row.baseUrl).pathname.replace(/\/$/, '');
  const providers = buildProviders({
    config: {
      order: [row.id],
      switchBack: 'turn',
      failover: { enabled: true, on: [], waitUpTo: 0, firstByteTimeout: 0, retries: 0, safetyChecks: 'ask' },
      webSearch: 'off',
      limits: { claude: NO_LIMITS, others: NO_LIMITS },
      footer: { format: [] },
      handoff: [],
      routes: [],
      notify: [],
      budget: { subagentsPerMinute: 0 },
      report: { previews: false },
      client: { firstParty: true, showThinking: false },
      memory: { mode: 'session', tokens: 2_500, reasoning: true, keepDays: 30, store: 'files', chroma: '' },
      attribution: true,
      telemetry: false,
      telemetryTexts: false,
      providers: wire === 'own' || baseUrl === undefined ? {} : { [row.id]: { baseUrl } },
    },
    env: {
      ...(row.keyVariables[0] && key && { [row.keyVariables[0]]: key }),
      ...Object.fromEntries(Object.values(row.placeholders ?? {}).map((names) => [names[0]!, 'somewhere'])),
    },
    claudeUpstream: url,
    dependencies: {
      upstream,
      memory: createMemory(),
      claudeSend: createClaudeSend(() => url, upstream),
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
      allowsWeb: () => allowsWeb,
    },
  });
  return {
    row,
    wire,
    provider: providers[0]!,
    simulator,
    received,
    losses: new Set(),
    async close() {
      upstream.close();
      await front?.close();
      await simulator.close();
    },
  };
}

function wireOf(row: CatalogRow): HostWire {
  if (row.id === 'claude') return 'own';
  if (row.optionalPackage) return 'missing';
  if (row.kind === 'anthropic') return 'adapted';
  if (row.kind === 'gemini') return 'gemini';
  return row.kind === 'openai' ? 'responses' : 'chat';
}

function keyFor(row: CatalogRow, wire: HostWire): string | undefined {
  if (wire === 'gemini') return GEMINI_KEY;
  if (wire === 'responses') return OPENAI_KEY;
  return row.keyVariables.length > 0 ? `key-for-${row.id}` : undefined;
}

function startWire(row: CatalogRow, wire: HostWire, key: string | undefined): Promise<Simulator> {
  switch (wire) {
    case 'gemini':
      return startGemini();
    case 'responses':
      return startOpenaiResponses();
    case 'chat': {
      const quirks = VENDOR_SHAPES[row.id];
      if (!quirks) throw new Error(`say in vendor-shapes.ts how ${row.id} streams`);
      return startOpenaiChat({ key: key!, path: new URL(row.baseUrl).pathname, quirks });
    }
    default:
      return startAnthropic({
        dialect: wire !== 'adapted' ? 'anthropic' : LOCAL_SHAPES[row.id] ? 'local' : 'compatible',
      });
  }
}

/**
 * The vendor's own door in front of the simulated Anthropic API: it knows the row's path and key header, and lets
 * nobody in who comes with the client's credential.
 */
async function startFront(
  row: CatalogRow,
  key: string | undefined,
  simulator: Simulator,
  received: http.IncomingHttpHeaders[],
): Promise<{ url: string; close(): Promise<void> }> {
  const prefix = new URL(row.baseUrl).pathname.replace(/\/$/, '');
  const shape = LOCAL_SHAPES[row.id];
  const server = http.createServer((incoming, response) => {
    received.push(incoming.headers);
    const problem = problemOf(row, key, incoming, prefix);
    if (problem) {
      const body = { type: 'error', error: { type: 'authentication_error', message: problem } };
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const { authorization: _bearer, ...headers } = incoming.headers;
    const onward = http.request(simulator.url + incoming.url!.slice(prefix.length), {
      method: incoming.method,
      agent: false,
      headers: { ...headers, 'x-api-key': 'sk-ant-the-simulators-own' },
    });
    onward.on('response', (answer) => {
      answer.on('error', () => response.destroy());
      const { 'content-length': _length, ...own } = answer.headers;
      const isStream = String(own['content-type']).startsWith('text/event-stream');
      response.writeHead(answer.statusCode!, shape ? own : answer.headers);
      if (!shape) answer.pipe(response);
      else if (isStream) answer.pipe(reshapedStream(shape)).pipe(response);
      else
        void text(answer).then(
          (body) => response.end(reshapedBody(shape, answer.statusCode!, body)),
          () => response.destroy(),
        );
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function problemOf(
  row: CatalogRow,
  key: string | undefined,
  { url, headers }: http.IncomingMessage,
  prefix: string,
): string | undefined {
  if (!url?.startsWith(`${prefix}/v1/messages`)) return `nothing is at ${url}`;
  const { authorization, 'x-api-key': apiKey } = headers;
  const wanted = {
    authorization: row.auth === 'bearer' ? `Bearer ${key}` : undefined,
    apiKey: row.auth === 'x-api-key' ? key : undefined,
  };
  if (authorization !== wanted.authorization) return `authorization is ${authorization}, not ${wanted.authorization}`;
  if (apiKey !== wanted.apiKey) return `x-api-key is ${String(apiKey)}, not ${wanted.apiKey}`;
  return undefined;
}
