import type { ProviderId } from '../events.ts';
import type { TurnFacts } from './turn.ts';

/** Who the session prefers at the moment. */
export type Steering = {
  /** Who answers the main thread while it is not the preferred provider. */
  serving?: ProviderId;
  /** What `ccmux use` asked for. */
  pinned?: { provider: ProviderId; only: boolean };
  /**
   * The main thread was answered since the pin was set. Until then the pinned provider comes first, whichever serves;
   * afterwards it is the preferred one: the session leaves it and returns to it as `switchBack` says.
   */
  pinTried?: boolean;
  /**
   * The preferred provider was left for a hiccup: until then (epoch milliseconds) its prompt cache is warm, and the
   * session returns to it as soon as it is ready, also inside a turn.
   */
  warmUntil?: number;
  /**
   * The session has already returned in this turn: a brown-out must not switch it back and forth, each time with a cold
   * cache.
   */
  returned?: true;
};

/** How and when the session goes back to a provider that it prefers. */
export type SwitchBack = 'turn' | 'manual' | 'immediate';

/** The provider that the session goes back to: the pinned one, else the first of the order. */
export function preferredOf(order: readonly { id: ProviderId }[], steering: Steering): ProviderId | undefined {
  const pinned = order.find((candidate) => candidate.id === steering.pinned?.provider);
  return pinned?.id ?? order[0]?.id;
}

/**
 * The steering after an answer. Only the main thread moves it: side requests and subagents follow.
 * @param input.preferred the first of the order; a pinned provider outranks it.
 * @param input.warmUntil where the provider of first choice could not answer for a hiccup: how long its cache is warm.
 */
export function afterAnswer(
  steering: Steering,
  input: {
    thread: TurnFacts['thread'];
    provider: ProviderId;
    preferred: ProviderId;
    startsTurn?: boolean;
    warmUntil?: number | undefined;
  },
): Steering {
  const { thread, provider, preferred } = input;
  if (thread !== 'main') return steering;
  const { pinned } = steering;
  const brief = briefly(steering, { ...input, preferred: pinned?.provider ?? preferred });
  if (pinned !== undefined) return { pinned, pinTried: true, serving: provider, ...brief };
  return provider === preferred ? brief : { serving: provider, ...brief };
}

function briefly(
  steering: Steering,
  input: { provider: ProviderId; preferred: ProviderId; startsTurn?: boolean; warmUntil?: number | undefined },
): Pick<Steering, 'warmUntil' | 'returned'> {
  const { provider, preferred, startsTurn = false, warmUntil } = input;
  const wasAway = steering.serving !== undefined && steering.serving !== preferred;
  const hasReturned = !startsTurn && steering.returned === true;
  const returned = hasReturned ? { returned: true as const } : {};
  if (provider === preferred) {
    return wasAway && !startsTurn && steering.warmUntil !== undefined ? { returned: true } : returned;
  }
  if (hasReturned) return returned;
  const until = wasAway && !startsTurn ? steering.warmUntil : warmUntil;
  return until === undefined ? {} : { warmUntil: until };
}
