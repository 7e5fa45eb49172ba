import type { ProviderId } from '../events.ts';

/** Which fallback proposed which call: what an answer by anybody but Claude asks the client to do. */
export type Proposals = {
  /** Called before the answer's bytes leave, so that a hook of the client's never comes too early. */
  note(call: string, provider: ProviderId): void;
  proposerOf(call: string): ProviderId | undefined;
  /** These calls have their results, whatever became of them. */
  settle(calls: readonly string[]): void;
  /** Who has proposed what is not settled yet. */
  proposers(): Set<ProviderId>;
};

/** Calls that are remembered; far more than any answer has. */
const REMEMBERED = 10_000;

export function createProposals(): Proposals {
  const open = new Map<string, ProviderId>();
  return {
    note(call, provider) {
      open.set(call, provider);
      if (open.size > REMEMBERED) open.delete(open.keys().next().value!);
    },
    proposerOf: (call) => open.get(call),
    settle(calls) {
      for (const call of calls) open.delete(call);
    },
    proposers: () => new Set(open.values()),
  };
}
