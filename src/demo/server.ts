import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cut, cutOnPurpose, deliver } from './deliver.ts';
import type { AnswerStep, Facts, Script, SimulatedRequest, Step } from './script.ts';

/** An HTTP answer that needs no script: a rejection, a list of models, a token count. */
export type Direct = { status: number; body?: unknown; headers?: Record<string, string> };

/** An answer in a wire's own words. `frames` are a stream's events; content starts with the frame `contentAt`. */
export type Encoded = { frames: string[]; contentAt: number; whole: unknown; headers?: Record<string, string> };

/** The part of a simulator that depends on the wire. */
export type WireSimulator = {
  /** What the request asks, or a direct answer for everything that is not a conversation. */
  read(request: SimulatedRequest): Facts | Direct;
  /** The provider's own 4xx for a malformed request, undefined when it is well formed. */
  check(request: SimulatedRequest): Direct | undefined;
  encode(step: AnswerStep, request: SimulatedRequest): Encoded;
  /** An error object as it appears inside a stream. */
  streamError(error: unknown): string;
  /** Headers of every answer, errors included. */
  headers?(request: SimulatedRequest): Record<string, string>;
};

export type Rejection = { request: SimulatedRequest; status: number; body: unknown };

export type Simulator = {
  /** `http://127.0.0.1:<port>`, without a path. */
  url: string;
  /** Everything received, in order, health checks and side requests included. */
  requests: SimulatedRequest[];
  /** The requests that asked for an answer in the conversation: no probes, no counts, no titles. */
  asked(): SimulatedRequest[];
  /** The simulator's own 4xx; a well-behaved client leaves this empty. */
  rejections: Rejection[];
  /** Requests whose client hung up before the answer was complete. */
  aborts: SimulatedRequest[];
  /** May be replaced at any time. A list is consumed from its front: what is left has not happened. */
  script: Script;
  close(): Promise<void>;
};

const NO_FACTS: Facts = {
  model: '',
  stream: false,
  side: true,
  userText: '',
  turn: 0,
  toolResults: [],
  stepInTurn: 0,
  toolNames: [],
};

/** Serves one wire on a free loopback port. */
export async function startSimulator(wire: WireSimulator, script: Script = []): Promise<Simulator> {
  const simulator: Simulator = {
    url: '',
    requests: [],
    asked: () => simulator.requests.filter((request) => !request.facts.side),
    rejections: [],
    aborts: [],
    script,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(incoming);
    simulator.requests.push(request);
    let complete = false;
    response.on('finish', () => (complete = true));
    response.on('close', () => {
      if (!complete && !cutOnPurpose.has(response)) simulator.aborts.push(request);
    });
    const facts = wire.read(request);
    const headers = wire.headers?.(request) ?? {};
    if ('status' in facts) {
      if (facts.status >= 400) simulator.rejections.push({ request, status: facts.status, body: facts.body });
      sendDirect(response, facts, headers);
      return;
    }
    request.facts = facts;
    const rejection = wire.check(request);
    if (rejection) {
      simulator.rejections.push({ request, status: rejection.status, body: rejection.body });
      sendDirect(response, rejection, headers);
      return;
    }
    await perform(wire, nextStep(simulator, request), request, response, headers);
  }

  const server = createServer((incoming, response) => {
    respond(incoming, response).catch((fault: unknown) => {
      // A client that hangs up causes a write error here; any other error is a fault of the simulator and is shown.
      if (response.destroyed) return;
      simulator.rejections.push({ request: simulator.requests.at(-1)!, status: 500, body: String(fault) });
      sendDirect(response, { status: 500, body: { error: { message: String(fault) } } }, {});
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  simulator.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return simulator;
}

async function receive(incoming: IncomingMessage): Promise<SimulatedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    json = undefined;
  }
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    rawHeaders: incoming.rawHeaders,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body,
    json,
    at: Date.now(),
    facts: NO_FACTS,
  };
}

function sendDirect(response: ServerResponse, direct: Direct, headers: Record<string, string>): void {
  const text = typeof direct.body === 'string' ? direct.body : JSON.stringify(direct.body);
  response.writeHead(direct.status, { ...headers, 'content-type': 'application/json', ...direct.headers });
  response.end(text);
}

function nextStep(simulator: Simulator, request: SimulatedRequest): Step {
  if (typeof simulator.script === 'function') return simulator.script(request) ?? { type: 'answer', text: 'Done.' };
  if (request.facts.side) return { type: 'answer', text: 'ok' };
  const step = simulator.script.shift();
  if (!step) throw new Error(`the script is over, but another request came: ${request.facts.userText.slice(0, 80)}`);
  return step;
}

async function perform(
  wire: WireSimulator,
  step: Step,
  request: SimulatedRequest,
  response: ServerResponse,
  headers: Record<string, string>,
): Promise<void> {
  switch (step.type) {
    case 'hang':
      return;
    case 'refuse':
      cut(response);
      return;
    case 'error':
      if (step.delayMs) await sleep(step.delayMs);
      sendDirect(response, step, headers);
      return;
    case 'raw':
      await deliver(response, step.chunks, step, {
        status: step.status ?? 200,
        headers: { ...headers, 'content-type': step.contentType ?? 'text/event-stream', ...step.headers },
        accepts: request.headers['accept-encoding'] ?? '',
      });
      return;
    default:
      await answerWith(wire, step, request, response, headers);
  }
}

async function answerWith(
  wire: WireSimulator,
  step: Extract<Step, { type: 'answer' | 'stream-error' | 'cut' | 'end-early' | 'silence' }>,
  request: SimulatedRequest,
  response: ServerResponse,
  wireHeaders: Record<string, string>,
): Promise<void> {
  const given: AnswerStep =
    step.type === 'answer'
      ? step
      : (step.answer ?? { type: 'answer', text: 'The first half of an answer that never ends.' });
  const encoded = wire.encode(given, request);
  const headers = { ...wireHeaders, ...encoded.headers, ...given.headers };
  const accepts = request.headers['accept-encoding'] ?? '';
  if (given.delayMs) await sleep(given.delayMs);

  if (!request.facts.stream) {
    if (step.type === 'cut') return cut(response);
    if (step.type === 'silence') await sleep(step.ms);
    const chunks = [JSON.stringify(encoded.whole)];
    await deliver(response, chunks, given, {
      status: 200,
      headers: { ...headers, 'content-type': 'application/json' },
      accepts,
    });
    return;
  }
  const frames = chosenFrames(step, encoded);
  if (step.type === 'stream-error') frames.push(wire.streamError(step.error));
  await deliver(response, frames, given, {
    status: 200,
    headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    accepts,
    ...(step.type === 'silence' && { silenceMs: step.ms }),
    ...(step.type === 'cut' && { cutAtEnd: true }),
  });
}

function chosenFrames(step: Step, encoded: Encoded): string[] {
  if (step.type === 'end-early') return encoded.frames.slice(0, -1);
  if (step.type !== 'cut' && step.type !== 'stream-error') return [...encoded.frames];
  const middle = encoded.contentAt + Math.max(1, Math.floor((encoded.frames.length - encoded.contentAt) / 2));
  return encoded.frames.slice(0, step.afterContent ? middle : encoded.contentAt);
}
