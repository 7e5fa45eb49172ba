import type { FailureClass, ModelFamily, ProviderId, Reason } from '../events.ts';

/** A provider (or only one family of its models) is left alone until a moment, epoch milliseconds. */
export type Rest = {
  until: number;
  failure: FailureClass;
  reason: Reason;
  family?: ModelFamily;
  /** Whose limit it is, as a short mark: for the user's own Claude, where accounts change. */
  account?: string;
  /** What was asked for (see `setupOf`), where that is the trouble: the rest ends when something else is configured. */
  setup?: string;
  /** How long it was to last when it began, milliseconds. Absent in what an earlier ccmux wrote. */
  lasts?: number;
  /** Failures in a row up to and with this one: what the back-off doubles by. */
  streak: number;
};

/**
 * At most one rest for a whole provider and one for each family. A rest that is over stays in the table, so that the
 * next failure still knows its streak; it ends with an answer, or when `mergeRests` finds that it is long over.
 */
export type Rests = Readonly<Record<ProviderId, readonly Rest[]>>;

/** How long after its end a rest still counts for the streak: twice the longest back-off. */
const STREAK_MEMORY_MS = 10 * 60_000;

/** What a provider is configured to be asked for: its host, and its own name for a model. */
export function setupOf(host: string, model: string): string {
  return `${host} ${model}`;
}

export const FAMILIES: readonly ModelFamily[] = ['opus', 'sonnet', 'haiku', 'fable'];

/** @param model a Claude model's name, as the client asks for it: `claude-opus-5-5`, `opus[1m]`. */
export function familyOf(model: string): ModelFamily | undefined {
  const name = model.toLowerCase();
  return FAMILIES.find((family) => name.includes(family));
}

/**
 * The rest that keeps a provider from taking a request, the one that lasts longest where there are several.
 * @param family of the asked model; undefined (unknown) is held back only by rests of the whole provider.
 */
export function restOf(
  rests: Rests,
  provider: ProviderId,
  family: ModelFamily | undefined,
  now: number,
): Rest | undefined {
  let longest: Rest | undefined;
  for (const rest of rests[provider] ?? []) {
    if (rest.until <= now) continue;
    if (rest.family !== undefined && rest.family !== family) continue;
    if (longest === undefined || rest.until > longest.until) longest = rest;
  }
  return longest;
}

/** No limit of any wire resets further away (spending limits reset monthly). */
export const LONGEST_LIMIT_MS = 40 * 86_400_000;
/** A server in trouble knows less than a limit when it is over: it is asked again after an hour. */
export const LONGEST_TROUBLE_MS = 3_600_000;

const TROUBLES: ReadonlySet<FailureClass> = new Set(['overloaded', 'server_error', 'network', 'timeout']);

/** The longest pause that grows with every failure. */
export const LONGEST_BACKOFF_MS = 5 * 60_000;

/**
 * False for a rest that lasts longer than any of its kind may: the clock was wrong when it was made, or was set since.
 * One that was to last no longer than a back-off ends within the longest back-off, whatever the clock says.
 */
export function isPlausible({ until, failure, lasts = Infinity }: Rest, now: number): boolean {
  const longest = TROUBLES.has(failure) ? LONGEST_TROUBLE_MS : LONGEST_LIMIT_MS;
  return until <= now + (lasts <= LONGEST_BACKOFF_MS ? LONGEST_BACKOFF_MS : longest);
}

/**
 * Without the rests that a wrong clock made, and those for a set-up that is no more.
 * @param isSetUp whether a provider would still be asked for what such a rest is about.
 */
export function currentRests(rests: Rests, now: number, isSetUp: (provider: ProviderId, rest: Rest) => boolean): Rests {
  const current = Object.entries(rests).map(([provider, own]) => {
    const kept = own.filter((rest) => isPlausible(rest, now) && (rest.setup === undefined || isSetUp(provider, rest)));
    return [provider, kept] as const;
  });
  return Object.fromEntries(current);
}

/** Puts a provider to rest; an earlier rest of the same family (or of the whole provider) is replaced. */
export function withRest(rests: Rests, provider: ProviderId, rest: Rest): Rests {
  const others = (rests[provider] ?? []).filter((other) => other.family !== rest.family);
  return { ...rests, [provider]: [...others, rest] };
}

/** An answer ends the provider's own rests and those of the family that answered; other families rest on. */
export function withSuccess(rests: Rests, provider: ProviderId, family: ModelFamily | undefined): Rests {
  const before = rests[provider];
  if (before === undefined) return rests;
  const kept = before.filter((rest) => rest.family !== undefined && rest.family !== family);
  if (kept.length === before.length) return rests;
  const { [provider]: _gone, ...others } = rests;
  return kept.length === 0 ? others : { ...others, [provider]: kept };
}

/** How often in a row a provider failed; 0 after an answer. Also counts rests that are over. */
export function streakOf(rests: Rests, provider: ProviderId, family?: ModelFamily): number {
  const counting = (rests[provider] ?? []).filter((rest) => rest.family === undefined || rest.family === family);
  return Math.max(0, ...counting.map((rest) => rest.streak));
}

/**
 * When the first of these providers can be asked again, epoch milliseconds; undefined when none of them rests.
 * @param family counts rests of this family only (and of whole providers); left out, every rest counts.
 */
export function soonestReset(
  rests: Rests,
  providers: readonly ProviderId[],
  now: number,
  family?: ModelFamily,
): number | undefined {
  let soonest: number | undefined;
  for (const provider of providers) {
    const untils = (rests[provider] ?? [])
      .filter((rest) => family === undefined || rest.family === undefined || rest.family === family)
      .map((rest) => rest.until)
      .filter((until) => until > now);
    if (untils.length === 0) continue;
    const ready = Math.max(...untils);
    if (soonest === undefined || ready < soonest) soonest = ready;
  }
  return soonest;
}

/**
 * Two sessions' views of the same providers, as one: of two rests for the same thing the later `until` wins
 * (the same until: the longer streak). Rests that ended long ago are dropped, and their streak with them.
 */
export function mergeRests(a: Rests, b: Rests, now: number): Rests {
  const merged: Record<ProviderId, readonly Rest[]> = {};
  for (const provider of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const byFamily = new Map<ModelFamily | undefined, Rest>();
    for (const rest of [...(a[provider] ?? []), ...(b[provider] ?? [])]) {
      if (rest.until + STREAK_MEMORY_MS <= now) continue;
      const other = byFamily.get(rest.family);
      const wins =
        other === undefined || rest.until > other.until || (rest.until === other.until && rest.streak > other.streak);
      if (wins) byFamily.set(rest.family, rest);
    }
    if (byFamily.size > 0) merged[provider] = [...byFamily.values()];
  }
  return merged;
}
