import type { ModelFamily, ProviderId } from '../events.ts';
import type { WebWish } from '../ground/web.ts';
import type { TurnFacts } from './turn.ts';

export type RequestFacts = {
  turn: TurnFacts;
  family?: ModelFamily | undefined;
  needs: { images: boolean; pdfs: boolean; tools: boolean; web?: WebWish };
  /** An estimate, by each provider's own measure. */
  inputTokens(provider: ProviderId): number;
  maxTokens: number;
  /** An estimate of what a paid provider would charge for it, US dollars; absent: it costs nothing. */
  costUsd?(provider: ProviderId): number;
  /** Tools that the client runs itself. */
  toolCount?: number;
};

/** What is known of a request once it has been read. */
export type AskedFacts = RequestFacts & {
  model: string;
  /** The body holds only what is new since Claude's last answer; Claude keeps the rest (see `isContinued`). */
  continued: boolean;
  /** Auto mode's question about an action: the model that proposed it must not answer. */
  isSafetyCheck?: boolean;
};
