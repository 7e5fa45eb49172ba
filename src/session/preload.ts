import type { Failure } from '../errors.ts';
import { readOutcome } from '../failover/outcome.ts';
import { pageAssets } from '../page/template.ts';
import type { Provider } from '../providers/provider.ts';
import { loadRelay } from '../proxy/relay.ts';
import { loadWriter } from '../ground/write-file.ts';
import { loadStatusText } from './prompt-lines.ts';

/**
 * Once the first answer is over, loads what the session needs later.
 * @param next see `layIn`; asked then.
 */
export function layInOnce(next: () => Provider | undefined): () => void {
  let isDone = false;
  return () => {
    if (!isDone) void layIn(next());
    isDone = true;
  };
}

/**
 * Loads ccmux's own modules that a session needs later: so the first failover does not wait for them, and an upgrade or
 * removal of ccmux may delete the files. A module that cannot be loaded is reported when it is needed.
 *
 * @param next the provider that would answer next. No other package is loaded: each costs some 15 MB.
 */
async function layIn(next: Provider | undefined): Promise<void> {
  // One after another, so that a request meanwhile waits for one module only.
  const loads = [async () => next?.prepare?.(), loadWriter, loadRelay, loadStatusText, pageAssets, readLimited];
  for (const load of loads) await load().catch(() => {});
}

/** Reads a made-up limit: an expression is compiled when it is first used, and an error is read with dozens of them. */
async function readLimited(): Promise<void> {
  readOutcome(LIMITED, { now: Date.now(), streak: 0, on: [], fallback: false });
}

const LIMITED: Failure = {
  wire: 'anthropic',
  translated: false,
  cause: 'status',
  status: 429,
  headers: {
    'retry-after': '1',
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    'anthropic-ratelimit-unified-5h-status': 'rejected',
  },
  body: '{"type":"error","error":{"type":"rate_limit_error","message":"limited"}}',
};
