/** What the process with Mem0 in it is asked; `vector`s are made outside of it, because it may reach nobody. */
export type Mem0Request =
  | { do: 'load' }
  | { do: 'ids'; project: string }
  | { do: 'add'; project: string; entries: readonly Mem0Entry[] }
  | {
      do: 'find';
      project: string;
      session: string;
      text: string;
      vector: readonly number[];
      least: number;
      limit: number;
    }
  | { do: 'remove'; project: string; ids: readonly string[] };

/** `id` and `session` are ccmux's. */
export type Mem0Entry = { id: string; session: string; text: string; vector: readonly number[] };

export type Mem0Answer = { ids: readonly string[] } | { failed: string };

/** Around both: an answer comes also where nobody waits for it any more. */
export type Numbered<T> = T & { number: number };
