import { expect, test } from 'vitest';
import type { Compared } from '../../src/meaning/compared.ts';
import type { ClientRequest } from '../../src/proxy/request.ts';
import { createTypedTurns } from '../../src/proxy/typed-turns.ts';

const COMPARED: Compared = { by: 'words', least: 0.5, meant: undefined, sets: [] };

function turns({ rules = [{ when: {} }, { when: { prompt: ['log'] } }], compares = true } = {}) {
  const compared: string[] = [];
  const of = createTypedTurns({
    rules: () => rules,
    compare: compares ? async (prompt) => (compared.push(prompt), COMPARED) : undefined,
  });
  let read = 0;
  const ask = (requestClass: string, prompt: string | undefined, text: string, endpoint = 'messages') =>
    of({
      endpoint,
      asker: { requestClass, prompt },
      parsed: () => (read++, { messages: [{ role: 'user', content: text }] }),
    } as unknown as ClientRequest);
  return { ask, compared, read: () => read };
}

test('a prompt is read and compared once; its agents know what the user typed', async () => {
  const { ask, compared, read } = turns();
  expect(await ask('subagent', 'p1', 'find the file')).toEqual({});
  expect(await ask('main', 'p1', 'read the log')).toEqual({ compared: COMPARED });
  expect(await ask('main', 'p1', 'read the log')).toEqual({ compared: COMPARED });
  for (const agent of ['subagent', 'workflow'])
    expect(await ask(agent, 'p1', 'find the file')).toEqual({ typed: 'read the log', compared: COMPARED });
  expect(compared).toEqual(['read the log']);
  expect(read()).toBe(1);
});

test.each([
  ["the client's side request", 'auxiliary', 'p1', 'messages'],
  ['an agent of another turn', 'subagent', 'p2', 'messages'],
  ['an agent of a client that names no turns', 'subagent', undefined, 'messages'],
  ['counting tokens', 'main', 'p1', 'count_tokens'],
])('%s belongs to no turn of the user', async (_what, requestClass, prompt, endpoint) => {
  const { ask, compared } = turns();
  await ask('main', 'p1', 'read the log');
  expect(await ask(requestClass, prompt, 'a title', endpoint)).toEqual({});
  expect(compared).toEqual(['read the log']);
});

test('where the client names no turn, its requests belong together by the words', async () => {
  const { ask, compared } = turns();
  for (const text of ['read the log', 'read the log', 'go on']) await ask('main', undefined, text);
  expect(compared).toEqual(['read the log', 'go on']);
});

test('nothing is read while no rule speaks of a prompt', async () => {
  const { ask, read } = turns({ rules: [{ when: {} }], compares: false });
  expect(await ask('main', 'p1', 'read the log')).toEqual({});
  expect(read()).toBe(0);
});

test('what was typed long ago is forgotten', async () => {
  const { ask } = turns();
  for (let turn = 0; turn <= 50; turn++) await ask('main', `p${turn}`, `prompt ${turn}`);
  expect(await ask('subagent', 'p0', 'find the file')).toEqual({});
  expect(await ask('subagent', 'p1', 'find the file')).toEqual({ typed: 'prompt 1', compared: COMPARED });
});
