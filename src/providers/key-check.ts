import { authHeaders, listAddress, type Reached } from './list-address.ts';
import type { Checked } from './provider.ts';

/** Milliseconds. */
const PATIENCE_MS = 15_000;

/**
 * Asks a host for something that it gives to nobody without a key, and that costs nothing: its row says what.
 * @param at which of its keys.
 * @returns undefined where nothing of the kind is known.
 * @throws where no answer comes, and where the key cannot be had.
 */
export async function askForKey(
  reached: Reached,
  at: number,
  fetch: typeof globalThis.fetch,
): Promise<Checked | undefined> {
  const { row, settings, keys } = reached;
  const { keyCheck } = row;
  const list = listAddress(reached);
  if (keyCheck === 'none' || list === undefined) return undefined;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const get = async (url: string, headers: Record<string, string>) => {
    const response = await fetch(url, { headers: { accept: 'application/json', ...headers }, signal });
    const body = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  };

  const key = keys[at];
  // A row's own address is no address of a host that the user has put in its place.
  if (typeof keyCheck === 'object' && settings?.baseUrl === undefined) {
    return { ...(await get(keyCheck.url, authHeaders('bearer', await key?.get()))), proves: true };
  }
  const answer = await get(list.url, await list.headersWith(key));
  const isSure = keyCheck === 'list' && settings?.baseUrl === undefined;
  if (isSure || answer.status !== 200 || key?.source === 'none needed') return { ...answer, proves: true };
  // A host that lists its models without the key as well has not looked at it.
  const { status } = await get(list.url, await list.headersWith(undefined));
  return { ...answer, proves: status !== 200 };
}
