import type { ProviderId } from '../events.ts';
import { keepNewest } from '../ground/newest.ts';

/** Which fallback proposed which call. */
export type Proposals = {
  /** Called before the answer's bytes leave, so that the client's hook never comes too early. */
  note(call: string, provider: ProviderId): void;
  proposerOf(call: string): ProviderId | undefined;
  /** These calls have their results. */
  settle(calls: readonly string[]): void;
  /** The providers with open proposals. */
  proposers(): Set<ProviderId>;
};

/** The most calls that are remembered; far more than an answer has. */
const REMEMBERED = 10_000;

export function createProposals(): Proposals {
  const open = new Map<string, ProviderId>();
  return {
    note(call, provider) {
      open.set(call, provider);
      keepNewest(open, REMEMBERED);
    },
    proposerOf: (call) => open.get(call),
    settle(calls) {
      for (const call of calls) open.delete(call);
    },
    proposers: () => new Set(open.values()),
  };
}
