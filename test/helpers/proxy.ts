import { onTestFinished } from 'vitest';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import type { Config } from '../../src/config/schema.ts';
import { type Failure, UpstreamError } from '../../src/errors.ts';
import { createBus, type Event, type EventOf, type QuotaWindow } from '../../src/events.ts';
import { createClaudeSend } from '../../src/providers/claude.ts';
import type { Provider, ProviderRequest, Reply } from '../../src/providers/provider.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { pause } from '../../src/ground/pause.ts';
import { defuse } from '../../src/memory/defuse.ts';
import { createAway } from '../../src/memory/away.ts';
import { createHandOff } from '../../src/memory/hand-off.ts';
import { reasonText } from '../../src/words/why.ts';
import { createBudget, type Budget, type Together } from '../../src/proxy/budget.ts';
import { runExchange } from '../../src/proxy/exchange.ts';
import type { ExchangeContext } from '../../src/proxy/context.ts';
import { createProposals } from '../../src/proxy/proposals.ts';
import { createRelay } from '../../src/proxy/relay.ts';
import type { Ledger } from '../../src/proxy/cooldowns.ts';
import { createSwarmGuard } from '../../src/proxy/swarm.ts';
import { createRules } from '../../src/proxy/rules.ts';
import { createRouter } from '../../src/proxy/router.ts';
import { createTypedTurns } from '../../src/proxy/typed-turns.ts';
import { createWhose } from '../../src/proxy/whose.ts';
import { createTranscripts } from '../../src/proxy/transcripts.ts';
import { createRedactor } from '../../src/state/redact.ts';
import { timesOf } from '../../src/proxy/times.ts';
import { startServer } from '../../src/proxy/server.ts';
import type { Cooldowns } from '../../src/failover/cooldown.ts';
import { everybody, NO_LIMITS, type Limits } from '../../src/failover/situation.ts';

/** These limits for everybody, and no others. */
export function limitsOf(limits: Partial<Limits>): Config['limits'] {
  return { claude: { ...NO_LIMITS, ...limits }, others: { ...NO_LIMITS, ...limits } };
}

export const CONFIG: Config = {
  switchBack: 'turn',
  failover: {
    enabled: true,
    on: ['rate_limit', 'overloaded', 'server_error', 'network', 'timeout'],
    waitUpTo: 0,
    firstByteTimeout: 60_000,
    retries: 0,
    safetyChecks: 'ask',
  },
  limits: limitsOf({ firstByte: 60_000 }),
  webSearch: 'off',
  footer: { format: [] },
  handoff: [],
  routes: [],
  notify: [],
  budget: { subagentsPerMinute: 120 },
  report: { previews: true },
  client: { firstParty: true, showThinking: false },
  memory: { mode: 'session', tokens: 2_500, reasoning: true, keepDays: 30, store: 'files', chroma: '' },
  attribution: true,
  telemetry: false,
  telemetryTexts: false,
  providers: {},
};

const PLAIN_PROVIDER = {
  label: '',
  kind: 'openai-compatible',
  wire: 'openai',
  translated: true,
  own: false,
  paid: true,
  host: 'simulated',
  keySource: 'SIMULATED_KEY',
  keyVariables: ['SIMULATED_KEY'],
  capabilities: { tools: true, parallelTools: true, images: true, pdfs: true, toolResultImages: true },
  modelFor: () => 'simulated-model',
  limitsOf: () => ({ contextWindow: 1_000_000, maxOutput: 128_000 }),
} satisfies Omit<Provider, 'id' | 'send' | 'tokens'>;

/** A fallback whose answers a test decides. */
export function fallback(id: string, send: Provider['send'], more: Partial<Provider> = {}): Provider {
  return { ...PLAIN_PROVIDER, id, label: id, tokens: createTokenCounter(), send, ...more };
}

/** The user's own Claude, relayed for real to an address. */
export function claudeAt(baseUrl: string): Provider {
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const tokens = createTokenCounter();
  const send = createClaudeSend(() => baseUrl, upstream);
  const traits = { kind: 'anthropic', wire: 'anthropic', translated: false, own: true, paid: false } as const;
  return { ...PLAIN_PROVIDER, ...traits, id: 'claude', label: 'Claude', tokens, modelFor: (model) => model, send };
}

export type ProxyUnderTest = {
  url: string;
  events: Event[];
  of<T extends Event['type']>(type: T): EventOf<T>[];
  context: ExchangeContext & { budget: Budget };
  ledger: Ledger;
  budgetSpent(): number;
};

