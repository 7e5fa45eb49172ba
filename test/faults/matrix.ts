import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { createMemory } from '../../src/codec/carry.ts';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import { OPENAI_KEY, startOpenaiResponses } from '../simulators/openai-responses.ts';
import type { Script } from '../../src/demo/script.ts';
import type { Simulator } from '../../src/demo/server.ts';
import type { Limits } from '../../src/failover/situation.ts';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { buildProviders } from '../../src/providers/build.ts';
import { createClaudeSend } from '../../src/providers/claude.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { assembleProxy, CONFIG } from '../helpers/proxy.ts';
import { FAULTS, type Fault } from './faults.ts';
import { startLine, type Behaviour, type Line } from './line.ts';
import { judge, type Got, type Verdict } from './verdict.ts';
import { WIRES, type Wire } from './wires.ts';

export type Cell = { fault: Fault; wire: Wire; mode: 'stream' | 'whole'; next: 'ready' | 'alone' };

export type Outcome = {
  cell: Cell;
  /** Who answered, or what came in place of an answer. `untouched`: what plain `claude` would have got from Claude. */
  got: 'itself' | 'next' | 'error' | 'error event' | 'untouched' | 'broken';
  /** What is wrong with it; undefined: the cell holds. */
  why: string | undefined;
  ms: number;
};

/** Every fault at every point, over every wire, in both modes, with somebody else ready and without. */
export function cellsOf(faults: readonly Fault[] = FAULTS): Cell[] {
  return faults.flatMap((fault) =>
    WIRES.flatMap((wire) =>
      (['stream', 'whole'] as const).flatMap((mode) =>
        (['ready', 'alone'] as const).map((next): Cell => ({ fault, wire, mode, next })),
      ),
    ),
  );
}

