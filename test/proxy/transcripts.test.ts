import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { measure } from '../../src/codec/tokens.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { createTranscripts } from '../../src/proxy/transcripts.ts';

const read = (...bodies: string[]) => {
  const transcripts = createTranscripts();
  return bodies.map((body) => transcripts.read('main', inPieces(body)));
};

/** A text as a connection may bring it. */
function inPieces(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const half = bytes.length >> 1;
  return [bytes.subarray(0, 7), bytes.subarray(7, half), bytes.subarray(Math.max(7, half))];
}

/** What `JSON.parse` reads, as `Transcripts.read` promises it. */
function plainly(body: string): unknown {
  try {
    const whole = JSON.parse(body) as unknown;
    return typeof whole === 'object' && whole !== null ? whole : undefined;
  } catch {
    return undefined;
  }
}

test.each([
  [
    'a turn more',
    '{"model":"m","messages":[1,{"a":2}],"stream":true}',
    '{"model":"m","messages":[1,{"a":2},{"b":"3"}],"stream":true}',
  ],
  ['a first turn', '{"messages":[]}', '{"messages":[ [] ]}'],
  ['a turn less', '{"messages":[1,22,3],"x":1}', '{"messages":[1,2],"x":1}'],
  ['a number that grows', '{"messages":[1],"n":1}', '{"messages":[12],"n":12}'],
  ['a number that grows at its front', '{"messages":[2],"n":2}', '{"messages":[12],"n":12}'],
  ['a field that comes and one that goes', '{"a":1,"messages":[1],"b":2}', '{"messages":[1],"b":2,"c":3}'],
  ['another name for the same value', '{"a":"v","b":"v"}', '{"a":"v","c":"v"}'],
  ['a value that moves into the list', '{"messages":[1],"a":{"x":1}}', '{"messages":[1,{"x":1}]}'],
  ['a list that ends earlier', '{"messages":[1,2],"a":[3]}', '{"messages":[1],"a":[2,3]}'],
  ['brackets and quotes in a text', '{"messages":["}]\\\\","\\"]"]}', '{"messages":["}]\\\\","\\"]","{\\\\\\""]}'],
  ['a list with that name inside', '{"messages":[{"messages":[1]}]}', '{"messages":[{"messages":[1,2]}]}'],
  ['that name twice', '{"messages":[1],"messages":[2]}', '{"messages":[1],"x":0,"messages":[2]}'],
  ['a name twice', '{"a":1,"a":2}', '{"a":1,"a":2,"a":3}'],
  ['an escaped name', '{"mess\\u0061ges":[1]}', '{"mess\\u0061ges":[1,2]}'],
  ['a prototype', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2},"b":1}'],
  ['white space', ' {\n "messages" : [ 1 , 2 ] , "a" : 1 } ', ' {\n "messages" : [ 1 , 2 , 3\t] , "a" : 1 }\r\n'],
  ['texts beyond ASCII', '{"messages":["ä€😀"],"a":"é"}', '{"messages":["ä€😀","ö"],"a":"é"}'],
  ['no list', '{"messages":"text","a":1}', '{"messages":"texts","a":1}'],
  ['an object that becomes none', '{"a":1}', '[{"a":1}]'],
  ['one that breaks off', '{"messages":[1],"a":"b"}', '{"messages":[1],"a":"b'],
  ['a bracket that is wrong', '{"messages":[1],"a":[2]}', '{"messages":[1],"a":[2}}'],
  ['a comma too much', '{"messages":[1],"a":2}', '{"messages":[1,],"a":2}'],
  ['a comma too little', '{"messages":[1],"a":2}', '{"messages":[1]"a":2}'],
  ['nothing', '{"messages":[1]}', ''],
  ['what follows the end', '{"messages":[1]}', '{"messages":[1]} 2'],
])('%s is read as JSON.parse reads it', (_name, first, second) => {
  expect(read(first, second, first)).toEqual([plainly(first), plainly(second), plainly(first)]);
});

