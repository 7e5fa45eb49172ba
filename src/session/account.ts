import type { QuotaWindow } from '../events.ts';
import { rememberMarks } from '../ground/mark.ts';
import { withSample } from '../failover/latency.ts';
import type { Cooldown, Cooldowns } from '../failover/cooldown.ts';
import type { Ledger } from '../proxy/cooldowns.ts';
import { withReadings } from '../state/shared-facts.ts';
import type { SharedState } from '../state/shared-state.ts';
import { outerAddress } from '../launch/environment.ts';

const CLAUDE = 'claude';

/** The part of the shared state that a session reads and writes. */
export type SessionLedger = Ledger & Pick<SharedState, 'windows'>;

/**
 * The name under which sessions share what they know of the user's own Claude. A limit belongs to an account at an
 * address: a second account (`CLAUDE_CONFIG_DIR`) or a gateway has no cooldown because the first one has.
 *
 * @returns undefined inside another ccmux session: the outer session keeps that state.
 */
export function accountName(upstream: string, env: NodeJS.ProcessEnv): string | undefined {
  const outer = outerAddress(env);
  if (outer && upstream.startsWith(outer)) return undefined;
  const { host } = new URL(upstream);
  const folder = env['CLAUDE_CONFIG_DIR'];
  const at = host === 'api.anthropic.com' ? '' : `@${host}`;
  return `${CLAUDE}${at}${folder ? ` (${folder})` : ''}`;
}

/** `accountName` for the current address. Remembers the result, because it is needed several times per request. */
export function followAccountName(upstream: () => string, env: NodeJS.ProcessEnv): () => string | undefined {
  let known: { upstream: string; name: string | undefined } | undefined;
  return () => {
    const now = upstream();
    if (known?.upstream !== now) known = { upstream: now, name: accountName(now, env) };
    return known.name;
  };
}

/**
 * The shared state as one account sees it: its own facts are under `claude`, and it sees the cooldowns of its own
 * account and of unknown accounts.
 *
 * @param name see `accountName`; asked each time, because the address may change while the session runs.
 * @param account the account's id or its credential, of which only a short fingerprint is kept. Undefined before the
 *   first request: then every account's cooldowns are seen.
 */
export function ledgerOf(
  shared: SharedState,
  name: () => string | undefined,
  account: () => string | undefined = () => undefined,
): SessionLedger {
  const memory = inMemory();
  const markOf = rememberMarks();
  const of = (provider: string): SessionLedger => (provider === CLAUDE && name() === undefined ? memory : shared);
  const nameOf = (provider: string): string => (provider === CLAUDE ? (name() ?? CLAUDE) : provider);
  const claudeCooldowns = () => {
    const known = account();
    const mark = known === undefined ? undefined : markOf(known);
    const all = of(CLAUDE).cooldowns()[nameOf(CLAUDE)] ?? [];
    const isSeen = (cooldown: Cooldown) =>
      mark === undefined || cooldown.account === undefined || cooldown.account === mark;
    return { mark, seen: all.filter(isSeen), unseen: all.filter((cooldown) => !isSeen(cooldown)) };
  };
  /** They are asked for several times with each request, and mostly Claude has none. */
  let withoutClaude: { all: Cooldowns; others: Cooldowns } | undefined;
  return {
    cooldowns() {
      const all = shared.cooldowns();
      const { seen } = claudeCooldowns();
      if (seen.length > 0) return { ...all, [CLAUDE]: seen };
      if (withoutClaude?.all !== all) withoutClaude = { all, others: { ...all, [CLAUDE]: [] } };
      return withoutClaude.others;
    },
    setCooldowns(provider, cooldowns) {
      if (provider !== CLAUDE) return shared.setCooldowns(provider, cooldowns);
      const { mark, unseen } = claudeCooldowns();
      const marked = cooldowns.map((cooldown) =>
        mark === undefined ? cooldown : { ...cooldown, account: cooldown.account ?? mark },
      );
      of(CLAUDE).setCooldowns(nameOf(CLAUDE), [...unseen, ...marked]);
    },
    samples: (provider) => of(provider).samples(nameOf(provider)),
    addSample: (provider, ms) => of(provider).addSample(nameOf(provider), ms),
    count: (provider, amount) => of(provider).count(nameOf(provider), amount),
    counted: (provider, limits) => of(provider).counted(nameOf(provider), limits),
    windows: (provider) => of(provider).windows(nameOf(provider)),
    setWindows: (provider, windows) => of(provider).setWindows(nameOf(provider), windows),
    used: (provider, window) => of(provider).used(nameOf(provider), window),
  };
}

/** What ends with this session: the state of the outer session's Claude, and of a rehearsal. */
export function inMemory(): SessionLedger {
  let cooldowns: readonly Cooldown[] = [];
  let samples: number[] = [];
  let windows: { at: number; windows: QuotaWindow[] } | undefined;
  let used: ReturnType<typeof withReadings> = {};
  return {
    cooldowns: () => ({ [CLAUDE]: cooldowns }),
    setCooldowns: (_, own) => void (cooldowns = own),
    samples: () => samples,
    addSample: (_, ms) => void (samples = withSample(samples, ms)),
    count() {},
    counted: () => [],
    windows: () => windows,
    setWindows(_, read) {
      const at = Date.now();
      windows = { at, windows: read };
      used = withReadings(used, read, at);
    },
    used: (_, window) => used[window],
  };
}
