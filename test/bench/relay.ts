/**
 * What ccmux adds to the time to the first token, against asking the same upstream without it: both in one run, taking
 * turns, so that a busy machine slows both. Prints; asserts nothing.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { createBus } from '../../src/events.ts';
import { createClaudeSend } from '../../src/providers/claude.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { createBudget } from '../../src/proxy/budget.ts';
import { runExchange } from '../../src/proxy/exchange.ts';
import { createProposals } from '../../src/proxy/proposals.ts';
import { timesOf } from '../../src/proxy/times.ts';
import { createRouter } from '../../src/proxy/router.ts';
import { createTranscripts } from '../../src/proxy/transcripts.ts';
import { startServer } from '../../src/proxy/server.ts';

const ROUNDS = 40;
/** A real upstream thinks for hundreds of milliseconds; that is when ccmux looks into a request. */
const THINKING_MS = 100;
const SIZES = { '2 KB': 2e3, '100 KB': 1e5, '1 MB': 1e6, '5 MB': 5e6 };

// Client, ccmux and upstream are processes of their own, as in life: one's work must not hold up another's clock.
const [role, address = ''] = process.argv.slice(2);
if (role === 'upstream') await beUpstream();
else if (role === 'proxy') process.send!((await startProxy(address)).url);
else await measure();

async function beUpstream(): Promise<void> {
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => answer(response), THINKING_MS));
  });
  server.listen(0, '127.0.0.1', () => {
    process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}

async function measure(): Promise<void> {
  const children: ChildProcess[] = [];
  const start = async (...args: string[]) => {
    const child = fork(fileURLToPath(import.meta.url), args);
    children.push(child);
    const [url] = (await once(child, 'message')) as [string];
    return url;
  };
  const direct = await start('upstream');
  const through = await start('proxy', direct);
  const agent = new http.Agent({ keepAlive: true });

  console.log('time to first byte, median of', ROUNDS, "(milliseconds beside the upstream's thinking)\n");
  console.log('body      direct   ccmux   added   ratio');
  for (const [name, size] of Object.entries(SIZES)) {
    const body = JSON.stringify({
      model: 'claude-opus-5-5',
      stream: true,
      messages: [{ role: 'user', content: 'x'.repeat(size) }],
    });
    const times: { direct: number[]; through: number[] } = { direct: [], through: [] };
    for (let round = 0; round < ROUNDS + 5; round++) {
      const [a, b] = [await firstByte(agent, direct, body), await firstByte(agent, through, body)];
      // The first rounds warm both up.
      if (round < 5) continue;
      times.direct.push(a);
      times.through.push(b);
    }
    const [a, b] = [middle(times.direct), middle(times.through)];
    console.log(
      `${name.padEnd(8)}${a.toFixed(2).padStart(8)}${b.toFixed(2).padStart(8)}${(b - a).toFixed(2).padStart(8)}${(b / a).toFixed(2).padStart(8)}`,
    );
  }
  agent.destroy();
  for (const child of children) child.kill();
}

function answer(response: http.ServerResponse): void {
  const event = (type: string, fields = '') => `event: ${type}\ndata: {"type":"${type}"${fields}}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(
    event('message_start', ',"message":{"id":"msg_1","model":"m","usage":{"input_tokens":1,"output_tokens":1}}') +
      event('content_block_start', ',"index":0,"content_block":{"type":"text","text":""}') +
      event('message_stop'),
  );
}

function firstByte(agent: http.Agent, base: string, body: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(`${base}/v1/messages`, {
      method: 'POST',
      agent,
      headers: { 'content-length': Buffer.byteLength(body) },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.once('data', () => {
        const ms = performance.now() - startedAt - THINKING_MS;
        response.on('end', () => resolve(ms));
      });
    });
    request.end(body);
  });
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function startProxy(baseUrl: string) {
  const upstream = createUpstream({});
  const limitsOf = () => ({ contextWindow: 1_000_000, maxOutput: 128_000 });
  const modelFor = (model: string) => model;
  const tokens = createTokenCounter();
  const capabilities = { tools: true, parallelTools: true, images: true, pdfs: true, toolResultImages: true };
  const claude: Provider = {
    id: 'claude',
    label: 'Claude',
    kind: 'anthropic',
    wire: 'anthropic',
    translated: false,
    own: true,
    paid: false,
    host: '',
    keySource: 'own',
    keyVariables: [],
    capabilities,
    tokens,
    modelFor,
    limitsOf,
    send: createClaudeSend(() => baseUrl, upstream),
  };
  const bus = createBus();
  const nothing = () => {};
  const ledger = {
    rests: () => ({}),
    setRests: nothing,
    samples: () => [],
    addSample: nothing,
    count: nothing,
    counted: () => [],
    setWindows: nothing,
  };
  const budget = createBudget(
    {},
    { spentToday: () => 0, assumedToday: () => 0, spendUnknown: () => false, addSpend: nothing },
    bus,
  );
  const failover = {
    enabled: true,
    on: [],
    waitUpToMs: 0,
    firstByteTimeoutMs: 60_000,
    retries: 0,
    safetyChecks: 'ask' as const,
  };
  const limits = {
    connect: 10_000,
    firstByte: 60_000,
    silence: 60_000,
    firstContent: 600_000,
    whole: 600_000,
    afterContent: 240_000,
  };
  const config = {
    switchBack: 'turn',
    failover,
    limits: { claude: limits, others: limits },
    budget: {},
    report: { previews: true },
    client: { firstParty: true },
    providers: {},
  } as const;
  // A second provider, so that the gate is closed as it is in real life.
  const providers = [claude, { ...claude, id: 'other', own: false }];
  const router = createRouter({
    providers,
    config: { ...config, failover },
    ledger,
    budget,
    bus,
    now: Date.now,
    redact: (text) => text,
  });
  let count = 0;
  const context = {
    router,
    bus,
    now: Date.now,
    fallbackModels: [],
    nextExchange: () => ++count,
    nextTurn: () => 1,
    currentTurn: () => 1,
    isNewPrompt: () => true,
    transcripts: createTranscripts(),
    isOwn: () => true,
    claude: claude.send,
    previews: true,
    safetyChecks: 'ask' as const,
    proposals: createProposals(),
    times: timesOf({ ...config, failover }),
    pause: async () => {},
    pings: { afterMs: 20_000, everyMs: 10_000 },
    retries: 2,
    price: async () => null,
    estimate: () => ({ usd: 0 }),
    budget,
    fault: console.error,
  };
  const refuse = async () => {
    throw new Error('not part of this measurement');
  };
  return startServer({
    greet: async () => {},
    exchange: (...args) => runExchange(context, ...args),
    control: refuse,
    relay: refuse,
    onFault: console.error,
  });
}
