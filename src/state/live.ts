import type { EventOf, ModelFamily, ProviderId, QuotaWindow, Reason } from '../events.ts';
import type { Forecast } from '../failover/forecast.ts';
import type { SwitchBack } from '../failover/steering.ts';
import type { FORMAT } from '../ground/format.ts';
import type { Summary } from './summary.ts';
import type { Standing } from './team/standing.ts';

/** What the footer can show. */
export type FooterField = 'who' | 'next' | 'limits' | 'approvals' | 'budget' | 'cost';

/** What the terminal's own notification can tell. */
export type Notification = 'switched' | 'nobody' | 'back';

/** A running session at one moment: what `ccmux status` prints and the live page draws. */
export type LiveState = {
  version: typeof FORMAT;
  /** The clock of the session's process, epoch milliseconds: the base of countdowns. */
  now: number;
  session: string;
  pid: number;
  cwd: string;
  startedAt: number;
  /** Address of the live page, token included. */
  pageUrl: string;
  /** Who gave the conversation's last answer; absent before the first. */
  answeredLast?: ProviderId;
  /** Who is asked next for the main thread, and why it is not the first in the order. */
  serving: ProviderId;
  servingWhy?: ServingWhy;
  /**
   * Requests wait for this provider in place of a failover: for its limit to reset (`failover.waitUpTo`), or for their
   * place among the requests that it takes in a minute (`reason.kind` is `full`).
   */
  waiting?: Waiting;
  /** No provider is available; `serving` is asked all the same. */
  nobody?: Nobody;
  switchBack: SwitchBack;
  /** What `ccmux use` asked for; `null`: the order decides. */
  steer: { provider: ProviderId; only: boolean } | null;
  /** Fallbacks whose commands run without a question, until Claude answers again. */
  allowed?: ProviderId[];
  /**
   * Fallbacks whose commands need the user's approval now: the session is in auto mode, and Claude cannot check them.
   */
  asks?: ProviderId[];
  budget?: {
    perSessionUsd?: number;
    perDayUsd?: number;
    spentSessionUsd: number;
    spentDayUsd: number;
    /** Counted for answers whose price is unknown; not in the sums above. */
    assumedSessionUsd?: number;
    assumedDayUsd?: number;
    /** Reserved for running requests. */
    reservedUsd?: number;
    /** By how much the user raised this session's caps. */
    liftedUsd?: number;
    unknownPrices: boolean;
  };
  /** Subagents send more than so many requests a minute: no paid fallback answers them. */
  swarm?: number;
  /** Given where machines share. `by`: the server, for a person. */
  shared?: { by: string; scope: 'team' | 'me' } & Standing;
  providers: ProviderState[];
  summary: Summary;
};

export type Waiting = {
  provider: ProviderId;
  until: number;
  reason: Reason;
  /** How many requests wait at this moment. 0: the next one would. */
  requests: number;
};

export type Nobody = {
  /** `unavailable`: nobody is ready. `failed`: nobody could answer the last request, and nothing was asked since. */
  kind: 'unavailable' | 'failed';
  /** When the first of them can be asked again, of those with which waiting helps. */
  until?: number;
  /** All providers in the user's order, each with its obstacle and until when. */
  each: { provider: ProviderId; reason: Reason; until?: number }[];
};

/** Why the provider that answers is not the one that the order or the user prefers. */
export type ServingWhy =
  | { kind: 'chosen'; provider: ProviderId; only: boolean }
  | { kind: 'unavailable'; provider: ProviderId; reason: Reason }
  /** It could answer, but the session stays where it is: until the next turn, or until the user chooses it. */
  | { kind: 'ready'; provider: ProviderId; answers: 'next-turn' | 'when-chosen' };

/** What came of the test of a fallback's key, and when (see `session/net-test.ts`). */
export type Tested = Pick<EventOf<'net-test'>, 'result' | 'reason'> & { at: number };

/** A limit, and when it is full at the present pace, where that can be told. */
export type WindowState = QuotaWindow & { forecast?: Forecast };

export type ProviderState = {
  id: ProviderId;
  label: string;
  kind: string;
  paid: boolean;
  /** It is not in the user's order: only a route that names it asks it. */
  routed?: true;
  /**
   * `over_budget`: the budget is spent, or too little of it is left for the conversation as it is now. `cannot_take`:
   * it would be skipped because of the conversation, such as its length.
   */
  state: 'ready' | 'cooldown' | 'no_key' | 'over_budget' | 'cannot_take';
  /** Why it is not ready; `cooldown`: until when. */
  reason?: Reason;
  until?: number;
  /** `cooldown`: for this family of Claude's models only. */
  cooldownFamily?: ModelFamily;
  /** Model that answers for each family of Claude's. */
  models: Partial<Record<'opus' | 'sonnet' | 'haiku', string>>;
  windows: WindowState[];
  /** Its key was tested because one of Claude's limits comes near. */
  tested?: Tested;
  /** Where it has several keys: each one's source, and why and until when it is not asked. */
  keys?: { source: string; reason?: Reason; until?: number }[];
  /** This session's spend: `null` when a price is unknown. */
  spentUsd: number | null;
  /** Rolling median of its answers across sessions. */
  usualMs?: number;
};
