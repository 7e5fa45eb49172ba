import { expect, it } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { routeModels } from '../../src/session/route-models.ts';
import { CONFIG } from '../helpers/proxy.ts';

/** Providers as far as they tell what they were built from. */
const build = (config: Config) =>
  config.order!.map(
    (id) => ({ id, own: id === 'claude', label: JSON.stringify(config.providers[id]?.models) }) as Provider,
  );

it('builds the providers of a route that names models, in place of their own', () => {
  const routed = routeModels(
    {
      ...CONFIG,
      order: ['claude', 'gemini'],
      providers: { gemini: { models: { opus: 'pro', default: 'pro' } } },
      routes: [
        { when: {}, order: ['gemini'] },
        { when: {}, order: ['gemini', 'claude'], models: { default: 'flash' } },
      ],
    },
    build,
  );
  expect(routed(0, 'gemini')).toBeUndefined();
  expect(routed(1, 'gemini')?.label).toBe('{"opus":"pro","default":"flash"}');
  // Nobody changes the model of a request to Claude.
  expect(routed(1, 'claude')).toBeUndefined();
});
