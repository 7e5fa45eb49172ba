import { createMemory } from '../codec/carry.ts';
import type { Config } from '../config/schema.ts';
import { createAdaptedSend } from '../providers/adapted.ts';
import { buildProviders } from '../providers/build.ts';
import { catalogRow } from '../providers/catalog.ts';
import { createClaudeSend } from '../providers/claude.ts';
import type { Provider } from '../providers/provider.ts';
import { rowPrice } from '../providers/row-price.ts';
import { createUpstream } from '../providers/upstream.ts';
import { loadPrices, type EstimateUsd } from '../state/prices.ts';
import { claudeUpstream } from './upstream-address.ts';

/** Providers that can be asked outside a session, and what an answer of theirs costs. */
export type LiveProviders = {
  /** All but the user's own Claude: only Claude Code sends its login, and ccmux has none to ask with. */
  providers: Provider[];
  estimate: EstimateUsd;
  close(): void;
};

/** @throws UserError for settings that cannot make a session. */
export async function openLiveProviders(config: Config, env: NodeJS.ProcessEnv, cwd: string): Promise<LiveProviders> {
  const upstream = createUpstream(env);
  const address = claudeUpstream(env, cwd);
  const providers = buildProviders({
    config,
    env,
    claudeUpstream: address,
    dependencies: {
      fetch: upstream.fetch,
      memory: createMemory(),
      claudeSend: createClaudeSend(() => address, upstream),
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  return {
    providers: providers.filter(({ own }) => !own),
    estimate: await openEstimate(config),
    close: () => upstream.close(),
  };
}

/** What an answer costs: by the user's own price, the catalogue's row, or the general list. */
export async function openEstimate({ providers }: Pick<Config, 'providers'>): Promise<EstimateUsd> {
  const listed = await loadPrices();
  return (answer) => {
    const { providerId: id, model } = answer;
    return listed({ ...answer, settingsPrice: providers[id]?.price, rowPrice: rowPrice(catalogRow(id), model) });
  };
}