/** Runs cells, several at once. */
export async function runAll(matrix: Matrix, cells: readonly Cell[], atOnce: number): Promise<Outcome[]> {
  const done: Outcome[] = [];
  const waiting = cells.values();
  const work = async () => {
    for (const cell of waiting) done.push(await matrix.run(cell));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
}

export function nameOf({ fault, wire, mode, next }: Cell): string {
  return `${wire} · ${fault.name} · ${fault.point} · ${mode} · ${next}`;
}

/** Milliseconds: the faulty host is silent for longer than any of them. */
const LIMITS: Limits = {
  connect: 1_500,
  firstByte: 1_500,
  silence: 1_500,
  firstContent: 2_000,
  whole: 2_000,
  afterContent: 1_500,
};
const PATIENCE_MS = 3_000;
/** So many times as long for a cell's second try. */
const BUSY = 8;
const EXPECTED = 'should have answered';
/** No cell takes as long on the slowest machine: what does is stuck. */
const STUCK_MS = 20_000;

const NO_FAULT: Fault = {
  name: 'nothing',
  point: 'nowhere',
  behave(call) {
    call.head(call.good.status, call.good.headers);
    call.chunk(call.good.body);
    call.end();
  },
};

const MARK = 'Written by';
const textOf = (wire: Wire) => `${MARK} ${wire}, and nobody else. `.repeat(12).trim();

export type Matrix = {
  run(cell: Cell): Promise<Outcome>;
  /** What a host refused as malformed: nothing, if ccmux asks well. */
  rejections(): string[];
  close(): Promise<void>;
};

/** The hosts of all wires, and the bad line in front of them. */
export async function openMatrix(): Promise<Matrix> {
  const script = (wire: Wire): Script => {
    return () => ({ type: 'answer', text: textOf(wire) });
  };
  const simulators: Record<Wire, Simulator> = {
    claude: await startAnthropic({ script: script('claude') }),
    relay: await startAnthropic({ script: script('relay'), dialect: 'compatible' }),
    gemini: await startGemini({ script: script('gemini') }),
    chat: await startOpenaiChat({ script: script('chat') }),
    openai: await startOpenaiResponses({ script: script('openai') }),
  };
  const all = Object.values(simulators);
  const hosts = Object.fromEntries(WIRES.map((wire) => [wire, simulators[wire].url])) as Record<Wire, string>;
  const line = await startLine(hosts, MARK, PATIENCE_MS);
  let cells = 0;
  // What is loaded with the first request of each wire must not count against the limits.
  for (const wire of WIRES)
    await runCell({ fault: NO_FAULT, wire, mode: 'stream', next: 'ready' }, 'warm', line, hosts);
  return {
    async run(cell) {
      const first = await runCell(cell, `c${++cells}`, line, hosts);
      // On a busy machine a good host, too, may take longer than the limits allow.
      return first.why?.endsWith(EXPECTED) ? runCell(cell, `c${++cells}`, line, hosts, BUSY) : first;
    },
    rejections: () =>
      all.flatMap((one) => one.rejections.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)),
    async close() {
      await line.close();
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

async function runCell(cell: Cell, id: string, line: Line, hosts: Record<Wire, string>, times = 1): Promise<Outcome> {
  const limits = Object.fromEntries(Object.entries(LIMITS).map(([name, ms]) => [name, ms * times])) as Limits;
  const { wire, fault, mode } = cell;
  const next: Wire = wire === 'gemini' ? 'chat' : 'gemini';
  const order = [...new Set<Wire>(['claude', wire, ...(cell.next === 'ready' ? [next] : [])])];
  if (wire !== 'claude') line.behave(id, 'claude', limited);
  line.behave(id, wire, fault.behave);
  const at = (each: Wire) => (each === 'claude' || each === wire ? `${line.url}/${id}/${each}` : hosts[each]);

  const upstream = createUpstream({});
  const providers = buildProviders({
    config: { ...CONFIG, order, providers: settingsOf(at) },
    env: { GEMINI_API_KEY: GEMINI_KEY, OPENAI_API_KEY: OPENAI_KEY },
    claudeUpstream: at('claude'),
    dependencies: {
      upstream,
      memory: createMemory(),
      claudeSend: createClaudeSend(() => at('claude'), upstream),
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  const proxy = await assembleProxy(providers, { config: { limits: { claude: limits, others: limits } } });
  const startedAt = performance.now();
  try {
    const got = await askAs(mode, proxy.url);
    const verdict = judge(got, mode === 'stream');
    const sent = line.sent(id, wire);
    const faults = proxy.of('fault').map(({ message }) => message);
    return { cell, ...weigh(cell, next, got, verdict, sent, faults), ms: performance.now() - startedAt };
  } finally {
    await proxy.close();
    upstream.close();
    line.forget(id);
  }
}

const limited: Behaviour = (call) => {
  const { status, headers = {}, body } = claudeLimit(Date.now() + 3_600_000);
  call.head(status, [
    ...Object.entries(headers),
    ['content-type', 'application/json'],
    ['transfer-encoding', 'chunked'],
  ]);
  call.chunk(JSON.stringify(body));
  call.end();
};

function settingsOf(at: (wire: Wire) => string) {
  const own = { contextWindow: 400_000, maxOutput: 65_536 };
  return {
    gemini: { baseUrl: `${at('gemini')}/v1beta` },
    openai: { baseUrl: `${at('openai')}/v1` },
    chat: {
      kind: 'openai-compatible' as const,
      baseUrl: `${at('chat')}/v1`,
      apiKey: OPENAI_KEY,
      models: { default: 'chat-large' },
      ...own,
    },
    relay: {
      kind: 'anthropic' as const,
      baseUrl: at('relay'),
      apiKey: 'sk-ant-of-the-relay',
      models: { default: 'claude-compatible' },
      ...own,
    },
  };
}

/** Sets what the client got beside what it should have got. */
function weigh(
  { fault, wire, next: readiness }: Cell,
  next: Wire,
  got: Got,
  verdict: Verdict,
  sent: Buffer,
  faults: string[],
): Pick<Outcome, 'got' | 'why'> {
  const trouble = faults[0] === undefined ? undefined : `a fault of ccmux's own: ${faults[0]}`;
  const said = WIRES.filter((each) => got.body.includes(`${MARK} ${each}`));
  if (said.length > 1) return { got: 'broken', why: `two answers in one: ${said.join(', ')}` };
  const wanted = fault.expects === 'next' && readiness === 'ready' ? 'next' : fault.expects;
  const otherwise = (is: Outcome['got']) =>
    trouble ??
    (wanted === undefined || wanted === is || (wanted === 'next' && readiness === 'alone')
      ? undefined
      : `${wanted} ${EXPECTED}`);
  if (verdict.kind === 'answer') {
    const by = verdict.text.includes(textOf(next)) && said[0] === next ? 'next' : 'itself';
    if (by === 'itself' && !fault.alters && verdict.text !== textOf(wire))
      return { got: 'broken', why: `half an answer that passes for a whole one: ${verdict.text.slice(-40)}` };
    return { got: by, why: otherwise(by) };
  }
  if (verdict.kind === 'error') {
    const is = verdict.inside ? 'error event' : 'error';
    return { got: is, why: otherwise(is) };
  }
  // Claude's own bytes are passed on as they come, for better or worse.
  const untouched = got.raw.equals(sent.subarray(0, got.raw.length)) && (got.status > 0 || sent.length === 0);
  if (wire === 'claude' && untouched) return { got: 'untouched', why: otherwise('untouched') };
  return { got: 'broken', why: verdict.why };
}

const TOOL = { name: 'Read', description: 'Reads a file', input_schema: { type: 'object', properties: {} } };

function askAs(mode: Cell['mode'], url: string): Promise<Got> {
  const body = JSON.stringify({
    model: 'claude-opus-5-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: 'hello' }],
    tools: [TOOL],
    stream: mode === 'stream',
  });
  const headers = {
    'content-type': 'application/json',
    'accept-encoding': 'gzip',
    'x-api-key': 'sk-ant-api03-of-the-client',
    'x-claude-code-session-id': 'session-of-the-matrix',
    'anthropic-version': '2023-06-01',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let contentType = '';
    let encoding: string | undefined;
    const end = (ended: boolean) => {
      clearTimeout(timer);
      const raw = Buffer.concat(chunks);
      const body = decode(raw, encoding);
      resolve({ status, contentType, raw, body: body ?? raw, ended: ended && body !== undefined });
    };
    const request = http.request(
      `${url}/v1/messages?beta=true`,
      { method: 'POST', headers, agent: false },
      (answer) => {
        status = answer.statusCode ?? 0;
        contentType = answer.headers['content-type'] ?? '';
        encoding = answer.headers['content-encoding'];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', () => {});
        answer.on('close', () => end(answer.complete));
      },
    );
    const timer = setTimeout(() => request.destroy(), STUCK_MS);
    request.on('error', () => end(false));
    request.end(body);
  });
}

/** @returns undefined for bytes that a client cannot read. */
function decode(bytes: Buffer, encoding: string | undefined): Buffer | undefined {
  if (encoding === undefined) return bytes;
  try {
    return encoding === 'gzip' ? gunzipSync(bytes) : undefined;
  } catch {
    return undefined;
  }
}
