import { UserError } from '../errors.ts';
import { loadPart } from './part.ts';
import { NO_QUIRKS } from '../codec/quirks.ts';
import { createTokenCounter } from '../codec/tokens.ts';
import { catalogRow, catalogRows } from './catalog.ts';
import { changesFor, withChanges } from './changed-request.ts';
import { describeProvider } from './describe.ts';
import { askForKey } from './key-check.ts';
import { keepSecret, resolveKeys } from './keys.ts';
import { adaptedAuth } from './list-address.ts';
import { resolvePlace } from './place.ts';
import { withoutRedirects } from './redirect.ts';
import { createRefusals } from './refusals.ts';
import { variablesIn } from '../ground/fill-in.ts';
import { fillSettings } from './variables.ts';
import type { Memory } from '../codec/carry.ts';
import type { Config, ProviderSettings } from '../config/schema.ts';
import type { Wire } from '../errors.ts';
import type { AdaptedSpec } from './adapted.ts';
import { searchesUsd, type CatalogRow } from './catalog-row.ts';
import type { ResolvedKey } from './keys.ts';
import type { ModelLimits, Provider, ProviderKind } from './provider.ts';
import type { Discovered } from '../config/discovery.ts';
import type { TranslatedSpec } from './translated-spec.ts';
import type { Upstream } from './upstream.ts';

type Send = Provider['send'];

export type BuildDependencies = {
  /** The HTTP client, which uses the user's proxies. */
  upstream: Pick<Upstream, 'fetch' | 'relay'>;
  memory: Memory;
  /** The way to the user's own Claude. */
  claudeSend: Send;
  createAdaptedSend(spec: AdaptedSpec): Send;
  /** The user lets a provider use its own web search (`webSearch`); asked with each request, as the setting may change. */
  allowsWeb?(): boolean;
  /** Left out: `providers/translated.ts`, loaded when the first request is translated, because it is heavy. */
  createTranslatedSend?(spec: TranslatedSpec): Send;
};

/**
 * Makes the providers of a session from the catalogue and the user's settings. This contacts nobody, and runs and loads
 * nothing.
 * @param input.claudeUpstream where the user's own Claude is reached.
 * @throws UserError for an unknown id, an incomplete provider, or a key that belongs to another vendor.
 */
export function buildProviders(input: {
  config: Config;
  env: NodeJS.ProcessEnv;
  claudeUpstream: string;
  dependencies: BuildDependencies;
}): Provider[] {
  const { config, env } = input;
  const build = (id: string) => buildProvider(id, input);
  const ordered = orderedIds(config, env);
  const routed = new Set(config.routes.flatMap(({ order }) => order.filter((id) => !ordered.includes(id))));
  return [...ordered.map(build), ...[...routed].map((id) => ({ ...build(id), routed: true as const }))];
}

/** Who answers, in this order, by the user's word or by the keys that are found. */
function orderedIds(config: Config, env: NodeJS.ProcessEnv): readonly string[] {
  if (config.order) return config.order;
  const found = new Set(foundByKey(config, env).map(({ id }) => id));

  const known = catalogRows()
    .map(({ id }) => id)
    .filter((id) => id !== 'claude' && (Object.hasOwn(config.providers, id) || found.has(id)));
  const own = Object.keys(config.providers).filter((id) => !catalogRow(id));
  return ['claude', ...known, ...own];
}

/**
 * Providers that are used only because of a key in the environment, unless the user said never. The user is told before a
 * conversation first goes there.
 */
