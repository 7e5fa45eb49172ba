import type { FailureClass, ModelFamily, ProviderId, Reason } from '../events.ts';

/** A provider (or only one family of its models) is unavailable until `until`, epoch milliseconds. */
export type Cooldown = {
  until: number;
  failure: FailureClass;
  reason: Reason;
  family?: ModelFamily;
  /** Whose limit it is, as a short mark: for the user's own Claude, where accounts change. */
  account?: string;
  /** The set-up that failed (see `setupOf`): the cooldown ends when the configuration changes it. */
  setup?: string;
  /** Its length when it began, milliseconds. Absent in files of an earlier ccmux. */
  lasts?: number;
  /** Failures in a row, this one included: the back-off doubles with each. */
  streak: number;
};

/**
 * At most one cooldown for a whole provider and one for each family. A cooldown that is over stays in the table, so that the
 * next failure still knows its streak; it ends with an answer, or when
 * `state/shared-facts.ts` finds that it is long over.
 */
export type Cooldowns = Readonly<Record<ProviderId, readonly Cooldown[]>>;

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
 * The cooldown that keeps a provider from taking a request; of several, the longest.
 * @param family of the asked model; undefined (unknown) is held back only by cooldowns of the whole provider.
 */
export function cooldownOf(
  cooldowns: Cooldowns,
  provider: ProviderId,
  family: ModelFamily | undefined,
  now: number,
): Cooldown | undefined {
  let longest: Cooldown | undefined;
  for (const cooldown of cooldowns[provider] ?? []) {
    if (cooldown.until <= now) continue;
    if (cooldown.family !== undefined && cooldown.family !== family) continue;
    if (longest === undefined || cooldown.until > longest.until) longest = cooldown;
  }
  return longest;
}

/** Who stands in for whom: the next strong one first. */
const NEXT_FAMILIES: Readonly<Record<ModelFamily, readonly ModelFamily[]>> = {
  fable: ['opus', 'sonnet'],
  opus: ['sonnet', 'fable'],
  sonnet: ['opus', 'haiku'],
  haiku: ['sonnet'],
};

/**
 * Where a limit holds for one family of models alone, another one that the same account goes on with: a limit of the
 * whole account leaves none.
 */
export function freeFamilyOf(
  cooldowns: Cooldowns,
  provider: ProviderId,
  family: ModelFamily | undefined,
  now: number,
): { limited: ModelFamily; free: ModelFamily } | undefined {
  const cooldown = cooldownOf(cooldowns, provider, family, now);
  if (family === undefined || cooldown?.failure !== 'rate_limit') return undefined;
  const free = NEXT_FAMILIES[family].find((other) => cooldownOf(cooldowns, provider, other, now) === undefined);
  return free && { limited: family, free };
}

/** No limit of any wire resets further away (spending limits reset monthly). */
export const LONGEST_LIMIT_MS = 40 * 86_400_000;
/** The longest cooldown that a server error can ask for: unlike a limit, it cannot know its own end. */
export const LONGEST_TROUBLE_MS = 3_600_000;

const TROUBLES: ReadonlySet<FailureClass> = new Set(['overloaded', 'server_error', 'network', 'timeout']);

/** The longest pause that grows with every failure. */
export const LONGEST_BACKOFF_MS = 5 * 60_000;

/**
 * False for a cooldown that is longer than its kind allows: the clock was wrong then, or has been set since. A cooldown
 * that began as a back-off ends within the longest back-off, whatever the clock says.
 */
export function isPlausible({ until, failure, lasts = Infinity }: Cooldown, now: number): boolean {
  const longest = TROUBLES.has(failure) ? LONGEST_TROUBLE_MS : LONGEST_LIMIT_MS;
  return until <= now + (lasts <= LONGEST_BACKOFF_MS ? LONGEST_BACKOFF_MS : longest);
}

/**
 * Removes the cooldowns that a wrong clock made, and those of a set-up that has changed.
 * @param isSetUp true where the provider is still configured as it was when the cooldown began.
 */
export function currentCooldowns(
  cooldowns: Cooldowns,
  now: number,
  isSetUp: (provider: ProviderId, cooldown: Cooldown) => boolean,
): Cooldowns {
  const current = Object.entries(cooldowns).map(([provider, own]) => {
    const kept = own.filter(
      (cooldown) => isPlausible(cooldown, now) && (cooldown.setup === undefined || isSetUp(provider, cooldown)),
    );
    return [provider, kept] as const;
  });
  return Object.fromEntries(current);
}

/** Starts a cooldown; an earlier cooldown of the same family (or of the whole provider) is replaced. */
export function withCooldown(cooldowns: Cooldowns, provider: ProviderId, cooldown: Cooldown): Cooldowns {
  const others = (cooldowns[provider] ?? []).filter((other) => other.family !== cooldown.family);
  return { ...cooldowns, [provider]: [...others, cooldown] };
}

/** An answer ends the provider's own cooldowns and those of the family that answered; the cooldowns of other families go on. */
export function withSuccess(cooldowns: Cooldowns, provider: ProviderId, family: ModelFamily | undefined): Cooldowns {
  const before = cooldowns[provider];
  if (before === undefined) return cooldowns;
  const kept = before.filter((cooldown) => cooldown.family !== undefined && cooldown.family !== family);
  if (kept.length === before.length) return cooldowns;
  const { [provider]: _gone, ...others } = cooldowns;
  return kept.length === 0 ? others : { ...others, [provider]: kept };
}

/** How often in a row a provider failed; 0 after an answer. Also counts cooldowns that are over. */
export function streakOf(cooldowns: Cooldowns, provider: ProviderId, family?: ModelFamily): number {
  const counting = (cooldowns[provider] ?? []).filter(
    (cooldown) => cooldown.family === undefined || cooldown.family === family,
  );
  return Math.max(0, ...counting.map((cooldown) => cooldown.streak));
}

/**
 * When the first of these providers can be asked again, epoch milliseconds; undefined when none of them has a cooldown.
 * @param family counts cooldowns of this family only (and of whole providers); left out, every cooldown counts.
 */
export function soonestReset(
  cooldowns: Cooldowns,
  providers: readonly ProviderId[],
  now: number,
  family?: ModelFamily,
): number | undefined {
  let soonest: number | undefined;
  for (const provider of providers) {
    const untils = (cooldowns[provider] ?? [])
      .filter((cooldown) => family === undefined || cooldown.family === undefined || cooldown.family === family)
      .map((cooldown) => cooldown.until)
      .filter((until) => until > now);
    if (untils.length === 0) continue;
    const ready = Math.max(...untils);
    if (soonest === undefined || ready < soonest) soonest = ready;
  }
  return soonest;
}
