import { keepNewest } from '../../ground/newest.ts';
import type { ContentBlock } from '../anthropic.ts';

/** What an adapted host said with one tool call, keyed by the client's id of the call. */
export type AdaptedCall = {
  /** The host's own id, which may repeat (`call_1` in every answer) or use characters that Claude rejects. */
  hostId: string;
  /** The model that made the call: another model of the same host cannot read its signature. */
  model: string;
  /** Its thinking between the previous call and this one, which only this model gets back. */
  thinking: ContentBlock[];
};

/** One host's calls. A missing call was made by another model, or too long ago. */
export type AdaptedCarry = {
  remember(toolUseId: string, call: AdaptedCall): void;
  recall(toolUseId: string): AdaptedCall | undefined;
  /** For calls whose thinking the host no longer accepts. */
  forgetThinking(toolUseIds: Iterable<string>): void;
};

/** @param most the most calls to keep, so that a session of days stays small. The least recently used goes first. */
export function createAdaptedCarry(most = 4_000): AdaptedCarry {
  const kept = new Map<string, AdaptedCall>();
  return {
    remember(id, call) {
      kept.set(id, call);
      keepNewest(kept, most);
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
 * The call ids of one request to the host: the host's own id where known, so that it reads what it wrote; otherwise the
 * client's, also where another call of the request already has the host's id.
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
