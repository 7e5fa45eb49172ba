/**
 * What a host can do with the web by itself. `domains`: a search can be kept to some sites, or away from them. `mixed`:
 * it searches also where the client declares tools of its own.
 */
export type WebAbility = { search: boolean; fetch: boolean; domains: boolean; mixed: boolean };

/** What a request asks of the host's own web tools. */
export type WebWish = {
  search: boolean;
  fetch: boolean;
  domains: boolean;
  /** It declares no tool that the client runs itself. */
  only: boolean;
  /** The host must use the web: an answer without it would be no answer. */
  must: boolean;
};

/** What keeps a host from it; `off`: the user does not want it. */
export type WebLack = 'off' | 'search' | 'fetch' | 'domains' | 'mixed';

/** @param ability `off`: it has some, and the user does not want it. Undefined: it has none. */
export function webLack(
  ability: WebAbility | 'off' | undefined,
  { search, fetch, domains, only }: Omit<WebWish, 'must'>,
): WebLack | undefined {
  if (ability === 'off') return 'off';
  if (search && ability?.search !== true) return 'search';
  if (fetch && ability?.fetch !== true) return 'fetch';
  if (domains && ability?.domains !== true) return 'domains';
  return !only && ability?.mixed !== true ? 'mixed' : undefined;
}
