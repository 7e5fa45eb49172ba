import { UserError } from '../errors.ts';
import type { Questions } from './init-questions.ts';
import { keychainsHere, storeKey, type Keychain } from './keychain.ts';
import type { ListedProvider } from './provider-list.ts';

/** Something about a key, by provider. */
export type ByProvider = Record<string, string>;

/**
 * Keys that are nowhere yet. They are asked for only if a keychain can take them: in a file they would stand in clear
 * text, and a variable is for the user to set.
 */
export async function askKeys(
  asked: Questions,
  chosen: readonly ListedProvider[],
  env: NodeJS.ProcessEnv,
): Promise<ByProvider> {
  const keys: ByProvider = {};
  if (keychainsHere(env).length === 0) return keys;
  for (const { id, label, keyVariables } of chosen.filter(lacksOnlyItsKey)) {
    const key = await asked.key(label, keyVariables[0]!);
    if (key !== undefined) keys[id] = key;
  }
  return keys;
}

/** A cloud needs its region or project as well. */
function lacksOnlyItsKey({ state, optionalPackage, keyVariables }: ListedProvider): boolean {
  return state === 'no_key' && optionalPackage === undefined && keyVariables.length > 0;
}

/**
 * Stores keys in a keychain of the system's: those that were given here, and, if the user likes, those that are in the
 * environment.
 * @returns the command that prints each key that was stored.
 */
export async function storeKeys(
  asked: Questions,
  chosen: readonly ListedProvider[],
  given: ByProvider,
  env: NodeJS.ProcessEnv,
): Promise<ByProvider> {
  const keychains = keychainsHere(env);
  const commands: ByProvider = {};
  async function store(keychain: Keychain, { id, label }: ListedProvider, key: string): Promise<void> {
    try {
      commands[id] = await storeKey(keychain, id, key, env);
      asked.say('success', `${label}: the key is in ${keychain.label}, and is read from there`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      asked.say('warn', `${label}: ${error.message}`);
    }
  }

  const newOnes = chosen.filter(({ id }) => given[id] !== undefined);
  if (newOnes.length > 0) {
    const keychain = await asked.keychain(keychains);
    for (const one of newOnes) await store(keychain, one, given[one.id]!);
  }
  const inVariables = chosen.filter(({ id, keySource = '' }) => given[id] === undefined && env[keySource]?.trim());
  if (inVariables.length > 0 && keychains.length > 0) {
    const keychain = await asked.keep(
      inVariables.map(({ keySource }) => keySource!),
      keychains,
    );
    if (keychain) for (const one of inVariables) await store(keychain, one, env[one.keySource!]!.trim());
  }
  return commands;
}
