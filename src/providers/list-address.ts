import type { ProviderSettings } from '../config/schema.ts';
import type { AdaptedSpec } from './adapted.ts';
import type { Auth, CatalogRow } from './catalog-row.ts';
import type { ResolvedKey } from './keys.ts';
import type { Place } from './place.ts';
import type { ProviderKind } from './provider.ts';

/** A provider as far as it says where it is reached, and with which keys. */
export type Reached = {
  row: CatalogRow;
  settings: ProviderSettings | undefined;
  place: Place;
  keys: readonly ResolvedKey[];
};

/** Where each wire lists its models; a cloud lists what could be deployed there, not what its user may ask. */
const PATHS: Record<ProviderKind, string | undefined> = {
  anthropic: '/v1/models?limit=1000', // platform.claude.com/docs/en/api/models-list
  gemini: '/models?pageSize=1000', // ai.google.dev/api/models
  openai: '/models', // platform.openai.com/docs/api-reference/models/list
  'openai-compatible': '/models',
  azure: undefined,
  vertex: undefined,
  'vertex-anthropic': undefined,
  bedrock: undefined,
};

/** Where a provider lists its models, and with which headers it is asked; undefined: it has no such list. */
export function listAddress({ row, settings, place, keys }: Reached) {
  const path = PATHS[row.kind];
  if (path === undefined) return undefined;
  const isElsewhere = row.modelList !== undefined && settings?.baseUrl === undefined;
  const auth = isElsewhere ? 'bearer' : authOf(row, keys[0]);
  return {
    url: isElsewhere ? row.modelList! : place.baseUrl.replace(/\/+$/, '') + path,
    headersWith: async (key: ResolvedKey | undefined): Promise<Record<string, string>> => ({
      ...authHeaders(auth, await key?.get()),
      ...(row.kind === 'anthropic' && VERSION),
      ...settings?.headers,
    }),
  };
}

const VERSION = { 'anthropic-version': '2023-06-01' };

/** A provider of the user's own has no row that says where its wire has the key. */
function authOf({ kind, auth }: CatalogRow, key: ResolvedKey | undefined): Auth {
  if (kind === 'gemini') return 'x-goog-api-key';
  return kind === 'anthropic' ? adaptedAuth(auth, key) : auth;
}

export function adaptedAuth(auth: Auth, key: ResolvedKey | undefined): AdaptedSpec['auth'] {
  if (auth === 'x-api-key' || auth === 'bearer') return auth;
  // A local host that needs no key may still require one by its own settings.
  return key && key.source !== 'none needed' ? 'bearer' : 'none';
}

export function authHeaders(auth: Auth, key: string | undefined): Record<string, string> {
  if (key === undefined || auth === 'none') return {};
  return auth === 'bearer' ? { authorization: `Bearer ${key}` } : { [auth]: key };
}
