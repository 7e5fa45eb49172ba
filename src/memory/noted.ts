import type { Deed } from './deeds.ts';
import type { Passage } from './passage.ts';

/** One message of the transcript, and what was kept of it: nothing, as long as it has not been read. */
export type Noted = {
  /** What makes it this message. Cache marks, reminders and the texts of results come and go. */
  readonly key: string;
  readonly turn: number;
  readonly passages: Passage[];
  readonly deeds: Deed[];
  /** Who wrote it, where the model did. */
  readonly by?: string;
  /** The user typed something in it. */
  readonly typed: boolean;
  /** The transcript no longer holds it. */
  isGone: boolean;
};

/** Is told what a thread reads, in its order. */
export type Listener = {
  /** Words that nobody in the conversation has chosen: results, reminders, files. */
  heard(text: string): void;
  said(passages: readonly Passage[]): void;
  /** The user has rewound the conversation to before these were said. */
  takenBack(passages: readonly Passage[]): void;
  /** The thread was not read: what comes next may be older than it seems. */
  missed(): void;
};
