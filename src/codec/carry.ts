/**
 * What a fallback model needs back on its own later turns: Gemini's thought signatures, the reasoning text that
 * DeepSeek and Kimi want, OpenAI's encrypted reasoning items. It cannot travel in the transcript, where Claude would
 * reject it, so it is kept in memory by the tool_use id, which the transcript carries.
 */

/** JSON that an AI SDK package gave as `providerMetadata` and takes back as `providerOptions`. */
export type ProviderData = Record<string, Record<string, unknown>>;

/** Where OpenRouter's `reasoning_details` stand in `ProviderData`: the AI SDK has no place for them. */
export const REASONING_DETAILS = { name: 'openaiCompatible', field: 'reasoningDetails' } as const;

/** Where the pages stand that OpenRouter's search has found. */
export const ANNOTATIONS = { name: 'openrouter', field: 'annotations' } as const;

/** One stretch of reasoning. */
export type Thought = { text: string; data?: ProviderData };

/** What is kept for one tool call. */
export type Remembered = {
  /** Only this provider and model get it back: no other can read it. */
  provider: string;
  model: string;
  /** Of the call itself: a thought signature, an item id. */
  call?: ProviderData;
  /** The reasoning between the previous call and this one; for the last call also the reasoning behind it. */
  thoughts: Thought[];
};

/** Shared by all providers of a session. */
export type Memory = {
  remember(toolUseId: string, value: Remembered): void;
  /** @returns what this model said with that call; undefined if another model made it, or too long ago. */
  recall(toolUseId: string, maker: { provider: string; model: string }): Remembered | undefined;
  /** For calls whose signatures the provider no longer accepts. */
  forget(toolUseIds: Iterable<string>): void;
};

/** The same memory, whose exceptions are reported and cost no answer: the call then counts as forgotten. */
export function forgiving(memory: Memory, onFault: (fault: unknown) => void): Memory {
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (fault) {
      onFault(fault);
      return undefined;
    }
  };
  return {
    remember: (...what) => attempt(() => memory.remember(...what)),
    recall: (...what) => attempt(() => memory.recall(...what)),
    forget: (ids) => attempt(() => memory.forget(ids)),
  };
}

/**
 * @param limits how much to keep; the least recently used goes first. Signatures were seen with up to 5.5 KB, reasoning
 *   texts with some 20 KB.
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
      const size = JSON.stringify(value).length;
      kept.set(id, { value, size });
      characters += size;
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.calls && characters <= limits.characters) break;
        forget(oldest);
      }
    },
    recall(id, { provider, model }) {
      const entry = kept.get(id);
      if (entry?.value.provider !== provider || entry.value.model !== model) return undefined;
      // A used entry moves to the young end.
      kept.delete(id);
      kept.set(id, entry);
      return entry.value;
    },
    forget(ids) {
      for (const id of ids) forget(id);
    },
  };
}
