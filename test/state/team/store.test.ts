import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openSharedState } from '../../../src/state/shared-state.ts';
import type { Held, Server } from '../../../src/state/team/server.ts';
import { openTeamStore } from '../../../src/state/team/store.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** A server in memory, which can lose its answers. */
function memoryServer() {
  let held = { revision: '', text: '' };
  const server = {
    losesAnswers: 0,
    connections: 0,
    facts: () => JSON.parse(held.text) as { providers: Record<string, { days: { usd: number }[] }> },
    async connect(): Promise<Server> {
      server.connections += 1;
      const answer = (asked: string): Held => ({
        now: Date.now(),
        revision: held.revision,
        ...(asked !== held.revision && { text: held.text }),
      });
      return {
        read: async (_, revision) => answer(revision),
        async replace(_, revision, next) {
          if (revision !== held.revision) return answer(revision);
          held = next;
          if (server.losesAnswers > 0) {
            server.losesAnswers -= 1;
            throw new Error('the connection broke');
          }
          return { now: Date.now(), revision: held.revision };
        },
        tryToWrite: async () => {},
        describe: async () => ({ version: 'memory', ms: 0 }),
        close: () => void (server.connections -= 1),
      };
    },
  };
  return server;
}

function open(connect: () => Promise<Server>, file = join(temporaryFolder('ccmux-store-'), 'shared.json')) {
  const fail = (fault: unknown) => {
    throw fault;
  };
  const store = openTeamStore({ file, key: 'k', connect, now: Date.now, onStanding: () => {}, onDamage: fail });
  const state = openSharedState({ store, onFault: fail });
  onTestFinished(() => state.close());
  return { file, store, state };
}

it('counts a batch once whose answer was lost', async () => {
  const server = memoryServer();
  const { state } = open(server.connect);
  await state.load();
  state.watch();
  server.losesAnswers = 1;
  state.addSpend('gemini', 1);
  await state.kept();
  await vi.waitFor(() => expect(server.losesAnswers).toBe(0));
  state.addSpend('gemini', 2);
  await state.kept();
  const spent = () => server.facts().providers['gemini']?.days[0]?.usd;
  await vi.waitFor(() => expect(spent()).toBe(3), 10_000);
  expect(state.spentToday()).toBe(3);
});

it('sends what a killed session of this machine could not', async () => {
  const server = memoryServer();
  const killed = open(() => Promise.reject(new Error('away')));
  await killed.state.load();
  killed.state.addSpend('gemini', 4);
  await killed.state.kept();
  const next = open(server.connect, killed.file);
  await next.state.load();
  expect([next.state.spentToday(), server.facts().providers['gemini']?.days[0]?.usd]).toEqual([4, 4]);
});

it('leaves no connection behind that stands only after the end', async () => {
  const server = memoryServer();
  const gate = Promise.withResolvers<void>();
  const { state } = open(() => gate.promise.then(server.connect));
  const loading = state.load();
  const closing = state.close();
  gate.resolve();
  await Promise.all([loading, closing]);
  await vi.waitFor(() => expect(server.connections).toBe(0));
});

it('never writes over what another program, or a newer ccmux, keeps there', async () => {
  for (const text of ['"of another program"', '{"version":2}', '{"version":1,"savedAt":1,"providers":{}}']) {
    const replace = vi.fn<Server['replace']>();
    const { state, store } = open(async () => ({
      read: async () => ({ now: Date.now(), revision: 'x', text }),
      replace,
      tryToWrite: async () => {},
      describe: async () => ({ version: '', ms: 0 }),
      close: () => {},
    }));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await state.load();
    state.addSpend('gemini', 1);
    // oxlint-disable-next-line no-await-in-loop
    await state.kept();
    expect([replace.mock.calls.length, store.standing().state, state.spentToday()]).toEqual([0, 'away', 1]);
  }
});