/** Times for which no test wants to wait. */
const QUICK = { errorBody: 20, afterEnd: 20, retryPause: 10 };

const NOBODY_ASKED = { isGiven: () => false, held() {}, met() {} };

type Options = {
  config?: Partial<Config>;
  now?: () => number;
  pause?: ExchangeContext['pause'];
  pingEveryMs?: number;
  usd?: number | null;
  /** A listener's fault is told as a session tells it; else it fails the test. */
  faultsPass?: boolean;
  /** Claude's limits as the wire told them last; what a rule has asked; the client's permission mode. */
  windows?: () => readonly QuotaWindow[];
  asks?: Parameters<typeof createRules>[0]['asks'];
  mode?: () => string;
  routed?: ExchangeContext['routed'];
  /** Compares a prompt with the examples of the routes. */
  compare?: Parameters<typeof createTypedTurns>[0]['compare'];
  /** What a request is expected to cost. */
  estimateUsd?: number;
  /** Other machines that keep the day's cap as well. */
  together?: Together;
};

/** The proxy with everything real but the disk; the time is the real one unless a test passes its own. */
export async function startProxy(providers: Provider[], options: Options = {}): Promise<ProxyUnderTest> {
  const { close, ...proxy } = await assembleProxy(providers, options);
  onTestFinished(close);
  return proxy;
}

/** The same for programs that are no test. */
export async function assembleProxy(
  providers: Provider[],
  options: Options = {},
): Promise<ProxyUnderTest & { close(): Promise<void> }> {
  const config = { ...CONFIG, ...options.config };
  const now = options.now ?? Date.now;
  const events: Event[] = [];
  const bus = createBus(now, (fault) => {
    if (!options.faultsPass) throw fault;
  });
  bus.on((event) => events.push(event));
  const whose = createWhose();
  const ledger = memoryLedger(whose.account);
  let spent = 0;
  const day = {
    spentToday: () => spent,
    assumedToday: () => 0,
    spendUnknown: () => false,
    addSpend: (_: string, usd: number | null) => void (spent += usd ?? 0),
    ...(options.together && { together: options.together }),
  };
  const budget = createBudget(config.budget, day, bus);
  const router = createRouter({ providers, config, ledger, budget, bus, now, redact: createRedactor([]) });
  let exchanges = 0;
  let turns = 0;
  const prompts = new Set<string>();
  const context: ProxyUnderTest['context'] = {
    router,
    bus,
    now,
    fallbackModels: [],
    elapsed: options.now ?? (() => performance.now()),
    nextExchange: () => ++exchanges,
    nextTurn: () => ++turns,
    currentTurn: () => turns,
    isNewPrompt: (prompt) => !prompts.has(prompt) && Boolean(prompts.add(prompt)),
    transcripts: createTranscripts(),
    isOwn: whose.isOwn,
    claude: (providers.find(({ own }) => own) ?? providers[0]!).send,
    previews: config.report.previews,
    safetyChecks: config.failover.safetyChecks,
    away: createAway(),
    handOff: createHandOff({
      settings: () => config.memory,
      own: 'claude',
      label: (id) => id,
      clean: defuse,
      why: reasonText,
    }),
    attribution: config.attribution,
    proposals: createProposals(),
    times: { ...timesOf(config), ...QUICK },
    pause: options.pause ?? ((ms, signal) => pause(Math.min(ms, QUICK.retryPause), signal)),
    pings: { afterMs: options.pingEveryMs ?? 20_000, everyMs: options.pingEveryMs ?? 10_000 },
    retries: config.failover.retries,
    rules: createRules({
      settings: config,
      windows: options.windows ?? (() => []),
      asks: options.asks ?? NOBODY_ASKED,
      candidates: () => everybody(router.surroundings(), ''),
      now,
    }),
    swarm: createSwarmGuard({
      most: () => config.budget.subagentsPerMinute,
      providers,
      bus,
      now,
    }),
    routed: options.routed ?? (() => undefined),
    typedTurn: createTypedTurns({ rules: () => [...config.handoff, ...config.routes], compare: options.compare }),
    session: () => ({ mode: options.mode?.(), roots: ['/home/ada/shop'], tokens: () => 10_000 }),
    price: async () => options.usd ?? 0,
    estimate: () => ({ usd: options.estimateUsd ?? 0 }),
    budget,
    fault: (fault) => events.push({ type: 'fault', where: 'exchange', message: String(fault), at: now() }),
  };
  const upstream = createUpstream({});
  const server = await startServer({
    exchange: (request, response, path) => runExchange(context, request, response, path),
    control: async (_request, response) => void response.writeHead(204).end(),
    relay: createRelay(() => 'http://127.0.0.1:9', upstream, config.limits.claude),
    greet: async () => {},
    onFault: (fault) => events.push({ type: 'fault', where: 'proxy', message: String(fault), at: now() }),
  });
  return {
    async close() {
      router.close();
      upstream.close();
      await server.close();
    },
    url: server.url,
    events,
    of: (type) => events.filter((event): event is EventOf<typeof type> => event.type === type),
    context,
    ledger,
    budgetSpent: () => spent,
  };
}

