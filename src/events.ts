/**
 * Everything that happens in a session, as one typed union (noun-verb), and the bus that carries it.
 * The journal writes these events to disk as they are; report, notices, footer and page are folded from them,
 * so an event holds facts (who, what, when), never a sentence that a person will read.
 *
 * Units: `at` is epoch milliseconds; every `…Ms` is a duration in milliseconds; every `usd` is US dollars.
 */

/** A provider's id as the user writes it: a row of the catalogue, or a key of `providers` in the configuration. */
export type ProviderId = string;

/** Why a provider did not answer, in the words that `failover.on` uses, plus the ones that never fail over. */
export type FailureClass =
  | 'rate_limit'
  | 'overloaded'
  | 'server_error'
  | 'network'
  | 'timeout'
  | 'billing'
  | 'refused' // the model or a filter would not answer, or its thinking took all the room
  | 'translation' // a translated request was rejected: ccmux's fault, not the client's
  | 'client'; // the client's own mistake (400, 401, 403, 404, 413 …): relayed

/** Claude's model families, as its model-scoped limits name them. */
export type ModelFamily = 'opus' | 'sonnet' | 'haiku' | 'fable';

/** What a provider said with an error. */
export type Said = {
  /** HTTP status. */
  status: number;
  /** It came as an error inside a 200, which stands for `status`. */
  inside?: true;
  /** The host's own words: one line, redacted, at most 200 characters. */
  said?: string;
};

/** Why a provider did not answer, or was not asked: facts. `words/why.ts` has a line for each kind. */
export type Reason =
  /**
   * A rate limit. `window`: a `QuotaWindow`'s name, where the wire told which; `host`: who counts, behind a reseller;
   * `endUnknown`: nobody has said when it ends.
   */
  | (Said & { kind: 'limit'; window?: string; host?: string; endUnknown?: true })
  /** It may not judge what a fallback proposed. */
  | { kind: 'no-judge' }
  /** Its requests of this minute are used up, and others wait for the next ones. */
  | { kind: 'full'; perMinute?: number }
  /** A limit that the user has set in the configuration. */
  | { kind: 'own-limit'; window: string }
  | (Said & { kind: 'overloaded' })
  | (Said & { kind: 'billing'; what: BillingTrouble; endUnknown?: true })
  | (Said & { kind: 'key-refused' })
  | (Said & { kind: 'not-permitted' })
  | (Said & { kind: 'not-found'; model?: string })
  /** The conversation is longer than the model's context window. */
  | (Said & { kind: 'too-long' })
  /** This one request is larger than a limit that counts many: waiting does not help. */
  | (Said & { kind: 'too-large' })
  /** The model wrote a call that its host could not read: asking again may help. */
  | (Said & { kind: 'bad-call' })
  /** A translated request that the host will not take: ccmux's fault. */
  | (Said & { kind: 'request-refused' })
  /** The host's own error code where HTTP says nothing: `1113`. */
  | (Said & { kind: 'business-error'; code: string })
  /** `to`: the other host. */
  | (Said & { kind: 'redirect'; to?: string })
  /** An answer that holds no message of the wire: an HTML page, another wire's JSON, nothing. */
  | (Said & { kind: 'no-message'; what?: string })
  /** Any other error status. */
  | (Said & { kind: 'status' })
  /** An error event without a status. */
  | { kind: 'error-event'; said?: string }
  /** The model or its filter would not answer: `SAFETY`. */
  | { kind: 'refused'; code?: string }
  /** The answer ended in the middle. `code`: the host's own word: `network_error`. */
  | { kind: 'broken-off'; code?: string }
  /** A message without content. */
  | { kind: 'empty-answer' }
  /** The answer held thinking only. `limit`: it took all the output there was. */
  | { kind: 'only-thinking'; limit?: true }
  /** A mistake of ccmux's own. `name`: the exception's. */
  | { kind: 'fault'; name?: string }
  /** `code`: Node's, `ECONNREFUSED`; absent: the connection broke. */
  | { kind: 'network'; code?: string }
  /** `code`: Node's. The user's set-up, not an outage. */
  | { kind: 'certificate'; code: string; what?: CertificateTrouble }
  /** Nothing came in time. `limitMs`: how long was waited. */
  | { kind: 'silence'; limitMs?: number }
  /** Something is missing on this machine. `text`: what, and the way out. */
  | { kind: 'setup'; text: string }
  | { kind: 'no-key'; variables: readonly string[] }
  /** `needsUsd`: this one request would cost as much, and only `leftUsd` are left. */
  | { kind: 'over-budget'; needsUsd?: number; leftUsd?: number }
  | { kind: 'cannot-take'; what: readonly ('tools' | 'images' | 'PDFs' | 'web searches' | 'web pages')[] }
  | { kind: 'too-many-tools'; asked: number; takes: number }
  /** Tokens: what fits, and an estimate of what there is. */
  | { kind: 'small-window'; fits: number; tokens: number }
  /** Subagents send more requests than the user lets paid fallbacks answer. */
  | { kind: 'swarm'; perMinute: number }
  /** The user wants this provider and nobody else. */
  | { kind: 'not-chosen'; only: ProviderId }
  /** Written by an earlier ccmux: a sentence in place of facts. */
  | { kind: 'words'; status?: number; inside?: true; text: string };

