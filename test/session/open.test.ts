import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { folders } from '../../src/config/paths.ts';
import { startServer } from '../../src/proxy/server.ts';
import type { SessionInput } from '../../src/session/input.ts';
import { openSession, type Session } from '../../src/session/open.ts';
import { listRunning } from '../../src/state/running.ts';
import { scratch } from '../config/scratch.ts';

/** A session behind its server, as a launch opens it, with a Claude that answers at once. */
async function aSession(settings = 'order: [claude]', room = scratch(), change: Partial<SessionInput> = {}) {
  room.user(settings);
  let asked = 0;
  const claude = createServer((request, response) => {
    asked += Number(request.method === 'POST');
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{"type":"message"}'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => claude.once('listening', resolve));
  const upstream = `http://127.0.0.1:${(claude.address() as AddressInfo).port}`;
  let session: Session | undefined;
  const server = await startServer({
    exchange: (...request) => session!.exchange(...request),
    control: (...request) => session!.control(...request),
    relay: (...request) => session!.relay(...request),
    greet: (...request) => session!.greet(...request),
    onFault: (fault) => session!.fault('proxy', fault),
  });
  onTestFinished(async () => {
    await server.close();
    claude.close();
  });
  const { config } = await loadConfig({ env: room.env, cwd: room.project });
  const places = folders(room.env);
  const input: SessionInput = {
    config,
    env: room.env,
    cwd: room.project,
    url: server.url,
    address: { current: () => upstream, for: () => upstream },
    identity: { kind: 'untouched', variables: {}, withheld: new Set() },
    allowRules: () => [],
    statusLine: () => '',
    fallbackModels: [],
    places,
    noticeMode: 'stderr',
    watched: { files: [], load: async () => config },
    unanswered: [],
  };
  session = openSession(Object.defineProperties(input, Object.getOwnPropertyDescriptors(change)));
  const ask = () =>
    fetch(`${server.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': 'sk-ant-x',
        'x-claude-code-session-id': 'x',
        'x-claude-code-request-class': 'main',
      },
      body: JSON.stringify({ model: 'claude-opus-4-1', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }),
    });
  return { session, ask, asked: () => asked, places, url: server.url };
}

function eventsIn(folder: string): { type: string }[] {
  const journal = readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '';
  const lines = readFileSync(join(folder, journal), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as { type: string });
}

test('a request that comes before all of the session is loaded waits for the rest', async () => {
  const { session, ask, asked, places, url } = await aSession();
  const answer = ask();
  const status = fetch(`${url}/ccmux/status`);
  // The port is there, and says so.
  expect((await fetch(`${url}/api/hello`, { method: 'HEAD' })).status).toBe(200);
  expect(asked()).toBe(0);
  session.launched(process.pid);
  expect(await (await answer).json()).toEqual({ type: 'message' });
  expect((await status).status).toBe(200);
  await session.end({ exitCode: 0 });

  const events = eventsIn(places.sessions).map(({ type }) => type);
  expect(events).toEqual(expect.arrayContaining(['session-start', 'exchange-start', 'exchange-end', 'session-end']));
  expect(events[0]).toBe('session-start');
});

test('others find it before the launch, and until its end', async () => {
  const { session, places } = await aSession();
  expect(listRunning(places.state)).toHaveLength(1);
  session.launched(process.pid);
  await session.end({ exitCode: 0 });
  expect(listRunning(places.state)).toEqual([]);
});

const PAID = `order: [claude, own]
providers: { own: { kind: openai-compatible, baseUrl: 'https://models.example/v1', apiKey: x, models: { default: m }, contextWindow: 9000 } }
`;

test.each([
  ['a price that nobody knows, under a cap', `${PAID}budget: { perSession: 1 }`, ['own']],
  ['the same without a cap', PAID, []],
  ['the same without failover', `${PAID}budget: { perDay: 1 }\nfailover: { enabled: false }`, []],
  ['a cap without anybody who charges', 'order: [claude]\nbudget: { perDay: 1 }', []],
])('before the launch it says: %s', async (_, settings, about) => {
  const { session } = await aSession(settings);
  const notes = await session.moneyNotes();
  expect(notes).toEqual(about.map((id) => expect.stringContaining(id)));
});

test('before the launch it says that its folder cannot be written', async () => {
  const room = scratch();
  writeFileSync(room.env.XDG_STATE_HOME, '');
  const { session, ask } = await aSession(undefined, room);
  expect(session.problem).toContain('a file stands where a folder should be');
  session.launched(process.pid);
  expect((await ask()).status).toBe(200);
  await session.end({ exitCode: 0 });
});

test('where the rest of the session fails, the client has what it would have without ccmux', async () => {
  const { session, ask, asked, places } = await aSession(undefined, undefined, {
    get allowRules(): never {
      throw new Error('boom');
    },
  });
  const early = ask();
  session.launched(process.pid);
  expect(await (await early).json()).toEqual({ type: 'message' });
  expect(await (await ask()).json()).toEqual({ type: 'message' });
  expect(asked()).toBe(2);
  await expect.poll(() => listRunning(places.state)).toEqual([]);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => told.mockRestore());
  await session.end({ exitCode: 0 });
  expect(told.mock.calls.flat().join('')).toContain('without failover');
  expect(eventsIn(places.sessions).map(({ type }) => type)).toEqual(['session-start', 'fault', 'session-end']);
});
