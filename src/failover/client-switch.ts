import type { ModelFamily, ProviderId } from '../events.ts';
import { familyOf, type Rests } from './cooldown.ts';

/**
 * Claude Code's own `--fallback-model`, and the setting `fallbackModel`: when Claude overloads a model three times within
 * some two seconds, the client itself goes to the next of them, which its user asked for (observed with 2.1.330).
 */

/**
 * Whether the client has another of Claude's models to go to when this one is overloaded.
 * @param models the fallback models as the user names them, in order. One of which no family is known (`default`) could
 *   be any: then nothing is assumed.
 * @param family of the model that the request asks for.
 */
export function clientHasAnother(models: readonly string[], family: ModelFamily | undefined): boolean {
  const families = models.map(familyOf);
  if (families.length === 0 || family === undefined || families.includes(undefined)) return false;
  return families.at(-1) !== family;
}

/** What rests without the overloads that the client deals with: it must see each of them to count them. */
export function withoutOverloads(rests: Rests, own: ProviderId, family: ModelFamily | undefined): Rests {
  const kept = (rests[own] ?? []).filter((rest) => rest.failure !== 'overloaded' || rest.family !== family);
  return { ...rests, [own]: kept };
}
