import type { QuotaWindow } from '../events.ts';
import { withSample } from '../failover/latency.ts';
import type { Rest } from '../failover/rest.ts';
import type { Ledger } from '../proxy/limits.ts';
import type { SharedState } from '../report/shared-state.ts';
import { outerAddress } from '../session/environment.ts';

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
  const outer = outerAddress(env);
  if (outer && upstream.startsWith(outer)) return undefined;
  const { host } = new URL(upstream);
  const folder = env['CLAUDE_CONFIG_DIR'];
  const at = host === 'api.anthropic.com' ? '' : `@${host}`;
  return `${CLAUDE}${at}${folder ? ` (${folder})` : ''}`;
}

/** The shared state as one account sees it: its own facts stand under `claude`. */
export function ledgerOf(shared: SharedState, account: string | undefined): SessionLedger {
  const own: SessionLedger = account === undefined ? inMemory() : shared;
  const of = (provider: string): SessionLedger => (provider === CLAUDE ? own : shared);
  const name = (provider: string): string => (provider === CLAUDE ? (account ?? CLAUDE) : provider);
  return {
    rests: () => ({ ...shared.rests(), [CLAUDE]: own.rests()[name(CLAUDE)] ?? [] }),
    setRests: (provider, rests) => of(provider).setRests(name(provider), rests),
    samples: (provider) => of(provider).samples(name(provider)),
    addSample: (provider, ms) => of(provider).addSample(name(provider), ms),
    count: (provider, amount) => of(provider).count(name(provider), amount),
    counted: (provider, limits) => of(provider).counted(name(provider), limits),
    windows: (provider) => of(provider).windows(name(provider)),
    setWindows: (provider, windows) => of(provider).setWindows(name(provider), windows),
  };
}

/** What is known of the outer session's Claude: it ends with this session. */
function inMemory(): SessionLedger {
  let rests: readonly Rest[] = [];
  let samples: number[] = [];
  let windows: { at: number; windows: QuotaWindow[] } | undefined;
  return {
    rests: () => ({ [CLAUDE]: rests }),
    setRests: (_, own) => void (rests = own),
    samples: () => samples,
    addSample: (_, ms) => void (samples = withSample(samples, ms)),
    count() {},
    counted: () => [],
    windows: () => windows,
    setWindows: (_, now) => void (windows = { at: Date.now(), windows: now }),
  };
}
