import type { Bus, ModelFamily } from '../events.ts';
import { streakOf, withCooldown, type Cooldowns } from '../failover/cooldown.ts';
import { isOfKey, keyCooldowns, keyId, keyInTurn } from '../failover/key-turn.ts';
import { backoffMs, type Outcome } from '../failover/outcome.ts';
import type { Provider } from '../providers/provider.ts';

/** What a request was asked for, and with which key. */
type AskedWith = { family: ModelFamily | undefined; key?: number | undefined };

/** The keys of providers that have several: which one is asked, and which rests. */
export type Keys = {
  /** Undefined where it has one. */
  inTurn(provider: Provider, family: ModelFamily | undefined): number | undefined;
  /**
   * Rests the key that a request has failed with, where it was the key's own failure.
   * @returns the failure's meaning for the provider: another key can be asked, or none can until the first is back;
   *   undefined where it was no failure of a key.
   */
  failed(provider: Provider, outcome: Outcome, asked: AskedWith): Outcome | undefined;
  /** The names under which the cooldowns of these keys of a provider are kept; left out: of all that it has. */
  idsOf(provider: Provider, keys?: readonly number[]): string[];
};

/** @param input.set changes the cooldowns that are kept under a name. */
export function createKeys(input: {
  known(): Cooldowns;
  set(name: string, change: (cooldowns: Cooldowns) => Cooldowns): void;
  bus: Bus;
  now: () => number;
}): Keys {
  const { known, set, bus, now } = input;

  function cooldownsOf(provider: Provider, family: ModelFamily | undefined) {
    return keyCooldowns(known(), provider.id, marksOf(provider), family, now());
  }

  function rest(provider: Provider, key: number, { family }: AskedWith, outcome: Outcome): void {
    const { failure, reason, cooldown } = outcome;
    const name = keyId(provider.id, marksOf(provider)[key]!);
    const streak = streakOf(known(), name, cooldown?.family);
    // A reset that is over already would have the same key asked again and again.
    const until = Math.max(cooldown?.until ?? 0, now() + backoffMs(streak));
    const resting = { until, failure, reason, ...(cooldown?.family && { family: cooldown.family }) };
    set(name, (all) => withCooldown(all, name, { ...resting, streak: streak + 1, lasts: until - now() }));
    const all = cooldownsOf(provider, family);
    const left = all.filter((one) => one === undefined).length;
    bus.emit({
      type: 'provider-cooldown',
      provider: provider.id,
      key: { at: key + 1, of: all.length, left },
      ...resting,
    });
  }

  return {
    inTurn(provider, family) {
      return provider.keys === undefined ? undefined : keyInTurn(cooldownsOf(provider, family));
    },
    failed(provider, outcome, asked) {
      const { family, key } = asked;
      if (key === undefined || !isOfKey(outcome.reason)) return undefined;
      rest(provider, key, asked, outcome);
      const { cooldown: _ofTheKey, ...meaning } = outcome;
      const each = cooldownsOf(provider, family);
      const first = each[keyInTurn(each)];
      if (first === undefined) return { ...meaning, nextKey: true };
      return { ...meaning, cooldown: { until: first.until, ...(first.family && { family: first.family }) } };
    },
    idsOf(provider, keys) {
      const marks = marksOf(provider).filter((_mark, index) => keys === undefined || keys.includes(index));
      return marks.map((mark) => keyId(provider.id, mark));
    },
  };
}

function marksOf({ keys = [] }: Provider): string[] {
  return keys.map(({ mark }) => mark);
}
