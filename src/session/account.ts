import type { QuotaWindow } from '../events.ts';
import { withSample } from '../failover/latency.ts';
import type { Rest } from '../failover/cooldown.ts';
import type { Ledger } from '../proxy/cooldowns.ts';
import type { SharedState } from '../state/shared-state.ts';
import { outerAddress } from '../launch/environment.ts';

const { createHash } = process.getBuiltinModule('node:crypto');

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

/**
 * The shared state as one account sees it: its own facts stand under `claude`, and of Claude's rests it sees those of
 * its own, and those of which nobody knows whose they are.
 *
 * @param name see `accountName`; asked each time, because the address may change while the session runs.
 * @param account whose limits hold: the account's id or its credential. A short fingerprint is all that is kept.
 *   Undefined before the first request: then every account's rests are seen.
 */
export function ledgerOf(
  shared: SharedState,
  name: () => string | undefined,
  account: () => string | undefined = () => undefined,
): SessionLedger {
  const memory = inMemory();
  const of = (provider: string): SessionLedger => (provider === CLAUDE && name() === undefined ? memory : shared);
  const nameOf = (provider: string): string => (provider === CLAUDE ? (name() ?? CLAUDE) : provider);
  const claudeRests = () => {
    const mark = markOf(account());
    const all = of(CLAUDE).rests()[nameOf(CLAUDE)] ?? [];
    const isSeen = (rest: Rest) => mark === undefined || rest.account === undefined || rest.account === mark;
    return { mark, seen: all.filter(isSeen), unseen: all.filter((rest) => !isSeen(rest)) };
  };
  return {
    rests: () => ({ ...shared.rests(), [CLAUDE]: claudeRests().seen }),
    setRests(provider, rests) {
      if (provider !== CLAUDE) return shared.setRests(provider, rests);
      const { mark, unseen } = claudeRests();
      const marked = rests.map((rest) => (mark === undefined ? rest : { ...rest, account: rest.account ?? mark }));
      of(CLAUDE).setRests(nameOf(CLAUDE), [...unseen, ...marked]);
    },
    samples: (provider) => of(provider).samples(nameOf(provider)),
    addSample: (provider, ms) => of(provider).addSample(nameOf(provider), ms),
    count: (provider, amount) => of(provider).count(nameOf(provider), amount),
    counted: (provider, limits) => of(provider).counted(nameOf(provider), limits),
    windows: (provider) => of(provider).windows(nameOf(provider)),
    setWindows: (provider, windows) => of(provider).setWindows(nameOf(provider), windows),
  };
}

/** Eight digits: enough to tell accounts apart, and far too few to tell anything of a key. */
function markOf(account: string | undefined): string | undefined {
  return account === undefined ? undefined : createHash('sha256').update(account).digest('hex').slice(0, 8);
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
