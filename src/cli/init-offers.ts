import type { LocalServer } from '../providers/local-servers.ts';
import type { EstimateUsd } from '../state/prices.ts';
import { windowSize } from '../words/limit.ts';
import { dollars } from '../words/money.ts';
import { plural } from '../words/text.ts';
import type { Offer } from './init-questions.ts';
import type { ListedProvider } from './provider-list.ts';

/** Large enough that no price is too small to be seen, and small enough that no long-context price holds. */
const TOKENS = 1000;

/**
 * All providers but Claude, those that can answer as they are first, then servers that run here, each with its price (of
 * its model for Sonnet), its context window, and where its key is.
 */
export function offersOf(
  listed: readonly ListedProvider[],
  servers: readonly LocalServer[],
  estimate: EstimateUsd,
  at: number,
): Offer[] {
  const others = listed.filter(({ id }) => id !== 'claude');
  const rows = others.map((one) => {
    const server = servers.find(({ id }) => id === one.id);
    const windows = server?.models.flatMap(({ contextWindow }) => contextWindow ?? []) ?? [];
    const window = windows.length > 0 ? Math.max(...windows) : one.limits.contextWindow;
    return { one, server, price: priceOf(one, estimate, at), window: windowSize(window) };
  });
  const widest = (texts: string[]) => Math.max(...texts.map(({ length }) => length));
  const widths = {
    price: widest(rows.map(({ price }) => price)),
    window: widest(rows.map(({ window }) => window)),
  };
  return rows
    .map(({ one, server, price, window }) => {
      const state = server ? `runs here, ${plural(server.models.length, 'model')}` : keyOf(one);
      const isChosen = one.group === 'session' && one.state === 'ready';
      return {
        rank: isChosen ? 0 : server ? 1 : 2,
        offer: {
          id: one.id,
          label: one.label,
          facts: [price.padEnd(widths.price), window.padEnd(widths.window), state].join('  '),
          isChosen,
        },
      };
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ offer }) => offer);
}

/** US dollars per million tokens, in and out. */
function priceOf({ id, wire, host, models, paid }: ListedProvider, estimate: EstimateUsd, at: number): string {
  const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const [input, output] = [{ inputTokens: TOKENS }, { outputTokens: TOKENS }].map((some) =>
    estimate({ providerId: id, kind: wire, host, model: models.sonnet, usage: { ...none, ...some }, at }),
  );
  if (!paid) return input === 0 ? 'free' : 'subscription';
  const perMillion = (usd: number) => dollars((usd / TOKENS) * 1e6);
  return input == null || output == null ? 'price unknown' : `${perMillion(input)} / ${perMillion(output)}`;
}

function keyOf({ state, keySource, optionalPackage }: ListedProvider): string {
  if (state === 'no_key') return 'no key yet';
  if (keySource === 'none needed') return 'no key needed';
  return optionalPackage === undefined ? 'key found' : 'needs a package';
}
