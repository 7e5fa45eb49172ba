import type { Config } from '../config/schema.ts';
import { secrets } from '../providers/keys.ts';
import type { Provider } from '../providers/provider.ts';
import { createRedactor } from '../state/redact.ts';
import { dollars } from '../words/money.ts';
import { duration } from '../words/time.ts';
import { askLive, mostUsd, type LiveResult } from './doctor-live.ts';
import { wayOut } from './doctor-text.ts';
import type { Questions } from './init-questions.ts';
import { openLiveProviders } from './live-providers.ts';

/**
 * Asks each provider of the order that has a key one tiny question, if the user agrees to its price.
 * @returns those that the user wants to leave out, because they did not answer.
 */
export async function testProviders(
  asked: Questions,
  config: Config,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<string[]> {
  const { providers, estimate, close } = await openLiveProviders(config, env, cwd);
  try {
    const able = providers.filter(({ keySource }) => keySource !== undefined);
    const prices = able.map(
      (provider) => `${provider.label} ${priceText(provider, mostUsd(provider, estimate, Date.now()))}`,
    );
    if (able.length === 0 || !(await asked.test(prices))) return [];
    const redact = (text: string): string => createRedactor(secrets())(text);
    const answered = new Set<string>();
    const left = new Set<string>();
    for (const provider of able) {
      // The user has seen the price.
      const asking = askLive(provider, { estimate, now: Date.now, redact, maxUsd: Infinity });
      const result = await asked.during(`asking ${provider.label}`, asking, (told) => ({
        ok: told.outcome === 'answered',
        text: resultText(provider, told),
      }));
      if (result.outcome === 'answered') answered.add(provider.id);
      else if (!(await asked.stays(provider.label))) left.add(provider.id);
    }
    // With one key that works it can stay.
    return [...left].filter((id) => !answered.has(id));
  } finally {
    close();
  }
}

function priceText({ paid }: Provider, { usd, assumed }: ReturnType<typeof mostUsd>): string {
  if (!paid) return 'free';
  return assumed ? 'price unknown' : `at most ${dollars(Math.max(usd, 0.01))}`;
}

function resultText({ id, label }: Provider, result: LiveResult): string {
  const { model, outcome, firstMs = 0, usd, tools, images, error = '', status, fault } = result;
  if (outcome !== 'answered')
    return [`${label} (${model}): ${error}`, wayOut(id, status, fault)].filter(Boolean).join('\n');
  const lacks = [tools === 'ignored' && 'its model ignored a tool', images === 'not seen' && 'it did not see an image'];
  const cost = usd === null ? [] : [usd === 0 ? 'free' : dollars(usd)];
  return [`${label} (${model}) answers: first word after ${duration(firstMs)}`, ...cost, ...lacks.filter(Boolean)].join(
    ', ',
  );
}
