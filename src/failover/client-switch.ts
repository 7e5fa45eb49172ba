import type { ModelFamily, ProviderId } from '../events.ts';
import { familyOf, type Cooldowns } from './cooldown.ts';

/**
 * Claude Code's own `--fallback-model`, and the setting `fallbackModel`: when Claude overloads a model three times within
 * some two seconds, the client itself goes to the next of them, which its user asked for (observed with 2.1.330).
 */

/**
 * Whether the client has another of Claude's models to go to when this one is overloaded.
 * @param models the fallback models as the user names them, in order. A model of unknown family (`default`) could be
 *   any of them: then the answer is false.
 * @param family of the model that the request asks for.
 */
export function clientHasAnother(models: readonly string[], family: ModelFamily | undefined): boolean {
  const families = models.map(familyOf);
  if (families.length === 0 || family === undefined || families.includes(undefined)) return false;
  return families.at(-1) !== family;
}

/** The cooldowns without the client's own overloads: the client must see each overload to count it. */
export function withoutOverloads(cooldowns: Cooldowns, own: ProviderId, family: ModelFamily | undefined): Cooldowns {
  const kept = (cooldowns[own] ?? []).filter(
    (cooldown) => cooldown.failure !== 'overloaded' || cooldown.family !== family,
  );
  return { ...cooldowns, [own]: kept };
}
