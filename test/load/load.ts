import http from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMemory } from '../../src/codec/carry.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { overloaded, overloadedInStream } from '../simulators/failures.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { answer, type Step } from '../../src/demo/script.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { buildProviders } from '../../src/providers/build.ts';
import { createClaudeSend } from '../../src/providers/claude.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { judge } from '../faults/verdict.ts';
import { assembleProxy, CONFIG } from '../helpers/proxy.ts';

/** What many streams at once came to. Client, hosts and ccmux share one process. */
export type Load = {
  requests: number;
  byClaude: number;
  byGemini: number;
  errors: number;
  /** Neither a whole answer nor a valid error, or two answers in one. */
  broken: string[];
  faults: string[];
  /** Of the event loop's delay, milliseconds. */
  p99Ms: number;
  /** MB after a collection: once everything is loaded, and at the end. */
  heap: { before: number; after: number };
  /** Sockets, servers and timers, before the proxy was opened and after it was closed. */
  handles: { before: number; after: number };
};

const CLAUDE = 'Claude wrote this. '.repeat(40);
const GEMINI = 'Gemini wrote this. '.repeat(40);

/** @param rounds ends when it returns false; asked by each stream before each of its requests. */
export async function runLoad(streams: number, rounds: () => boolean): Promise<Load> {
  const handlesBefore = handles();
  const [claude, gemini] = await Promise.all([
    startAnthropic({ script: nextStep }),
    startGemini({ script: () => answer(GEMINI) }),
  ]);
  const upstream = createUpstream({});
  const providers = buildProviders({
    config: { ...CONFIG, order: ['claude', 'gemini'], providers: { gemini: { baseUrl: `${gemini.url}/v1beta` } } },
    env: { GEMINI_API_KEY: GEMINI_KEY },
    claudeUpstream: claude.url,
    dependencies: {
      upstream,
      memory: createMemory(),
      claudeSend: createClaudeSend(() => claude.url, upstream),
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  const proxy = await assembleProxy(providers);
  const agent = new http.Agent({ keepAlive: true });
  const load: Load = {
    requests: 0,
    byClaude: 0,
    byGemini: 0,
    errors: 0,
    broken: [],
    faults: [],
    p99Ms: 0,
    heap: { before: 0, after: 0 },
    handles: { before: handlesBefore, after: 0 },
  };
  const once = async () => {
    count(load, await ask(agent, proxy.url));
    load.faults.push(...proxy.of('fault').map(({ message }) => message));
    // What the tools of a test keep is no memory of ccmux's.
    for (const kept of [proxy.events, claude.requests, gemini.requests, claude.aborts, gemini.aborts]) kept.length = 0;
  };
  // Everything that is loaded late is loaded, and every stream has its connections.
  for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: streams }, once));
  load.heap.before = heapNow();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await Promise.all(
    Array.from({ length: streams }, async () => {
      while (rounds()) await once();
    }),
  );
  delay.disable();
  load.p99Ms = delay.percentile(99) / 1e6;
  load.heap.after = heapNow();

  agent.destroy();
  await proxy.close();
  upstream.close();
  await Promise.all([claude.close(), gemini.close()]);
  // A socket that was closed is gone some turns of the event loop later.
  for (let turn = 0; turn < 300 && handles() > handlesBefore; turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  load.handles.after = handles();
  return load;
}

let steps = 0;

/** Claude answers, has its troubles, and is limited for a second. */
function nextStep(): Step {
  switch (steps++ % 40) {
    case 11:
      return overloaded();
    case 19:
      return overloadedInStream(false);
    case 27:
      return { type: 'refuse' };
    case 39:
      return claudeLimit(Date.now() + 1_000);
    default:
      return answer(CLAUDE, { chunkDelayMs: 2 });
  }
}

function count(load: Load, { status, contentType, body, ended }: Parameters<typeof judge>[0]): void {
  load.requests += 1;
  const verdict = judge({ status, contentType, raw: body, body, ended }, true);
  if (verdict.kind === 'error') load.errors += 1;
  else if (verdict.kind === 'answer' && verdict.text === CLAUDE) load.byClaude += 1;
  else if (verdict.kind === 'answer' && verdict.text === GEMINI) load.byGemini += 1;
  else load.broken.push(verdict.kind === 'answer' ? `an answer of ${verdict.text.slice(0, 80)}` : verdict.why);
}

function ask(agent: http.Agent, url: string): Promise<Parameters<typeof judge>[0]> {
  const messages = [{ role: 'user', content: 'hello '.repeat(200) }];
  const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 999, stream: true, messages });
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'sk-ant-api03-of-the-client',
    'x-claude-code-session-id': 'session-under-load',
    'anthropic-version': '2023-06-01',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const end = (status: number, contentType: string, ended: boolean) => {
      const whole = Buffer.concat(chunks);
      resolve({ status, contentType, raw: whole, body: whole, ended });
    };
    const request = http.request(`${url}/v1/messages?beta=true`, { method: 'POST', headers, agent }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {});
      response.on('close', () =>
        end(response.statusCode ?? 0, response.headers['content-type'] ?? '', response.complete),
      );
    });
    request.on('error', () => end(0, '', false));
    request.end(body);
  });
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
}

/** MB in use after a collection. */
function heapNow(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1e6;
}
