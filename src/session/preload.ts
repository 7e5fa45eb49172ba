import { pageAssets } from '../page/template.ts';
import type { Provider } from '../providers/provider.ts';
import { loadRelay } from '../proxy/relay.ts';
import { loadWriter } from '../ground/write-file.ts';
import { loadStatusText } from './prompt-lines.ts';

/**
 * Once the first answer is over, loads what the session needs later.
 * @param next see `layIn`; asked then. @param decide lets the session decide once what follows a limit.
 */
export function layInOnce(next: () => Provider | undefined, decide: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) void layIn(next(), decide);
    isDone = true;
  };
}

/**
 * Loads ccmux's own modules that a session needs later: so the first failover does not wait for them, and an upgrade or
 * removal of ccmux may delete the files. A module that cannot be loaded is reported when it is needed.
 *
 * @param next the provider that would answer next. No other package is loaded: each costs some 15 MB.
 */
async function layIn(next: Provider | undefined, decide: () => void): Promise<void> {
  // One after another, so that a request meanwhile waits for one module only.
  const loads = [
    async () => next?.prepare?.(),
    async () => decide(),
    loadWriter,
    loadRelay,
    loadStatusText,
    pageAssets,
  ];
  for (const load of loads) await load().catch(() => {});
}
