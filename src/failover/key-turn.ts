import type { ModelFamily, ProviderId, Reason } from '../events.ts';
import { cooldownOf, type Cooldown, type Cooldowns } from './cooldown.ts';

/** One host, several keys: each has a cooldown of its own, and the host has one only while none of them can be asked. */

/** Under which name the cooldowns of one of a provider's keys are kept. No provider's id has a blank in it. */
export function keyId(provider: ProviderId, mark: string): string {
  return `${provider} key ${mark}`;
}

/** Whether cooldowns of a key are kept under this name, and not those of a provider. */
export function isKeyId(name: string): boolean {
  return /^[a-z][a-z0-9_-]* key [0-9a-f]{8}$/.test(name);
}

const OF_A_KEY: ReadonlySet<Reason['kind']> = new Set<Reason['kind']>([
  'limit',
  'billing',
  'key-refused',
  'not-permitted',
  // The command that prints it failed.
  'setup',
]);

/** Whether another key of the same host may be answered: not where the host is in trouble, or one behind it counts. */
export function isOfKey(reason: Reason): boolean {
  return OF_A_KEY.has(reason.kind) && !(reason.kind === 'limit' && reason.host !== undefined);
}

/** The cooldown of each key; undefined: it can be asked. */
export function keyCooldowns(
  cooldowns: Cooldowns,
  provider: ProviderId,
  marks: readonly string[],
  family: ModelFamily | undefined,
  now: number,
): (Cooldown | undefined)[] {
  return marks.map((mark) => cooldownOf(cooldowns, keyId(provider, mark), family, now));
}

/** Whose turn it is: the first that can be asked; where none can, the first that is back. */
export function keyInTurn(keys: readonly (Cooldown | undefined)[]): number {
  const free = keys.indexOf(undefined);
  if (free >= 0) return free;
  const untils = keys.map((cooldown) => cooldown!.until);
  return untils.indexOf(Math.min(...untils));
}