/** Why a TLS connection was given up. `client`: the host wants a certificate of the user's, or another one. */
export type CertificateTrouble = 'not-trusted' | 'expired' | 'not-yet-valid' | 'other-host' | 'client' | 'no-tls';

/** What is the matter with the account's money. */
export type BillingTrouble =
  | 'no-credit'
  | 'low-balance'
  | 'no-extra-usage'
  | 'needs-extra-usage'
  | 'long-context-needs-extra-usage'
  | 'spending-limit'
  | 'not-in-free-tier'
  | 'credit-held';

/** Why a request goes a way of its own: a route of the user's, or a limit that is nearly full (`overflow`). */
export type MoveReason =
  | { kind: 'route'; rule: string; like?: Likeness }
  | { kind: 'overflow'; window: string; used: number };

/** How like the examples of a route a typed prompt is, 0 to 1, and what they were compared by. */
export type Likeness = { score: number; by: 'words' | 'embedding' };

/** `slow`: a prompt waits for no more than a moment. `unreadable`: it answered, without vectors. */
export type EmbeddingTrouble = 'unreachable' | 'slow' | 'status' | 'unreadable';

/**
 * Why the store beside the files finds nothing now. `unset`, `missing`: Mem0's folder is not named, or it is not there;
 * `incomplete`: what it needs itself is not there; `stopped`: its process ended; `embedding`: nobody made the vectors.
 */
export type StoreTrouble =
  | 'unset'
  | 'missing'
  | 'incomplete'
  | 'stopped'
  | 'unreachable'
  | 'slow'
  | 'status'
  | 'unreadable'
  | 'embedding';

/** A route that speaks of a prompt and moves nothing, because its examples are too like those of another route. */
export type Tag = { rule: string; like: Likeness };

/** Why a candidate was passed over before anything was sent to it. */
export type SkipReason = 'cooldown' | 'no_key' | 'budget' | 'cannot_take' | 'window' | 'not_chosen';

/** One rolling limit of a provider, from what its wire says or from ccmux's own count. */
export type QuotaWindow = {
  /** Stable name: `5h`, `7d`, `7d_opus`, `requests`, `input-tokens`, `requestsPerDay` … */
  name: string;
  /** Fraction used, 0 … 1 and above (Claude reports 1.04 when a running request overshoots). */
  used?: number;
  limit?: number;
  remaining?: number;
  /** When the window opens again, epoch milliseconds. */
  resetAt?: number;
  /** `counted`: from ccmux's own count against a limit that the user configured. */
  source: 'wire' | 'counted';
};

/** Token counts in Anthropic's terms: `inputTokens` excludes what was read from or written to a cache. */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** How often the host itself searched the web for it; absent: not at all. */
  webSearches?: number;
};

