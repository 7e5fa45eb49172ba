import { UserError } from '../errors.ts';
import { catalogRow } from './catalog.ts';
import { WEB } from './catalog-prices.ts';
import { isLocalModel, isLoopback } from '../ground/price.ts';
import type { ProviderSettings } from '../config/schema.ts';
import type { CatalogRow, TierModels } from './catalog-row.ts';

/**
 * A catalogue row with the user's settings laid over it, or a row made of settings alone.
 * @throws UserError for an id that nobody knows, and for settings that leave out what a provider cannot do without.
 */
export function describeProvider(id: string, settings: ProviderSettings | undefined): CatalogRow {
  const known = catalogRow(id);
  if (!known && !settings) {
    throw new UserError(
      `order names "${id}", which is neither in the catalogue nor under providers. \`ccmux providers\` lists the names.`,
    );
  }
  const row = known ?? customRow(id, settings!);
  if (!settings) return row;
  if (known && settings.kind && settings.kind !== known.kind && !settings.baseUrl) {
    throw new UserError(
      `providers.${id}.kind is not the catalogue's (${known.kind}), so it needs a baseUrl that speaks ${settings.kind}.`,
    );
  }
  const capabilities = { ...row.capabilities };
  const models = overlayModels(row.models, settings.models);
  const baseUrl = checkedUrl(id, settings.baseUrl) ?? row.baseUrl;
  if (settings.tools !== undefined) capabilities.tools = settings.tools;
  if (settings.pdfs !== undefined) capabilities.pdfs = settings.pdfs;
  if (settings.images !== undefined) {
    capabilities.images = settings.images;
    capabilities.toolResultImages = settings.images && (settings.kind ?? row.kind) === 'anthropic';
  }
  return {
    ...row,
    label: settings.label ?? row.label,
    kind: settings.kind ?? row.kind,
    baseUrl,
    paid: settings.price === 0 ? false : row.paid || settings.price !== undefined || !isFree(id, baseUrl, models),
    models,
    capabilities,
  };
}

/** Behind an address of this machine may be a gateway to a host that charges, and Ollama serves models that do not run here. */
function isFree(id: string, baseUrl: string, models: TierModels): boolean {
  const host = URL.parse(baseUrl)?.host;
  return !isLoopback(host) || Object.values(models).every((model) => isLocalModel(id, host, model));
}

function customRow(id: string, settings: ProviderSettings): CatalogRow {
  const { kind, baseUrl, models } = settings;
  const anyModel = models?.default ?? models?.sonnet ?? models?.opus ?? models?.haiku;
  if (!kind || !baseUrl || !anyModel) {
    const missing = [!kind && 'kind', !baseUrl && 'baseUrl', !anyModel && 'models.default'].filter(Boolean);
    throw new UserError(
      `providers.${id} is not in the catalogue, so it needs ${missing.join(' and ')} (\`ccmux providers\` lists the names).`,
    );
  }
  return {
    id,
    label: id,
    vendor: '',
    kind,
    baseUrl,
    auth: kind === 'anthropic' ? 'x-api-key' : 'bearer',
    keyVariables: [],
    discovered: false,
    models: { opus: anyModel, sonnet: anyModel, haiku: anyModel, default: anyModel },
    // A second account at Anthropic's own address.
    ...(URL.parse(baseUrl)?.host === 'api.anthropic.com' && { web: WEB.anthropic }),
    limits: { default: { contextWindow: 131_072, maxOutput: 32_768 } },
    // Only what every such host can do; the user says more with `images` and `pdfs`.
    capabilities: { tools: true, parallelTools: true, images: false, pdfs: false, toolResultImages: false },
    quirks: {},
    limitStyle: 'none',
    keyCheck: 'unsure',
    paid: !isLocalModel(id, URL.parse(baseUrl)?.host, anyModel),
    source: 'the configuration',
    read: '',
    checked: 'as the user says',
  };
}

/** A tier that the user leaves out takes his default, then the catalogue's model. */
function overlayModels(row: TierModels, own: ProviderSettings['models']): TierModels {
  if (!own) return row;
  return {
    opus: own.opus ?? own.default ?? row.opus,
    sonnet: own.sonnet ?? own.default ?? row.sonnet,
    haiku: own.haiku ?? own.default ?? row.haiku,
    default: own.default ?? own.sonnet ?? row.default,
  };
}

function checkedUrl(id: string, baseUrl: string | undefined): string | undefined {
  if (baseUrl === undefined) return undefined;
  const url = URL.parse(baseUrl);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new UserError(
      `providers.${id}.baseUrl must be a http(s) address without a password in it: https://host/path.`,
    );
  }
  return baseUrl.replace(/\/+$/, '');
}
