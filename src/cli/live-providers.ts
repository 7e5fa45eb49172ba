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
import { withKey } from '../words/switch.ts';
import { claudeUpstream } from './upstream-address.ts';

/** Providers that can be asked outside a session, and what an answer of theirs costs. */
export type LiveProviders = {
  /**
   * All but the user's own Claude: only Claude Code sends its login, and ccmux has none to ask with. One that has several
   * keys stands here once for each.
   */
  providers: LiveProvider[];
  estimate: EstimateUsd;
  close(): void;
};

/** `key`: with which of its keys it is asked, counted from 1; absent: it has one. */
export type LiveProvider = Provider & { key?: number };

/** @throws UserError for settings that cannot make a session. */
export async function openLiveProviders(config: Config, env: NodeJS.ProcessEnv, cwd: string): Promise<LiveProviders> {
  const upstream = createUpstream(env);
  const address = claudeUpstream(env, cwd);
  const providers = buildProviders({
    config,
    env,
    claudeUpstream: address,
    dependencies: {
      upstream,
      memory: createMemory(),
      claudeSend: createClaudeSend(() => address, upstream),
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  return {
    providers: providers.filter(({ own }) => !own).flatMap(withEachKey),
    estimate: await openEstimate(config),
    close: () => upstream.close(),
  };
}

function withEachKey(provider: Provider): LiveProvider[] {
  const { keys, label, send } = provider;
  if (keys === undefined) return [provider];
  return keys.map((_key, at) => ({
    ...provider,
    key: at + 1,
    label: withKey(label, at + 1),
    send: (request) => send({ ...request, key: at }),
  }));
}

/** What an answer costs: by the user's own price, the catalogue's row, or the general list. */
export async function openEstimate({ providers }: Pick<Config, 'providers'>): Promise<EstimateUsd> {
  const listed = await loadPrices();
  return (answer) => {
    const { providerId: id, model } = answer;
    return listed({ ...answer, settingsPrice: providers[id]?.price, rowPrice: rowPrice(catalogRow(id), model) });
  };
}
