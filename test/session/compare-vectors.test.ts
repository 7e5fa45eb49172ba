import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { EventBody } from '../../src/events.ts';
import { createEmbed } from '../../src/session/embedding.ts';
import { createCompare } from '../../src/session/meaning.ts';
import { STRANGERS } from '../../src/meaning/strangers.ts';

/**
 * Routes by an embedding that stands in for a real one: each word that it knows is a dimension of its own. How well a
 * real one finds routes is in `test/e2e/embedding.test.ts`.
 */

const LOGS = ['summarise this log', 'sum it up'];
const COMMITS = ['write a commit message'];
/** What it takes for the same thing, whatever the words. */
const TOPICS = [/summar|sum it|recap/, /commit|describe the diff/, /log/];

const vectorOf = (text: string) => [...TOPICS.map((topic) => (topic.test(text) ? 1 : 0)), 0.3];

type Answer = (response: ServerResponse, input: string[]) => void;
const sound: Answer = (response, input) => {
  const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
  response.end(JSON.stringify({ data: data.toReversed() }));
};

/** @param mostWaitedMs longer than any answer takes on a busy machine, where the wait is not what is tested. */
async function session(first: Answer = sound, examples = LOGS, mostWaitedMs = 15_000) {
  const state = { answer: first, asked: [] as string[][], paths: [] as string[] };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { input } = JSON.parse(body) as { input: string[] };
    state.paths.push(request.url!);
    state.asked.push(input);
    state.answer(response, input);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const events: EventBody[] = [];
  const faults: unknown[] = [];
  const compare = createCompare({
    routes: [examples, COMMITS].map((like) => ({ when: { like }, order: ['gemini'] })),
    embedding: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, model: 'stand-in' },
    emit: (event) => void events.push(event),
    fault: (fault) => void faults.push(fault),
    mostWaitedMs,
  })!;
  return { compare, state, events, faults, stop: () => void (server.closeAllConnections(), server.close()) };
}

it('finds by meaning what no word tells, and asks for the vectors of the examples once', async () => {
  const { compare, state, events } = await session();
  const found = await compare('a recap of the logs, please');
  expect(found).toMatchObject({ by: 'embedding', meant: 0 });
  expect(await compare('describe the diff')).toMatchObject({ by: 'embedding', meant: 1 });
  expect(await compare('why is it slow')).toMatchObject({ by: 'embedding', meant: undefined });
  expect(state.asked.map(({ length }) => length)).toEqual([3 + STRANGERS.length, 1, 1, 1]);
  expect(new Set(state.paths)).toEqual(new Set(['/v1/embeddings']));
  expect(events).toEqual([]);
});

it('sends what was typed, not what was pasted', async () => {
  const { compare, state } = await session();
  await compare('a recap, please\n```\nsecret code\n```\n    at com.acme.Pool');
  expect(state.asked.at(-1)).toEqual(['a recap, please']);
});

it.each(['', '  ', '```\ncode alone\n```', '`npm test`'])(
  'asks nothing about a prompt without words: %j',
  async (prompt) => {
    const { compare, state, events } = await session();
    await compare('a recap of the logs');
    expect(await compare(prompt)).toMatchObject({ by: 'words', meant: undefined });
    expect(state.asked).toHaveLength(2);
    expect(events).toEqual([]);
  },
);

it('sends an example that is nothing but a quotation as it is: servers refuse an empty text, and with it all', async () => {
  const { state, compare } = await session(sound, ['"npm test"', '`recap`']);
  await compare('a recap of the logs');
  expect(state.asked[0]!.slice(0, 2)).toEqual(['"npm test"', '`recap`']);
});

it('waits for a whole answer as long as for its beginning', async () => {
  const server = createServer((_, response) => {
    const drip = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  await expect(createEmbed({ url, model: 'm' }, 100)(['x'])).rejects.toMatchObject({ why: 'unreachable' });
});

// oxfmt-ignore
it.each<[what: string, answer: Answer, told: object]>([
  ['an error', (response) => void response.writeHead(404).end('{"error":"no such model"}'), { why: 'status', status: 404 }],
  ['a redirect', (response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), { why: 'status', status: 307 }],
  ['no JSON', (response) => void response.end('<html>'), { why: 'unreadable' }],
  ['no vectors', (response) => void response.end('{"data":[{"embedding":["a"]}]}'), { why: 'unreadable' }],
  ['too few vectors', (response) => void response.end('{"data":[{"embedding":[1,2]}]}'), { why: 'unreadable' }],
  ...(['[]', '[0,0,0,0]', '[1e999,1,1,1]', '[1e200,1e200,1,1]'].map((vector): [string, Answer, object] => {
    const answer: Answer = (response, input) => void response.end(`{"data":[${input.map(() => `{"embedding":${vector}}`).join()}]}`);
    return [`vectors ${vector}`, answer, { why: 'unreadable' }];
  })),
  ['a broken connection', (response) => void response.destroy(), { why: 'unreachable' }],
])('lets words decide after %s, says so once, and tries again with the next prompt', async (_what, answer, told) => {
  const { compare, state, events, faults } = await session(answer);
  expect(await compare('summarise the log')).toMatchObject({ by: 'words', meant: 0 });
  expect(await compare('a recap of the logs')).toMatchObject({ by: 'words' });
  expect(events).toEqual([expect.objectContaining({ type: 'embedding-fail', model: 'stand-in', ...told })]);
  state.answer = sound;
  expect(await compare('a recap of the logs')).toMatchObject({ by: 'embedding', meant: 0 });
  expect(faults).toEqual([]);
});

it('lets words decide where nobody listens', async () => {
  const { compare, events, stop } = await session();
  stop();
  expect(await compare('summarise the log')).toMatchObject({ by: 'words', meant: 0 });
  expect(events).toMatchObject([{ type: 'embedding-fail', why: 'unreachable' }]);
});

it('waits for no more than a moment, and for no earlier question', async () => {
  const { compare, state, events } = await session(sound, LOGS, 250);
  await expect.poll(() => compare('a recap of the logs')).toMatchObject({ by: 'embedding' });
  // On a busy machine the first one may have been too slow already, and that is told once.
  let late: (() => void) | undefined;
  state.answer = (response, input) => void (late = () => sound(response, input));
  const began = performance.now();
  expect(await compare('summarise the log')).toMatchObject({ by: 'words', meant: 0 });
  expect(await compare('summarise the log')).toMatchObject({ by: 'words', meant: 0 });
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(events).toMatchObject([{ type: 'embedding-fail', why: 'slow' }]);
  state.answer = sound;
  late!();
  await expect.poll(() => compare('a recap of the logs')).toMatchObject({ by: 'embedding', meant: 0 });
  expect(events).toHaveLength(1);
});

it('takes vectors of another length for none', async () => {
  const { compare, state } = await session();
  await compare('a recap of the logs');
  state.answer = (response) => void response.end('{"data":[{"embedding":[1,2]}]}');
  expect(await compare('summarise the log')).toMatchObject({ by: 'words', meant: 0 });
});

it('is not there where no route has examples', () => {
  const input = { routes: [{ when: {}, order: ['gemini'] }], emit() {}, fault() {} };
  expect(createCompare(input)).toBeUndefined();
});