/** Something that was dropped or changed in translation. `what` is a stable kind, `detail` is for a person. */
export type TranslationWarning = { what: string; detail: string };

export type EventBody =
  | {
      type: 'session-start';
      /** The number of the journal's format: see `ground/format.ts`. */
      format?: number;
      session: string;
      pid: number;
      version: string;
      cwd: string;
      order: ProviderId[];
      /** The window and label of each provider in the order, for a report that is read where the config is gone. */
      providers: { id: ProviderId; label: string; kind: string; paid: boolean }[];
    }
  | { type: 'session-end'; exitCode: number; signal?: string }
  | {
      /** The session's first request of the conversation has shown which Claude Code it is. */
      type: 'client-read';
      version: string;
      /** It was told that its requests reach Anthropic. */
      told: boolean;
      /** It sends what it sends to Anthropic. */
      firstParty: boolean;
    }
  | {
      type: 'exchange-start';
      exchange: number;
      endpoint: 'messages' | 'count_tokens';
      /** Which conversation: the user's own, one of ccmux's side requests (titles, probes), or a subagent's. */
      thread: 'main' | 'side' | 'subagent';
      turn: number;
      startsTurn: boolean;
      model: string;
      stream: boolean;
      bytes: number;
      /** Claude Code's own session id: the key that joins hooks and status line to exchanges. */
      claudeSession?: string;
      /** Auto mode's own question whether an action may run. */
      safetyCheck?: true;
      /** First 80 characters of what the user typed; absent with `report.previews: false`. */
      preview?: string;
    }
  | {
      /** By the user's wish the request goes to somebody else before anybody has failed. */
      type: 'exchange-move';
      exchange: number;
      to: ProviderId;
      why: MoveReason;
    }
  | ({ type: 'exchange-tag'; exchange: number } & Tag)
  | {
      /** The user's embedding could not compare a prompt, for the first time in this session: words do. */
      type: 'embedding-fail';
      url: string;
      model: string;
      why: EmbeddingTrouble;
      status?: number;
    }
  | {
      /** Mem0 or Chroma could not be used, for the first time in this session: the files are searched by words. */
      type: 'memory-store-fail';
      store: 'mem0' | 'chroma';
      /** Its folder or address; absent: none is named. */
      place?: string;
      why: StoreTrouble;
      status?: number;
    }
  | {
      /** A rule of the user's keeps the request from this provider, which would have answered. */
      type: 'exchange-hold';
      exchange: number;
      provider: ProviderId;
      then: 'ask' | 'hold';
      /** What the rule speaks of, as the user has it. */
      rule: string;
    }
  | { type: 'provider-skip'; exchange: number; provider: ProviderId; reason: SkipReason; detail: Reason }
  | {
      /** It waits for its place with a fallback that has had its requests of this minute. */
      type: 'exchange-wait';
      exchange: number;
      provider: ProviderId;
      ms: number;
      /** How many requests that one takes in a minute, where it has told. */
      perMinute?: number;
    }
  | {
      /** A request waits for this provider's limit to reset rather than going to somebody else (`failover.waitUpTo`). */
      type: 'provider-wait';
      exchange: number;
      provider: ProviderId;
      until: number;
      reason: Reason;
    }
  | { type: 'attempt-start'; exchange: number; attempt: number; provider: ProviderId }
  | {
      type: 'attempt-fail';
      exchange: number;
      attempt: number;
      provider: ProviderId;
      failure: FailureClass;
      /** HTTP status, absent when no answer came. */
      status?: number;
      reason: Reason;
      /** `next-key`: the same provider is asked with another key of its own. */
      action: 'failover' | 'retry' | 'relay' | 'next-key';
      /** Which of the provider's keys it was asked with, counted from 1; absent: it has one. */
      key?: number;
      ms: number;
      requestId?: string;
    }
  | { type: 'attempt-commit'; exchange: number; attempt: number; provider: ProviderId; firstByteMs: number }
  | {
      /** A fallback is sent a note of what Claude thought and what happened; the same note goes with its later requests. */
      type: 'memory-note';
      exchange: number;
      provider: ProviderId;
      tokens: number;
      /** How many passages it quotes, of how many that the transcript does not hold, and how many are thinking. */
      passages: number;
      of: number;
      thoughts: number;
      /** How many passages of earlier sessions it quotes beside them; absent: none. */
      earlier?: number;
      /** As it was sent; absent with `report.previews: false`. */
      text?: string;
    }
  | {
      /** Claude answers the conversation again; what others did in its place is to be looked at. Only where they did. */
      type: 'review-offer';
      exchange: number;
      providers: ProviderId[];
      /** The first and the last turn of this session that they answered; absent: all were before it. */
      from?: number;
      to?: number;
      /** How many, and how many of them before the conversation was resumed in this session. */
      turns: number;
      earlier?: number;
      files: string[];
      /** How their last test run ended; `failing`: how many tests failed, where the runner said so. */
      tests?: { failed: boolean; failing?: number };
    }
  | { type: 'translation-warn'; exchange: number; provider: ProviderId; warnings: TranslationWarning[] }
  | {
      type: 'exchange-end';
      exchange: number;
      /**
       * `answered`: a provider's answer reached the client whole. `relayed`: the client's own mistake went back to it.
       * `declined`: a web search that nobody could make; the client was told so. `failed`: nobody could answer. `cut`:
       * the answer broke off after the gate. `cancelled`: the client hung up.
       */
      outcome: 'answered' | 'relayed' | 'declined' | 'failed' | 'cut' | 'cancelled';
      /** Who answered (absent when nobody did). */
      provider?: ProviderId;
      /** The model that answered, as its provider names it. */
      model?: string;
      /** Which of the provider's keys has answered, counted from 1; absent: it has one. */
      key?: number;
      status?: number;
      requestId?: string;
      stopReason?: string;
      usage?: Usage;
      /** Somebody else than Claude has answered: how well the request could be handed over, where it is worth a word. */
      fitness?: 'self-contained' | 'long';
      /** As `exchange-price` tells it: in journals of ccmux before that event. */
      usd?: number | null;
      firstByteMs?: number;
      totalMs: number;
    }
  /** What an answer cost, estimated; `null` when the price is unknown. Follows `exchange-end`, which waits for nothing. */
  | { type: 'exchange-price'; exchange: number; provider: ProviderId; usd: number | null }
  | {
      /** The main thread is now answered by somebody else than before. */
      type: 'provider-switch';
      exchange: number;
      from: ProviderId;
      to: ProviderId;
      /** `move`: `exchange-move` has told why. */
      cause: 'failover' | 'back' | 'steer' | 'move';
      /** How well the request could be handed over, where that is worth a word. */
      fitness?: 'self-contained' | 'long';
      /** `failover`: why `from` could not answer. */
      reason?: Reason;
      /** How long `to` took for this answer, and what `from` usually takes. */
      ms: number;
      usualMs?: number;
      /** When `from` is back, epoch milliseconds. */
      backAt?: number;
      /** What the answer was expected to cost, where there is a cap. `assumed`: nobody knows the price. */
      cost?: { usd: number; capUsd: number; assumed?: true };
      /** `from` is limited for this family of models only, and the same account goes on with that other one. */
      family?: { limited: ModelFamily; free: ModelFamily };
      /** `back`: it was only away for a hiccup, about which everything has been said. */
      brief?: true;
      /** So many passages of Claude's thinking were given to `to`. */
      thoughts?: number;
      /** `steer`: the user chose `to` and nobody else. */
      only?: true;
    }
  | {
      type: 'provider-cooldown';
      provider: ProviderId;
      /** It holds for this one of so many keys alone, counted from 1; `left`: how many others can be asked. */
      key?: { at: number; of: number; left: number };
      until: number;
      failure: FailureClass;
      reason: Reason;
      family?: ModelFamily;
    }
  | { type: 'provider-ready'; provider: ProviderId }
  | { type: 'quota-read'; provider: ProviderId; windows: QuotaWindow[] }
  | {
      /** So much of a window is used that it is worth a word; `fullAt`: when it is full at the present pace. */
      type: 'limit-approach';
      provider: ProviderId;
      window: string;
      used: number;
      resetAt: number;
      fullAt?: number;
    }
  /** Subagents send more than so many requests in a minute; no longer. */
  | { type: 'swarm-begin'; perMinute: number; /** Paid fallbacks do not answer them. */ stops: boolean }
  | { type: 'swarm-end' }
  | {
      /** A fallback was asked for something free before Claude's limit is reached, with one of its keys. */
      type: 'net-test';
      provider: ProviderId;
      key?: number;
      /** `not-tested`: nothing free is known that would prove it. */
      result: 'ready' | 'failed' | 'not-tested';
      /** `failed`: why. */
      reason?: Reason;
    }
  /** From here on, or no longer, this provider's answers are billed as extra usage. */
  | { type: 'overage-begin' | 'overage-end'; provider: ProviderId }
  | {
      /** A fallback's call in auto mode that nobody has checked. `asked`: the user was; else had allowed it beforehand. */
      type: 'approval-ask';
      provider: ProviderId;
      tool: string;
      asked: boolean;
    }
  /** The user lets this provider's calls run without a question until Claude answers again. */
  | { type: 'consent-give'; provider: ProviderId; by: 'prompt' | 'terminal' | 'page' }
  | { type: 'consent-end'; provider: ProviderId }
  | { type: 'provider-steer'; provider: ProviderId | 'auto'; only: boolean }
  /** A file of the configuration has changed: which settings hold `now`, which with the next launch; or what is wrong in it. */
  | { type: 'config-change'; now: string[]; later: string[]; mistake?: string }
  /** The person has lifted the session's caps by so much, US dollars. */
  | { type: 'budget-lift'; byUsd: number }
  | { type: 'budget-reach'; scope: 'session' | 'day'; spentUsd: number; limitUsd: number; level: 'near' | 'over' }
  | {
      /** ccmux's own files cannot be written. `folder`: none of them, from the start. */
      type: 'storage-fail';
      what: 'folder' | 'journal' | 'shared' | 'memory' | 'slow';
      place: string;
      /** Node's error code: `EROFS`, `ENOSPC` … */
      code?: string;
    }
  | {
      /** The server by which machines share was lost, or is back. `by`: its name for a person. */
      type: 'sharing-change';
      by: string;
      state: 'away' | 'connected';
      machines?: number;
      why?: string;
      /** It was reached before, so that what was known then holds. */
      known?: boolean;
    }
  /** A program of the user's asked at the session's address; it was relayed, and nothing was learnt of it. */
  | { type: 'program-relay'; /** Absent where no answer came. */ status?: number }
  | { type: 'notice-show'; text: string }
  /** The terminal was asked to notify its user. */
  | { type: 'notification-send'; kind: 'switched' | 'nobody' | 'back'; text: string }
  | { type: 'fault'; where: string; message: string };

/** An event as it is kept: the fact and when it happened. */
export type Event = EventBody & { at: number };

export type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;

export type Bus = {
  /**
   * Calls every listener. An exception in a listener never reaches the caller: an observer must not fail a request.
   * @param body becomes the event: nobody may use it again.
   */
  emit(body: EventBody): void;
  /** @returns a function that stops listening. */
  on(listener: (event: Event) => void): () => void;
};

/**
 * @param now the clock, epoch milliseconds.
 * @param onFault called with a listener's exception; must not throw.
 * @param clean applied to every event before any listener sees it: secrets are removed here.
 */
export function createBus(
  now: () => number = Date.now,
  onFault: (fault: unknown) => void = () => {},
  clean: (event: Event) => Event = (event) => event,
): Bus {
  const listeners = new Set<(event: Event) => void>();
  return {
    emit(body) {
      // No copy: a busy session has thousands a second.
      const event = clean(Object.assign(body, { at: now() }));
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (fault) {
          onFault(fault);
        }
      }
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