export function foundByKey(
  config: Pick<Config, 'order' | 'never' | 'providers'>,
  env: NodeJS.ProcessEnv,
): Discovered[] {
  if (config.order) return [];
  const found: Discovered[] = [];
  for (const row of catalogRows()) {
    const isNamed = row.id === 'claude' || Object.hasOwn(config.providers, row.id);
    const variable = isNamed || config.never?.includes(row.id) ? undefined : discover(row, env);
    if (variable === undefined) continue;
    try {
      resolveKeys(undefined, targetOf(row, resolvePlace(row, undefined, env).baseUrl), env);
      found.push({ id: row.id, label: row.label, variable });
    } catch (error) {
      // The variable holds another vendor's key: the user did not name this provider, so this is not an error.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return found;
}

function targetOf(row: CatalogRow, baseUrl: string) {
  return { ...row, baseUrl, keyOptional: row.keyVariables.length === 0 || row.auth === 'sdk' };
}

/** @returns the variable whose key adds a row to a session. */
function discover(row: CatalogRow, env: NodeJS.ProcessEnv): string | undefined {
  if (!row.discovered) return undefined;
  // A key beside another host's address belongs to that host.
  if (row.otherHostVariable && env[row.otherHostVariable]) return undefined;
  return row.keyVariables.find((variable) => env[variable]?.trim());
}

/**
 * How a provider is reached: its row with the user's settings laid over it, its address, and where its key comes from.
 * @throws UserError for an unknown id, an incomplete provider, or a key that belongs to another vendor.
 */
export function reach(id: string, config: Pick<Config, 'providers'>, env: NodeJS.ProcessEnv) {
  const { settings, missing, secrets } = fillSettings(id, config.providers[id], env);
  secrets.forEach(keepSecret);
  const row = describeProvider(id, settings);
  const place = resolvePlace(row, settings, env);
  return { row, settings, missing, place, keys: resolveKeys(settings, targetOf(row, place.baseUrl), env) };
}

function buildProvider(id: string, input: Parameters<typeof buildProviders>[0]): Provider {
  if (id === 'claude') return buildClaude(input.config.providers[id], input);
  const { row, settings, missing, place, keys } = reach(id, input.config, input.env);
  const { dependencies } = input;

  const refusals = createRefusals();
  const modelFor = (claudeModel: string): string => row.models[tierOf(claudeModel) ?? 'default'];
  const limitsOf = (model: string): ModelLimits => {
    const limits = row.limits[model] ?? row.limits.default;
    return {
      contextWindow: settings?.contextWindow ?? limits.contextWindow,
      maxOutput: settings?.maxOutput ?? limits.maxOutput,
      // The host's own word outranks the catalogue.
      ...withDefined(refusals.of(model).maxTools ?? limits.maxTools),
    };
  };
  const tokens = createTokenCounter();
  const web = () => row.web && (dependencies.allowsWeb?.() ? row.web : 'off');
  const common = {
    id,
    label: row.label,
    tokens,
    refusals,
    baseUrl: place.baseUrl,
    key: async (at = 0) => keys[at]?.get(),
    headers: settings?.headers ?? {},
    modelFor,
    limitsOf,
    web,
  };
  const spec: TranslatedSpec | undefined =
    row.kind === 'anthropic'
      ? undefined
      : {
          ...common,
          kind: row.kind,
          capabilities: row.capabilities,
          quirks: { ...NO_QUIRKS, ...row.quirks },
          // The package builds a cloud's address, unless the user sets one.
          baseUrl: row.auth === 'sdk' && !settings?.baseUrl ? '' : place.baseUrl,
          ...(place.region !== undefined && { region: place.region }),
          ...(place.project !== undefined && { project: place.project }),
          relay: dependencies.upstream.relay,
          memory: dependencies.memory,
        };
  const send = spec
    ? translatedSend(spec, dependencies.createTranslatedSend)
    : dependencies.createAdaptedSend({ ...common, auth: adaptedAuth(row.auth, keys[0]) });
  const changes = changesFor(spec ? undefined : row.capabilities);

  return {
    id,
    label: row.label,
    kind: row.kind,
    own: false,
    wire: WIRES[row.kind],
    translated: row.kind !== 'anthropic',
    paid: row.paid,
    host: hostOf(place.baseUrl),
    keySource: place.missing.length + missing.length > 0 ? undefined : keySource(row, keys),
    ...(keys.length > 1 && { keys: keys.map(({ source, mark }) => ({ source, mark })) }),
    knownKeys: () => keys.map(({ mark, known }) => ({ mark, key: known() })),
    keyVariables: [...(ownVariables(settings) ?? row.keyVariables), ...place.missing, ...missing],
    capabilities: row.capabilities,
    web,
    ...priceOfSearches(row),
    tokens,
    modelFor,
    limitsOf,
    checkKey: (at) => askForKey({ row, settings, place, keys }, at, dependencies.upstream.fetch),
    send: withoutRedirects(withChanges(send, changes), { wire: WIRES[row.kind], translated: row.kind !== 'anthropic' }),
    ...(spec && { prepare: () => prepare(spec) }),
  };
}

/** The user's own Claude, with its bytes, address and credentials unchanged: ccmux adds nothing. */
function buildClaude(settings: ProviderSettings | undefined, input: Parameters<typeof buildProviders>[0]): Provider {
  if (settings?.apiKey !== undefined || settings?.apiKeyCommand !== undefined) {
    throw new UserError(
      'providers.claude can have no key: claude sends its own. Remove it, or give the second account a name of its own ' +
        'with kind: anthropic, baseUrl, apiKey and models.',
    );
  }
  const row = catalogRow('claude')!;
  const modelFor = (claudeModel: string): string => claudeModel;
  const limitsOf = (model: string): ModelLimits => row.limits[model.replace(/-\d{8}$/, '')] ?? row.limits.default;
  const tokens = createTokenCounter();
  return {
    id: 'claude',
    label: settings?.label ?? row.label,
    kind: 'anthropic',
    own: true,
    wire: 'anthropic',
    translated: false,
    paid: false,
    host: hostOf(input.claudeUpstream),
    keySource: "claude's own login",
    keyVariables: [],
    capabilities: row.capabilities,
    ...priceOfSearches(row),
    tokens,
    modelFor,
    limitsOf,
    send: input.dependencies.claudeSend,
  };
}

/** Fable stands above Opus, and no other vendor has a tier above its best. */
export function tierOf(claudeModel: string): 'opus' | 'sonnet' | 'haiku' | undefined {
  const name = claudeModel.toLowerCase();
  if (name.includes('haiku')) return 'haiku';
  if (name.includes('sonnet')) return 'sonnet';
  if (name.includes('opus') || name.includes('fable')) return 'opus';
  return undefined;
}

/**
 * Here alone: what another file of the bundle has imported, Node looks for again when it is imported from this one, and
 * an upgrade may have deleted it.
 */
const loadTranslated = () => import('./translated.ts');

async function prepare(spec: TranslatedSpec): Promise<void> {
  const { createTranslatedSend } = await loadTranslated();
  const { rehearse } = await import('./rehearse.ts');
  await rehearse(spec, createTranslatedSend);
}

/** Loads the translation on first use; a failed load is tried again with the next request. */
function translatedSend(spec: TranslatedSpec, create: BuildDependencies['createTranslatedSend']): Send {
  let made: Send | undefined;
  return async (request) => {
    made ??= (create ?? (await loadPart(loadTranslated)).createTranslatedSend)(spec);
    return made(request);
  };
}

const WIRES: Record<ProviderKind, Wire> = {
  anthropic: 'anthropic',
  'vertex-anthropic': 'anthropic',
  bedrock: 'openai',
  gemini: 'gemini',
  vertex: 'gemini',
  openai: 'openai',
  'openai-compatible': 'openai',
  azure: 'openai',
};

function keySource(row: CatalogRow, keys: readonly ResolvedKey[]): string | undefined {
  const [first] = keys;
  if (keys.length > 1) return `${keys.length} keys`;
  return first?.source === 'none needed' && row.credentials ? row.credentials : first?.source;
}

/** If the user names a key, the catalogue's variables do not count. */
function ownVariables(settings: ProviderSettings | undefined): string[] | undefined {
  return settings?.apiKey === undefined ? undefined : [settings.apiKey].flat().flatMap(variablesIn);
}

function priceOfSearches({ web }: CatalogRow): Pick<Provider, 'searchesUsd'> {
  return web ? { searchesUsd: (model, searches) => searchesUsd(web, model, searches) } : {};
}

function withDefined(maxTools: number | undefined): Pick<ModelLimits, 'maxTools'> {
  return maxTools === undefined ? {} : { maxTools };
}

function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? baseUrl;
}
