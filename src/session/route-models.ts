import type { Config } from '../config/schema.ts';
import type { ProviderId } from '../events.ts';
import type { Provider } from '../providers/provider.ts';

/**
 * The providers of routes that name models of their own: the same providers, asked for other models.
 * @param build makes providers of a configuration; it contacts nobody.
 * @returns by a route's place and a provider; undefined where the route names no models.
 */
export function routeModels(
  config: Config,
  build: (config: Config) => readonly Provider[],
): (route: number, id: ProviderId) => Provider | undefined {
  const byRoute = config.routes.map(({ order, models }) => {
    if (models === undefined) return [];
    const settings = order.map((id) => {
      const own = config.providers[id];
      return [id, { ...own, models: { ...own?.models, ...models } }] as const;
    });
    const own = { ...config.providers, ...Object.fromEntries(settings) };
    return build({ ...config, order: [...order], routes: [], providers: own });
  });
  return (route, id) => byRoute[route]?.find((provider) => provider.id === id && !provider.own);
}
