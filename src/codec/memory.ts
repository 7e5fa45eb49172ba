/**
 * What a fallback model needs back on its own later turns: Gemini's thought signatures, the reasoning text that
 * DeepSeek and Kimi want, OpenAI's encrypted reasoning items. It cannot travel in the transcript (nothing is minted
 * that would have to be taken out again), so it is kept in memory, by the tool_use id that the transcript does carry.
 */

/** JSON that an AI SDK package gave as `providerMetadata` and takes back as `providerOptions`. */
export type ProviderData = Record<string, Record<string, unknown>>;

/** Where OpenRouter's `reasoning_details` stand in `ProviderData`: the AI SDK has no place for them. */
export const REASONING_DETAILS = { name: 'openaiCompatible', field: 'reasoningDetails' } as const;

/** What one answer thought, shared by all of its tool calls. */
export type Thought = { text: string; data?: ProviderData };

/** What is kept for one tool call. */
export type Remembered = {
  /** Only this provider and model get it back: another one could not read it. */
  provider: string;
  model: string;
  /** Of the call itself: a thought signature, an item id. */
  call?: ProviderData;
  /** The same array for every call of one answer. */
  thoughts: Thought[];
};

/** Shared by all providers of a session. */
export type Memory = {
  remember(toolUseId: string, value: Remembered): void;
  /** @returns what this provider said with that call, or undefined: somebody else made it, or it was too long ago. */
  recall(toolUseId: string, provider: string): Remembered | undefined;
};

/**
 * @param limits how much is kept; the longest unused goes first. Signatures were seen with up to 5.5 KB, reasoning
 * texts with some 20 KB.
 */
export function createMemory(
  limits: { calls: number; characters: number } = { calls: 4_000, characters: 3e7 },
): Memory {
  const kept = new Map<string, { value: Remembered; size: number }>();
  let characters = 0;

  function forget(id: string): void {
    characters -= kept.get(id)?.size ?? 0;
    kept.delete(id);
  }

  return {
    remember(id, value) {
      forget(id);
      // Thoughts that calls share are counted for each of them, which errs on the safe side.
      const size = JSON.stringify(value).length;
      kept.set(id, { value, size });
      characters += size;
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.calls && characters <= limits.characters) break;
        forget(oldest);
      }
    },
    recall(id, provider) {
      const entry = kept.get(id);
      if (entry === undefined || entry.value.provider !== provider) return undefined;
      // Used again: it moves to the young end.
      kept.delete(id);
      kept.set(id, entry);
      return entry.value;
    },
  };
}