const value = fc.jsonValue({ maxDepth: 3 });
const requests = fc.array(
  fc.record(
    { messages: fc.array(value, { maxLength: 6 }), system: value, tools: value, stream: fc.boolean() },
    { requiredKeys: [] },
  ),
  { minLength: 2, maxLength: 6 },
);

/** A name with an escape at its end: after `{"a\\":1}`, V8's `JSON.parse` reads `{"a\"":1}` as that name too (Node 24.21). */
const V8_CONFUSES = /\\"\s*:/;

test('whatever follows whatever is read as JSON.parse reads it', () => {
  const steps = fc.tuple(
    requests,
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('"', '\\', ',', ']', '}', '1', ' ', 'ä'))),
  );
  fc.assert(
    fc.property(steps, ([bodies, edits]) => {
      const texts = bodies.map((body) => JSON.stringify(body));
      // Bodies that are damaged in one place, too.
      for (const [at, length, by] of edits) {
        const text = texts[at % texts.length]!;
        const from = at % (text.length + 1);
        texts.push(text.slice(0, from) + by + text.slice(from + length));
      }
      fc.pre(!texts.some((text) => V8_CONFUSES.test(text)));
      expect(read(...texts)).toEqual(texts.map(plainly));
    }),
    { numRuns: 300 },
  );
});

const SYSTEM = [{ type: 'text', text: 'rules '.repeat(2_000) }];
const TOOLS = [{ name: 'Read', description: 'Reads. '.repeat(2_000), input_schema: { type: 'object' } }];

/** A thread's n-th request as Claude Code writes it: the mark of its cache moves along, and a line of the system changes. */
function request(turn: number): MessagesRequest {
  const messages = Array.from({ length: 2 * turn + 1 }, (_, i) => ({
    role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: [
      {
        type: 'text',
        text: `${i} ${'words '.repeat(550)}`,
        ...(i === 2 * turn && { cache_control: { type: 'ephemeral' } }),
      },
    ],
  }));
  const billing = { type: 'text', text: `x-anthropic-billing-header: ${turn}` };
  return {
    model: 'claude-opus-5-5',
    messages,
    system: [billing, ...SYSTEM],
    tools: TOOLS,
    stream: true,
  } as MessagesRequest;
}

test('the n-th turn costs what it adds: a session of 300 turns and 2 MB is read about once', () => {
  const transcripts = createTranscripts();
  const costs: number[] = [];
  let last = 0;
  for (let turn = 0; turn < 300; turn++) {
    const body = Buffer.from(JSON.stringify(request(turn)));
    const before = transcripts.bytesRead();
    const parsed = transcripts.read('main', [body]) as MessagesRequest;
    costs.push(transcripts.bytesRead() - before);
    last = body.length;
    if (turn % 100 === 99) {
      expect(parsed).toEqual(JSON.parse(body.toString()));
      expect(measure(parsed)).toEqual(measure(JSON.parse(body.toString()) as MessagesRequest));
    }
  }
  expect(last).toBeGreaterThan(1_900_000);
  // Two new messages, the one whose mark went, and the system's text.
  const added = 3 * 3_400 + JSON.stringify(SYSTEM).length;
  for (const cost of costs.slice(1)) expect(cost).toBeLessThan(added + 1_000);
});

test('threads beside one another do not cost one another anything', () => {
  const transcripts = createTranscripts();
  const ask = (thread: string, turn: number) => {
    const before = transcripts.bytesRead();
    transcripts.read(thread, [Buffer.from(JSON.stringify(request(turn)))]);
    return transcripts.bytesRead() - before;
  };
  ask('main', 20);
  ask('agent', 10);
  expect(ask('main', 20)).toBe(0);
  expect(ask('agent', 10)).toBe(0);
  // The one that has been silent for longest is forgotten.
  for (let i = 0; i < 6; i++) ask(`agent ${i}`, 1);
  expect(ask('main', 20)).toBeGreaterThan(100_000);
});
