import type { ContentBlock } from '../anthropic.ts';

/** What a adapted host said with one tool call, by the id that the client knows the call by. */
export type AdaptedCall = {
  /** The host's own id: it may repeat (`call_1` in every answer) or use characters that Claude rejects. */
  hostId: string;
  /** Who made the call: what one model signed, another one of the same host cannot read. */
  model: string;
  /** Its thinking between the call before and this one: it wants that back, nobody else may see it. */
  thinking: ContentBlock[];
};

/** One host's calls. What is missing was made by somebody else, or too long ago. */
export type AdaptedCarry = {
  remember(toolUseId: string, call: AdaptedCall): void;
  recall(toolUseId: string): AdaptedCall | undefined;
  /** For calls whose thinking the host no longer takes for its own. */
  forgetThinking(toolUseIds: Iterable<string>): void;
};

/** @param most calls that are kept: a session of days must not grow without end. The longest unused goes first. */
export function createAdaptedCarry(most = 4_000): AdaptedCarry {
  const kept = new Map<string, AdaptedCall>();
  return {
    remember(id, call) {
      kept.set(id, call);
      if (kept.size > most) kept.delete(kept.keys().next().value!);
    },
    recall(id) {
      const call = kept.get(id);
      if (call === undefined) return undefined;
      kept.delete(id);
      kept.set(id, call);
      return call;
    },
    forgetThinking(ids) {
      for (const id of ids) {
        const call = kept.get(id);
        if (call) kept.set(id, { ...call, thinking: [] });
      }
    },
  };
}

/**
 * The ids of one request to the host: its own where it gave one, so that it reads what it wrote; the client's where it
 * did not, or where another call of the same request has that id already.
 */
export function createHostIds(memory: AdaptedCarry): (toolUseId: string) => string {
  const given = new Map<string, string>();
  const taken = new Set<string>();
  return (id) => {
    const known = given.get(id);
    if (known !== undefined) return known;
    const own = memory.recall(id)?.hostId || id;
    const chosen = taken.has(own) ? id : own;
    given.set(id, chosen);
    taken.add(chosen);
    return chosen;
  };
}
