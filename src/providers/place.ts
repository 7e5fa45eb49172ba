import type { ProviderSettings } from '../config/schema.ts';
import type { CatalogRow } from './catalog-row.ts';

export type Place = {
  /** The address with its placeholders filled; an unknown one stays. */
  baseUrl: string;
  /** For packages that build the address themselves. */
  region?: string;
  project?: string;
  /** The first unset variable of each part: what the provider still needs. */
  missing: string[];
};

/** Clouds have an address per region and customer: settings say which, else the cloud's own variables. */
export function resolvePlace(row: CatalogRow, settings: ProviderSettings | undefined, env: NodeJS.ProcessEnv): Place {
  const place: Place = { baseUrl: row.baseUrl, missing: [] };
  for (const part of ['region', 'project', 'resource'] as const) {
    const variables = row.placeholders?.[part];
    if (!variables) continue;
    const own = part === 'resource' ? undefined : settings?.[part];
    const value = own ?? variables.map((name) => env[name]).find(Boolean);
    if (value) {
      if (part !== 'resource') place[part] = value;
      place.baseUrl = place.baseUrl.replace(`{${part}}`, value);
    } else if (part !== 'resource' || row.baseUrl.includes('{resource}')) {
      // A gateway's address in the settings has no placeholder for the resource, so none is needed.
      place.missing.push(variables[0]!);
    }
  }
  return place;
}