function memoryLedger(account: () => string | undefined): Ledger {
  const byAccount = new Map<string | undefined, Cooldowns>();
  const own = () => byAccount.get(account()) ?? {};
  const samples = new Map<string, number[]>();
  return {
    cooldowns: own,
    setCooldowns: (provider, cooldowns) => void byAccount.set(account(), { ...own(), [provider]: cooldowns }),
    samples: (provider) => samples.get(provider) ?? [],
    addSample: (provider, ms) => void samples.set(provider, [...(samples.get(provider) ?? []), ms]),
    count() {},
    counted: () => [],
    setWindows() {},
    used: () => undefined,
  };
}

/** A time that stands still until a test moves it, and whoever waits for it to pass. */
export function createClock() {
  let at = Date.now();
  const waiting = new Set<{ until: number; go: () => void }>();
  return {
    now: () => at,
    waiting,
    pause: (ms: number) => new Promise<void>((go) => waiting.add({ until: at + ms, go })),
    advance(ms: number) {
      at += ms;
      for (const one of waiting) if (one.until <= at && waiting.delete(one)) one.go();
    },
  };
}

/** A fallback that fails before its answer: with a status, or with Node's code of a broken connection. */
export function failing(how: number | string): Provider['send'] {
  const known = typeof how === 'number' ? { cause: 'status', status: how } : { cause: 'network', code: how };
  return async () => {
    throw new UpstreamError({ wire: 'openai', headers: {}, body: '{}', translated: true, ...known } as Failure);
  };
}

/** An answer in Anthropic's wire, as a translated provider gives it. */
export function streamed(text: string, more: { beforeMs?: number; pieces?: number } = {}): Provider['send'] {
  return async (request: ProviderRequest): Promise<Reply> => ({
    status: 200,
    rawHeaders: ['content-type', request.parsed().stream === true ? 'text/event-stream' : 'application/json'],
    model: 'simulated-model',
    warnings: [],
    body: request.parsed().stream === true ? streamBody(text, more) : jsonBody(text),
  });
}

const USAGE = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const message = (text: string) => ({
  id: 'msg_simulated',
  type: 'message',
  role: 'assistant',
  model: 'simulated-model',
  stop_sequence: null,
  usage: USAGE,
  content: text === '' ? [] : [{ type: 'text', text }],
  stop_reason: text === '' ? null : 'end_turn',
});

async function* streamBody(text: string, { beforeMs = 0 }: { beforeMs?: number }): AsyncGenerator<Uint8Array> {
  if (beforeMs > 0) await new Promise((resolve) => setTimeout(resolve, beforeMs));
  yield sse('message_start', { message: message('') });
  yield sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  yield sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  yield sse('content_block_stop', { index: 0 });
  yield sse('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: USAGE });
  yield sse('message_stop', {});
}

async function* jsonBody(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(message(text)));
}

export function sse(type: string, fields: object): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
}

/** Asks as Claude Code does, as far as the proxy looks at it. */
export function ask(url: string, body: object | string = {}, init: RequestInit = {}): Promise<Response> {
  const request = {
    model: 'claude-opus-5-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
  };
  return fetch(`${url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: {
      'accept-encoding': 'gzip, br',
      'content-type': 'application/json',
      'x-api-key': 'sk-ant-api03-simulated',
      'x-claude-code-session-id': 'session-of-the-test',
      'anthropic-version': '2023-06-01',
    },
    body: typeof body === 'string' ? body : JSON.stringify({ ...request, tools: [TOOL], ...body }),
    ...init,
  });
}

const TOOL = { name: 'Read', description: 'Reads a file', input_schema: { type: 'object', properties: {} } };
