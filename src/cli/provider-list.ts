import type { Reason } from '../events.ts';
import { UserError } from '../errors.ts';
import { buildProviders } from '../providers/build.ts';
import { catalogRow, catalogRows } from '../providers/catalog.ts';
import { createMemory } from '../codec/carry.ts';
import { reasonText } from '../words/why.ts';
import type { Config } from '../config/schema.ts';
import type { CatalogRow } from '../providers/catalog-row.ts';
import type { Cooldowns } from '../failover/cooldown.ts';
import type { Capabilities, ModelLimits, Provider, ProviderKind } from '../providers/provider.ts';

/** A provider, in the session or not, for `ccmux providers` and `ccmux doctor`. Holds no key. */
export type ListedProvider = {
  id: string;
  label: string;
  /** `session`: asked in this order. `route`: by a route alone. `available`: can be added as it is. `no_key`: needs a key first. */
  group: 'session' | 'route' | 'available' | 'no_key';
  state: 'ready' | 'cooldown' | 'no_key';
  /** `cooldown`: until when, epoch milliseconds. */
  until?: number;
  /** Why it is unavailable, or why its key is refused. */
  reason?: string;
  /** `cooldown`: the same as facts. */
  cause?: Reason;
  /** The variable, `apiKey`, `apiKeyCommand` … that the key comes from. */
  keySource?: string;
  /** Where each of several keys comes from. */
  keys?: string[];
  /** Variables that could hold the key. */
  keyVariables: string[];
  /** What is missing before it can be used, in words: `AWS_REGION, and AWS_BEARER_TOKEN_BEDROCK or …`. */
  needs?: string;
  wire: ProviderKind;
  translated: boolean;
  paid: boolean;
  host: string;
  models: { opus: string; sonnet: string; haiku: string };
  /** Of the model for Sonnet, in tokens. */
  limits: ModelLimits;
  capabilities: Capabilities;
  /** It has a web search of its own, which `webSearch` must allow. */
  webSearch: boolean;
  /** The npm package that must be installed for it. */
  optionalPackage?: string;
  /** How the host says what is left of its limits. */
  reportsLimits?: CatalogRow['limitStyle'];
  /** The page that the catalogue's row was read from, when, and how far it could be checked. */
  source?: string;
  read?: string;
  checked?: string;
};

export type ListOptions = {
  config: Config;
  env: NodeJS.ProcessEnv;
  /** Where the user's own Claude is reached. */
  claudeUpstream: string;
  cooldowns: Cooldowns;
  /** Epoch milliseconds. */
  now: number;
};

/**
 * All providers: first the session's in its order, then the rest of the catalogue.
 * @throws UserError for settings that cannot make a session.
 */
export function listProviders(options: ListOptions): ListedProvider[] {
  const session = buildList(options, options.config).map((provider) =>
    describe(provider, provider.routed ? 'route' : 'session', options),
  );
  const inSession = new Set(session.map(({ id }) => id));
  const others = catalogRows()
    .map(({ id }) => id)
    .filter((id) => !inSession.has(id));
  return [...session, ...others.map((id) => describeOther(id, options))];
}

/** A provider outside the session. A key of another vendor counts as missing, with the reason. */
function describeOther(id: string, options: ListOptions): ListedProvider {
  try {
    const [provider] = buildList(options, { ...options.config, order: [id], routes: [] });
    return describe(provider!, provider!.keySource === undefined ? 'no_key' : 'available', options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [provider] = buildList(
      { ...options, env: {} },
      { ...options.config, order: [id], routes: [], providers: {} },
    );
    return { ...describe(provider!, 'no_key', options), reason: error.message };
  }
}

/** Providers for display: they cannot send anything. */
function buildList({ env, claudeUpstream }: ListOptions, config: Config): Provider[] {
  const send = () => Promise.reject(new Error('a listed provider was asked to send'));
  const dependencies = {
    upstream: { fetch: send, relay: send },
    memory: createMemory(),
    claudeSend: send,
    createAdaptedSend: () => send,
    createTranslatedSend: () => send,
  };
  return buildProviders({ config, env, claudeUpstream, dependencies });
}

function describe(
  provider: Provider,
  group: ListedProvider['group'],
  { cooldowns, now, env }: ListOptions,
): ListedProvider {
  const cooling = (cooldowns[provider.id] ?? []).filter(({ until, family }) => until > now && family === undefined);
  const cooldown = cooling.toSorted((a, b) => b.until - a.until)[0];
  const row = catalogRow(provider.id);
  const models = {
    opus: provider.modelFor('claude-opus'),
    sonnet: provider.modelFor('claude-sonnet'),
    haiku: provider.modelFor('claude-haiku'),
  };
  const lacking = provider.keySource === undefined || group === 'no_key';
  return {
    id: provider.id,
    label: provider.label,
    group,
    state: lacking ? 'no_key' : cooldown ? 'cooldown' : 'ready',
    ...(cooldown && { until: cooldown.until, reason: reasonText(cooldown.reason), cause: cooldown.reason }),
    ...(provider.keySource !== undefined && { keySource: provider.keySource }),
    ...(provider.keys && { keys: provider.keys.map(({ source }) => source) }),
    keyVariables: provider.keyVariables,
    ...(lacking && { needs: needsOf(provider, row, env) }),
    wire: provider.kind,
    translated: provider.translated,
    paid: provider.paid,
    host: provider.host,
    models: provider.own ? { opus: 'as asked', sonnet: 'as asked', haiku: 'as asked' } : models,
    limits: provider.limitsOf(models.sonnet),
    capabilities: provider.capabilities,
    webSearch: provider.own || provider.web?.() !== undefined,
    ...(row?.optionalPackage && { optionalPackage: row.optionalPackage }),
    ...(row && { reportsLimits: row.limitStyle, source: row.source, read: row.read, checked: row.checked }),
  };
}

/** Any of the variables may hold the key; a cloud also needs its region or project, and may find a key by itself. */
function needsOf({ id, keyVariables }: Provider, row: CatalogRow | undefined, env: NodeJS.ProcessEnv): string {
  const forKey: readonly string[] = row?.keyVariables ?? [];
  if (row?.optionalPackage === undefined) return keyVariables.join(' or ') || `providers.${id}.apiKey`;
  const place = keyVariables.filter((name) => !forKey.includes(name)).join(' and ');
  const keys = [...forKey.slice(0, 1), ...(row.credentials === undefined ? [] : [credentialsText(row.credentials)])];
  const key = forKey.some((name) => env[name]?.trim()) ? '' : keys.join(' or ');
  return [place, key].filter((part) => part !== '').join(', and ');
}

/** `the AWS credential chain`, but `application-default credentials`. */
function credentialsText(credentials: string): string {
  return credentials.endsWith('s') ? credentials : `the ${credentials}`;
}
