import type { Rest } from '../failover/rest.ts';
import type { QuotaWindow } from '../events.ts';
import type { Ledger } from '../proxy/limits.ts';
import type { SharedState } from '../report/shared-state.ts';

const CLAUDE = 'claude';

/** What a session reads and writes of the shared state. */
export type SessionLedger = Ledger & Pick<SharedState, 'windows'>;

/**
 * The name under which sessions share what they know of the user's own Claude. A limit belongs to an account at an
 * address: a second account (`CLAUDE_CONFIG_DIR`) or a gateway must not rest because the first one does.
 *
 * @returns undefined inside another ccmux session: what the outer one knows is its own, and nothing of it is kept here.
 */
export function accountName(upstream: string, env: NodeJS.ProcessEnv): string | undefined {
  const outer = env['CCMUX_SESSION']?.replace(/\/ccmux$/, '');
  if (outer && upstream.startsWith(outer)) return undefined;
  const { host } = new URL(upstream);
  const folder = env['CLAUDE_CONFIG_DIR'];
  const at = host === 'api.anthropic.com' ? '' : `@${host}`;
  return `${CLAUDE}${at}${folder ? ` (${folder})` : ''}`;
}

/** The shared state as one account sees it: its own facts stand under `claude`. */
export function ledgerOf(shared: SharedState, account: string | undefined): SessionLedger {
  const own = account === undefined ? inMemory() : underName(shared, account);
  const of = (provider: string): Omit<SessionLedger, 'rests'> => (provider === CLAUDE ? own : shared);
  return {
    rests: () => ({ ...shared.rests(), [CLAUDE]: own.rests()[CLAUDE] ?? [] }),
    setRests: (provider, rests) => of(provider).setRests(provider, rests),
    samples: (provider) => of(provider).samples(provider),
    addSample: (provider, ms) => of(provider).addSample(provider, ms),
    count: (provider, amount) => of(provider).count(provider, amount),
    counted: (provider, limits) => of(provider).counted(provider, limits),
    windows: (provider) => of(provider).windows(provider),
    setWindows: (provider, windows) => of(provider).setWindows(provider, windows),
  };
}

function underName(shared: SharedState, account: string): SessionLedger {
  return {
    rests: () => ({ [CLAUDE]: shared.rests()[account] ?? [] }),
    setRests: (_, rests) => shared.setRests(account, rests),
    samples: () => shared.samples(account),
    addSample: (_, ms) => shared.addSample(account, ms),
    count: (_, amount) => shared.count(account, amount),
    counted: (_, limits) => shared.counted(account, limits),
    windows: () => shared.windows(account),
    setWindows: (_, windows) => shared.setWindows(account, windows),
  };
}

function inMemory(): SessionLedger {
  let rests: readonly Rest[] = [];
  let samples: number[] = [];
  let windows: { at: number; windows: QuotaWindow[] } | undefined;
  return {
    rests: () => ({ [CLAUDE]: rests }),
    setRests: (_, own) => void (rests = own),
    samples: () => samples,
    addSample: (_, ms) => void (samples = [...samples, ms].slice(-50)),
    count() {},
    counted: () => [],
    windows: () => windows,
    setWindows: (_, now) => void (windows = { at: Date.now(), windows: now }),
  };
}
