import { ASSUME_FIRST_PARTY, FIRST_PARTY_HEADERS, HINT_HEADERS, HINTS } from './claude-code-2.1.330.ts';

/**
 * With an address that is not Anthropic's, Claude Code believes that it talks to a foreign gateway and sends less: no
 * shared cache, fewer betas, no organisation's policies. ccmux passes every byte on, so the client is told the real
 * address and sends what it would send without ccmux.
 *
 * `told`: the requests reach Anthropic, and the client is told so. `switches`: they reach Anthropic, but the client
 * does not listen or the user does not want it told; documented switches give back what they can. `untouched`: the
 * requests reach the user's own gateway, and the client sends what it always sends to it.
 */
export type Identity = {
  kind: 'told' | 'switches' | 'untouched';
  /** What is set for the client, unless the user has set it. */
  variables: Readonly<Record<string, string>>;
  /** Headers that the client sends only because of our variables, in lower case: the upstream must not see them. */
  withheld: ReadonlySet<string>;
};

/** What Claude Code switches off at an address that is not Anthropic's, switched on again (its env-vars page). */
const SWITCHES = { ENABLE_TOOL_SEARCH: 'true', CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING: '1', [HINTS]: '1' };
const NONE: ReadonlySet<string> = new Set();

/**
 * @param upstream where the client's requests end.
 * @param wanted false where the user wants the client to be told nothing (`client.firstParty`).
 * @param ignored true for a client that was told before and did not listen.
 * @param users a variable of the client's as the user has set it, in the environment or in the client's own settings.
 */
export function identityOf(
  upstream: string,
  { wanted, ignored }: { wanted: boolean; ignored: boolean },
  users: (name: string) => string | undefined,
): Identity {
  const assumed = users(ASSUME_FIRST_PARTY);
  if (isAnthropic(upstream) && !assumed) {
    return wanted && !ignored
      ? { kind: 'told', variables: { [ASSUME_FIRST_PARTY]: '1' }, withheld: NONE }
      : { kind: 'switches', variables: SWITCHES, withheld: NONE };
  }
  // The user or an outer ccmux has set this already: then the headers are not ours to remove.
  if (assumed || users(HINTS)) return { kind: 'untouched', variables: {}, withheld: NONE };
  return { kind: 'untouched', variables: { [HINTS]: '1' }, withheld: HINT_HEADERS };
}

const ALL_OF_THEM: ReadonlySet<string> = new Set([...FIRST_PARTY_HEADERS, ...HINT_HEADERS]);

/**
 * Headers to remove for this address: those that the client sends only because ccmux told it that Anthropic answers,
 * where the address has changed since. Body and betas stay: changing a byte there breaks the request.
 */
export function withheldAt(address: string, { kind, withheld }: Identity): ReadonlySet<string> {
  if (isAnthropic(address)) return NONE;
  return { told: ALL_OF_THEM, switches: HINT_HEADERS, untouched: withheld }[kind];
}

/** Claude Code's own test: the host alone decides. */
export function isAnthropic(address: string): boolean {
  return URL.parse(address)?.host === 'api.anthropic.com';
}

/** `claude-cli/2.1.330 (external, cli)` → `2.1.330`; undefined for every other program. */
export function clientVersion(userAgent: string | undefined): string | undefined {
  return /^claude-cli\/(\d+\.\d+\.\d+)/.exec(userAgent ?? '')?.[1];
}
