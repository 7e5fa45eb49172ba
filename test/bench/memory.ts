/** What it costs to remember a long conversation, and to write the note of it for the next model. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Message } from '../../src/codec/anthropic.ts';
import { defuse } from '../../src/memory/defuse.ts';
import { createHandOff } from '../../src/memory/hand-off.ts';
import { tokensOf } from '../../src/memory/tokens.ts';
import { createRedactor } from '../../src/state/redact.ts';
import { createSession, requestOf } from '../memory/sessions.ts';
import { median, quantile } from './client.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const GEMINI = { provider: 'gemini', why: () => ({ kind: 'limit', status: 429 }) as const, room: 100_000 };
const LINE = 'const total = settle(order, window);  // both at once\n';

/** Of some 500,000 tokens. `mixed`: a third of it was thought, the rest is what tools gave back. */
const CONVERSATIONS = {
  'all thinking': () => conversation(21, 0),
  mixed: () => conversation(7, 15),
};

export async function memory(print: (name: string, figures: number[], unit?: string) => void): Promise<void> {
  for (const [what, create] of Object.entries(CONVERSATIONS)) {
    const messages = create();
    const tokens = tokensOf(JSON.stringify(messages.map(({ content }) => content)));
    console.log(`\n${what}, ${Math.round(tokens / 1_000)},000 tokens${' '.repeat(20)}  wall, CPU ms`);
    // The first is what a process that has just begun does: its code is not compiled yet.
    resumed(messages, print);
    // What it has left is free then.
    await new Promise((resolve) => setImmediate(resolve));
    followed(messages, print);
  }
}

/** Nothing was read before. */
function resumed(messages: Message[], print: (name: string, figures: number[]) => void): void {
  const { memory } = remembering();
  print('note, just resumed', timed(() => memory.prepare('main', requestOf(messages, 'Go on.'), GEMINI)).figures);
}

/** Each request adds a step, and its words are read behind its answer. */
function followed(messages: Message[], print: (name: string, figures: number[], unit?: string) => void): void {
  collect();
  const before = usedMb();
  const { memory, work } = remembering();
  const requests: number[] = [];
  const pieces: number[] = [];
  for (let count = 1; count <= messages.length; count += 2) {
    const request = requestOf(messages.slice(0, count));
    requests.push(timed(() => memory.observe('main', request, 'claude')).figures[0]);
    for (;;) {
      const { figures, result: isMore } = timed(work);
      pieces.push(figures[0]);
      if (!isMore) break;
    }
  }
  collect();
  const after = usedMb();
  print('a request observed, median, p99', [median(requests), quantile(requests, 0.99)]);
  print('a piece read behind it, median, p99', [median(pieces), quantile(pieces, 0.99)]);
  print('note', timed(() => memory.prepare('main', requestOf(messages, 'Go on.'), GEMINI)).figures);
  print('memory, beside the conversation itself', [after - before], 'MB');
}

function remembering() {
  let piece = () => false;
  const redact = createRedactor([]);
  const memory = createHandOff({
    settings: () => ({ mode: 'session', tokens: 2_500, reasoning: true }),
    own: 'claude',
    label: (id) => id,
    clean: (text) => defuse(redact(text)),
    why: () => '429',
    idle: { run: async (work) => void (piece = work), now: () => performance.now() },
  });
  return { memory, work: () => piece() };
}

/** `figures`: milliseconds, by the clock, and of the processor, for this thread. */
function timed<T>(work: () => T): { figures: [number, number]; result: T } {
  const cpu = process.threadCpuUsage();
  const startedAt = performance.now();
  const result = work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.threadCpuUsage(cpu);
  return { figures: [ms, (user + system) / 1_000], result };
}

function usedMb(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function conversation(thinking: number, lines: number): Message[] {
  const options = {
    seed: 5,
    turns: 20,
    stepsPerTurn: 50,
    facts: 20,
    wording: 'stated',
    vocabulary: 'words among prose',
  };
  const { messages } = createSession({ ...options, thinking });
  if (lines === 0) return messages;
  const longer = (message: Message): Message => {
    if (typeof message.content === 'string') return message;
    return {
      ...message,
      content: message.content.map((block) =>
        block.type === 'tool_result' ? { ...block, content: LINE.repeat(lines) } : block,
      ),
    };
  };
  return messages.map(longer);
}
