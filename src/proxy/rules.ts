import type { ModelFamily, QuotaWindow, Tag } from '../events.ts';
import { isHeld, verdictOf, type HandoffRule, type Verdict } from '../failover/handoff.ts';
import { fullestOf, isOver, type Fullest, type Overflow } from '../failover/overflow.ts';
import type { Candidate } from '../failover/policy.ts';
import { tagOf, type Route } from '../failover/routes.ts';
import { ruleText } from '../failover/rule-text.ts';
import { likeOf, wayOf, type Way } from '../failover/ways.ts';
import type { Traits } from '../failover/when.ts';
import { keepNewest } from '../ground/newest.ts';

/** The user's rules about single requests, and what was decided by them in the turns of late. */
export type Rules = {
  /** False where no rule could say anything of any request. */
  areAny(): boolean;
  /** The way of its own that a request goes; undefined: as configured. */
  wayOf(asked: Asked): Way | undefined;
  /** The route that speaks of a request and moves nothing. */
  tagOf(traits: Traits): Tag | undefined;
  /** The way that a typed message of these traits would go now; nothing is decided by it. */
  preview(traits: Traits): Way | undefined;
  /** Whether another provider may answer; undefined where no rule says anything. */
  handoff(traits: Traits): { verdict(): Verdict; consented: boolean } | undefined;
  /** The prompt of a request that a rule of `ask` has held: sent again, it is the user's word. */
  held(prompt: string): void;
  /** Notices what the main thread's last request holds. */
  met(traits: Traits): void;
};

type Asked = {
  traits: Traits;
  isSafetyCheck(): boolean;
  /** The client's id of the typed prompt that the request belongs to; old clients name none. */
  prompt: string | undefined;
  /** The user has chosen who answers. */
  pinned: boolean;
};

/** What is decided once for a typed turn: by how full a limit was then, and whether the main thread moved. */
type Turn = { fullest: Fullest | undefined; moved?: boolean };

const KEPT_TURNS = 50;

/**
 * @param input.windows Claude's limits as they were last told.
 * @param input.asks what the user was asked, and answered; see `session/handoff-asks.ts`.
 */
export function createRules(input: {
  settings: { routes: readonly Route[]; overflow?: Overflow | undefined; handoff: readonly HandoffRule[] };
  windows: () => readonly QuotaWindow[];
  asks: { isGiven(): boolean } & Pick<Rules, 'held' | 'met'>;
  /** In the user's order, and behind it those that only a route asks. */
  candidates: () => readonly Candidate[];
  now: () => number;
}): Rules {
  const { settings, windows, asks, candidates, now } = input;
  const turns = new Map<string, Turn>();
  /** For each family of models, whether a limit of its was over the threshold when it was looked at last. */
  const over = new Map<ModelFamily | undefined, boolean>();

  function overflowFor(family: ModelFamily | undefined, overflow: Overflow): Fullest | undefined {
    const fullest = fullestOf(windows(), family, now());
    const is = isOver(over.get(family) ?? false, fullest, overflow);
    over.set(family, is);
    return is ? fullest : undefined;
  }

  /** One decision for a typed turn: what belongs to it later, its subagents too, follows. */
  function turnOf({ prompt, traits }: Asked, overflow: Overflow): Turn {
    const key = `${prompt} ${traits.family}`;
    const known = prompt === undefined ? undefined : turns.get(key);
    const turn = known ?? { fullest: overflowFor(traits.family, overflow) };
    if (prompt !== undefined) turns.set(key, turn);
    keepNewest(turns, KEPT_TURNS);
    return turn;
  }

  function handoff(traits: Traits) {
    const rules = settings.handoff;
    if (rules.every(({ then }) => then === 'go')) return undefined;
    return { verdict: () => verdictOf(rules, traits, now()), consented: asks.isGiven() };
  }

  /** Claude or nobody: also where the way leads past Claude, so such a request has none. */
  function unlessHeld(way: Way | undefined, traits: Traits): Way | undefined {
    const said = way && handoff(traits);
    const isClaudes = said !== undefined && candidates().some(({ own, routed }) => own && !routed);
    return isClaudes && isHeld(said.verdict(), said.consented) ? undefined : way;
  }

  return {
    areAny: () =>
      settings.routes.length > 0 ||
      settings.overflow !== undefined ||
      settings.handoff.some(({ then }) => then !== 'go'),
    wayOf(asked) {
      const { routes, overflow } = settings;
      if (asked.pinned || (routes.length === 0 && overflow === undefined)) return undefined;
      const turn = overflow === undefined ? undefined : turnOf(asked, overflow);
      const moves = overflow && turn?.fullest && { settings: overflow, fullest: turn.fullest };
      // Without a prompt's id nobody knows what belongs to a turn: a request alone is no reason to move it.
      const turnMoved = asked.prompt === undefined ? false : turn?.moved;
      const wishes = { routes, ...(moves && { overflow: moves }), turnMoved };
      const way = unlessHeld(wayOf(wishes, candidates(), asked.traits, asked.isSafetyCheck, now()), asked.traits);
      if (moves && turn && asked.traits.requestClass() === 'main') turn.moved ??= way?.why.kind === 'overflow';
      return way;
    },
    tagOf(traits) {
      const { when } = tagOf(settings.routes, traits, now()) ?? {};
      const like = when?.like && likeOf(when.like, traits);
      return when && like && { rule: ruleText(when), like };
    },
    preview(traits) {
      const { routes, overflow } = settings;
      const fullest = overflow && overflowFor(traits.family, overflow);
      const wishes = { routes, ...(overflow && fullest && { overflow: { settings: overflow, fullest } }) };
      return unlessHeld(
        wayOf(wishes, candidates(), traits, () => false, now()),
        traits,
      );
    },
    handoff,
    held: asks.held,
    met: asks.met,
  };
}
