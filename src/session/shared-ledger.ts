import type { ProviderId } from '../events.ts';
import type { Cooldown } from '../failover/cooldown.ts';
import { isKeyId, keyId } from '../failover/key-turn.ts';
import { rememberMarks } from '../ground/mark.ts';
import { isLoopback } from '../ground/price.ts';
import type { Provider } from '../providers/provider.ts';
import type { SharedState } from '../state/shared-state.ts';
import { concernsAll } from '../state/team/facts.ts';
import type { SessionLedger } from './account.ts';

/**
 * The name under which machines share what they know of a provider, or of one of its keys. A limit belongs to a key, or
 * to an account of Claude's: another one's limits are not this session's. Of both only a short mark is in the name.
 *
 * @param claude the address and the account of the user's own Claude.
 * @returns undefined where nothing can be shared: nobody is known yet, or the host is this machine itself.
 */
export function sharedNames(
  providers: readonly Provider[],
  claude: { account(): string | undefined; address(): string | undefined },
): (provider: ProviderId) => string | undefined {
  const markOf = rememberMarks();
  const named = (id: ProviderId, ...owner: string[]) => `${id}#${markOf(owner.join(' '))}`;
  const ofProvider = (provider: Provider): string | undefined => {
    if (provider.own) {
      const [account, address] = [claude.account(), claude.address()];
      return account === undefined || address === undefined ? undefined : named(provider.id, address, account);
    }
    return ofKeys(provider, provider.id, provider.knownKeys?.() ?? []);
  };
  const ofKeys = ({ host, keySource }: Provider, id: string, keys: readonly Known[]): string | undefined => {
    // `localhost` on another machine is another host.
    if (isLoopback(host)) return undefined;
    if (keySource !== 'none needed' && keys.some(({ key }) => key === undefined)) return undefined;
    return named(id, host, ...keys.map(({ key = '' }) => key).toSorted());
  };
  return (id) => {
    const [first = '', , mark] = isKeyId(id) ? id.split(' ') : [id];
    const provider = providers.find((one) => one.id === first);
    if (provider === undefined) return undefined;
    if (mark === undefined) return ofProvider(provider);
    const keys = provider.knownKeys?.().filter((one) => one.mark === mark) ?? [];
    // Without the mark: that of a command says nothing of the key.
    return keys.length === 0 ? undefined : ofKeys(provider, `${first} key`, keys);
  };
}

type Known = { mark: string; key: string | undefined };

/** All names under which a session keeps something. */
export function ledgerIds(providers: readonly Provider[]): string[] {
  return providers.flatMap(({ id, keys = [] }) => [id, ...keys.map(({ mark }) => keyId(id, mark))]);
}

/**
 * One session's ledger over two places: what machines share, and what this machine knows by itself. A machine's own
 * trouble (no connection, no answer in time) stays its own; so does what nobody can share. Times and counts are kept in
 * both places, so that nothing is missing if `shared` is taken out again.
 */
export function sharedLedger(
  local: SessionLedger,
  team: SharedState,
  nameOf: (provider: ProviderId) => string | undefined,
  ids: readonly ProviderId[],
): SessionLedger {
  const ofTeam = (provider: ProviderId): readonly Cooldown[] => team.cooldowns()[nameOf(provider) ?? ''] ?? [];
  return {
    cooldowns() {
      const own = local.cooldowns();
      const both = ids.map((id) => [id, [...(own[id] ?? []), ...ofTeam(id)]] as const);
      return { ...own, ...Object.fromEntries(both.filter(([, list]) => list.length > 0)) };
    },
    setCooldowns(provider, cooldowns) {
      const name = nameOf(provider);
      const isShared = (one: Cooldown) => name !== undefined && concernsAll(one);
      local.setCooldowns(
        provider,
        cooldowns.filter((one) => !isShared(one)),
      );
      if (name !== undefined) team.setCooldowns(name, cooldowns.filter(isShared));
    },
    samples(provider) {
      const shared = team.samples(nameOf(provider) ?? '');
      return shared.length > 0 ? shared : local.samples(provider);
    },
    addSample(provider, ms) {
      local.addSample(provider, ms);
      withName(provider, (name) => team.addSample(name, ms));
    },
    count(provider, sent) {
      local.count(provider, sent);
      withName(provider, (name) => team.count(name, sent));
    },
    counted(provider, limits) {
      const name = nameOf(provider);
      return name === undefined ? local.counted(provider, limits) : team.counted(name, limits);
    },
    windows(provider) {
      const [own, shared] = [local.windows(provider), team.windows(nameOf(provider) ?? '')];
      return shared !== undefined && shared.at >= (own?.at ?? 0) ? shared : own;
    },
    setWindows(provider, windows) {
      local.setWindows(provider, windows);
      withName(provider, (name) => team.setWindows(name, windows));
    },
    used: (provider, window) => team.used(nameOf(provider) ?? '', window) ?? local.used(provider, window),
  };

  function withName(provider: ProviderId, act: (name: string) => void): void {
    const name = nameOf(provider);
    if (name !== undefined) act(name);
  }
}
