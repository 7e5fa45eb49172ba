import { pageAssets } from '../page/template.ts';
import type { Provider } from '../providers/provider.ts';
import { loadRelay } from '../proxy/relay.ts';
import { loadWriter } from '../state/store.ts';

/**
 * Loads what a session will want of ccmux's own files later on: the first failover need not wait for it, and an upgrade
 * or a removal of ccmux may take the files away. What cannot be loaded is said when it is asked for.
 *
 * @param next who would answer next. Nobody else's package is loaded: each costs some 15 MB.
 */
export async function layIn(next: Provider | undefined): Promise<void> {
  // One after the other: a request that comes meanwhile waits for the one in hand only.
  for (const load of [async () => next?.prepare?.(), loadWriter, loadRelay, pageAssets]) {
    await load().catch(() => {});
  }
}
