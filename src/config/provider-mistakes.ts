import type { Mistake } from './mistakes.ts';
import { didYouMean } from './nearest.ts';
import type { Route } from '../failover/routes.ts';
import type { Config, ProviderSettings } from './schema.ts';

/**
 * Checks beyond the schema: the providers of the order and of the routes exist, a user's own provider names its kind,
 * address and model, and Claude has no key.
 * @param catalogue ids of the known providers.
 */
export async function providerMistakes(
  {
    order = [],
    providers,
    routes = [],
  }: Pick<Config, 'order' | 'providers'> & { routes?: readonly Pick<Route, 'order'>[] },
  catalogue: ReadonlySet<string>,
): Promise<Mistake[]> {
  const mistakes: Mistake[] = [];
  for (const [id, settings] of Object.entries(providers)) {
    const place = ['providers', id];
    const missing = catalogue.has(id) ? [] : missingOf(settings);
    if (missing.length > 0) {
      const near = await didYouMean(id, catalogue);
      const needs = missing.join(missing.length > 2 ? ', ' : ' and ').replace(/, ([^,]+)$/, ' and $1');
      const text = `providers.${id} is not in the catalogue, so it needs ${needs}.${near} See: ccmux providers`;
      mistakes.push({ place, text });
    }
    for (const name of ['apiKey', 'apiKeyCommand'] as const) {
      if (id === 'claude' && settings[name] !== undefined)
        mistakes.push({ place: [...place, name], text: NO_KEY(name) });
    }
  }
  const known = new Set([...catalogue, ...Object.keys(providers)]);
  for (const [index, id] of order.entries()) {
    if (known.has(id)) continue;
    const near = await didYouMean(id, known);
    const text = `order[${index}]: ${JSON.stringify(id)} is not a provider.${near} See: ccmux providers`;
    mistakes.push({ place: ['order', index], text });
  }
  for (const [index, route] of routes.entries()) {
    for (const [at, id] of route.order.entries()) {
      if (known.has(id)) continue;
      const near = await didYouMean(id, known);
      const text = `routes[${index}].order: ${JSON.stringify(id)} is not a provider.${near}`;
      mistakes.push({ place: ['routes', index, 'order', at], text });
    }
  }
  return mistakes;
}

const NO_KEY = (name: string): string =>
  `providers.claude.${name}: claude sends its own login. For a second account add a provider of another name, with kind: anthropic, baseUrl, models and a key`;

function missingOf({ kind, baseUrl, models = {} }: ProviderSettings): string[] {
  const hasModel = Object.keys(models).length > 0;
  return [kind === undefined && 'kind', baseUrl === undefined && 'baseUrl', !hasModel && 'models.default'].filter(
    (name) => name !== false,
  );
}
