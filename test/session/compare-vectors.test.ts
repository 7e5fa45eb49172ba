import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { EventBody } from '../../src/events.ts';
import { createCompare } from '../../src/session/meaning.ts';
import { STRANGERS } from '../../src/meaning/strangers.ts';

/**
 * Routes by an embedding that stands in for a real one: each word that it knows is a dimension of its own. How well a
 * real one finds routes is in `test/e2e/embedding.test.ts`.
 */

const LOGS = ['summarise this log', 'sum it up'];
const COMMITS = ['write a commit message'];
const ROUTES = [LOGS, COMMITS].map((like) => ({ when: { like }, order: ['gemini'] }));
/** What it takes for the same thing, whatever the words. */
const TOPICS = [/summar|sum it|recap/, /commit|describe the diff/, /log/];

const vectorOf = (text: string) => [...TOPICS.map((topic) => (topic.test(text) ? 1 : 0)), 0.3];

type Answer = (response: ServerResponse, input: string[]) => void;
const sound: Answer = (response, input) => {
  const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
  response.end(JSON.stringify({ data: data.toReversed() }));
};

async function session(first: Answer = sound) {
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
    routes: ROUTES,
    embedding: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, model: 'stand-in' },
    emit: (event) => void events.push(event),
    fault: (fault) => void faults.push(fault),
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

// oxfmt-ignore
it.each<[what: string, answer: Answer, told: object]>([
  ['an error', (response) => void response.writeHead(404).end('{"error":"no such model"}'), { why: 'status', status: 404 }],
  ['a redirect', (response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), { why: 'status', status: 307 }],
  ['no JSON', (response) => void response.end('<html>'), { why: 'unreadable' }],
  ['no vectors', (response) => void response.end('{"data":[{"embedding":["a"]}]}'), { why: 'unreadable' }],
  ['too few vectors', (response) => void response.end('{"data":[{"embedding":[1,2]}]}'), { why: 'unreadable' }],
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
  const { compare, state, events } = await session();
  await compare('a recap of the logs');
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
