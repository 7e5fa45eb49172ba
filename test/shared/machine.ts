import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSharedState } from '../../src/state/shared-state.ts';
import type { Held } from '../../src/state/team/server.ts';
import type { Standing } from '../../src/state/team/standing.ts';
import { openTeamStore } from '../../src/state/team/store.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import type { Redis } from './redis.ts';

/** The path of a machine's file. */
export function machine(): string {
  return join(temporaryFolder('ccmux-machine-'), 'shared.json');
}

/** The same server at another moment: its clock is so much ahead. */
export function later({ connect }: Pick<Redis, 'connect'>, ms: number): Pick<Redis, 'connect'> {
  const moved = (held: Held): Held => ({ ...held, now: held.now + ms });
  return {
    async connect() {
      const server = await connect();
      return {
        ...server,
        read: async (...question) => moved(await server.read(...question)),
        replace: async (...question) => moved(await server.replace(...question)),
      };
    },
  };
}

/** A session on the machine with this file. @param aheadMs of its clock. */
export async function session(redis: Pick<Redis, 'connect'>, file: string, aheadMs = 0) {
  const told: Standing[] = [];
  const now = () => Date.now() + aheadMs;
  const fail = (fault: unknown) => {
    throw fault;
  };
  const store = openTeamStore({
    file,
    key: 'ccmux:team',
    connect: redis.connect,
    now,
    onStanding: (standing) => told.push(standing),
    onDamage: fail,
  });
  const state = openSharedState({ store, now, onFault: fail });
  await state.load();
  state.watch();
  onTestFinished(() => state.close());
  return { store, state, told, now };
}

/** A cooldown by a limit. */
export const limited = (until: number) => ({
  until,
  failure: 'rate_limit' as const,
  reason: { kind: 'limit' as const, status: 429, window: '5h' },
  streak: 1,
});
