import type { Quirks } from '../codec/quirks.ts';
import type { WebAbility } from '../ground/web.ts';
import type { Price } from '../ground/price.ts';
import type { Capabilities, ModelLimits, ProviderKind } from './provider.ts';

/** The provider's model for each of Claude's tiers; `default` answers for a Claude model of no known family. */
export type TierModels = { opus: string; sonnet: string; haiku: string; default: string };

/**
 * How a request proves who is asking. `own`: the client's credentials, unchanged. `sdk`: the optional package's own
 * way.
 */
export type Auth = 'own' | 'x-api-key' | 'bearer' | 'x-goog-api-key' | 'api-key' | 'none' | 'sdk';

/**
 * How a host reports its limits: Anthropic's headers; `x-ratelimit-*` headers; only inside the body of an error
 * (Gemini's `RetryInfo` and `QuotaFailure`); or nothing that could be found in its documentation.
 */
type LimitStyle = 'anthropic' | 'x-ratelimit' | 'error-body' | 'none';

/**
 * What can be asked at no cost to learn whether a key is accepted. `list`: the list of models, which this host's
 * documentation gives to nobody without a key. `unsure`: the same, where the documentation does not say so; it is asked
 * without the key as well, and proves something only where that is refused. `url`: asked with the key as a bearer.
 */
export type KeyCheck = 'list' | 'unsure' | 'none' | { url: string; source: string };

/** A host's own web tools, and where they were read. */
export type WebTools = WebAbility & {
  /** What one search costs beside the tokens, US dollars; absent: unknown. */
  usdPerSearch?: number;
  /** Models for which an answer has one price, however often it searches. */
  perAnswer?: { models: RegExp; usd: number };
  source: string;
  read: string;
};

/** One provider as ccmux knows it. Everything here can be overridden by the user's `providers.<id>` settings. */
export type CatalogRow = {
  id: string;
  label: string;
  /** The vendor whose keys fit: two rows of one vendor share keys, another vendor's key is refused. */
  vendor: string;
  kind: ProviderKind;
  /**
   * The address before the wire's path; without `/v1` on Anthropic's wire. `{region}`, `{project}`, `{resource}` come
   * from settings or `placeholders`.
   */
  baseUrl: string;
  /** Environment variables that fill the placeholders of `baseUrl`, in order of preference. */
  placeholders?: { region?: readonly string[]; project?: readonly string[]; resource?: readonly string[] };
  auth: Auth;
  /** For `sdk`: whose credentials the package finds by itself when no key is given. */
  credentials?: string;
  /** Environment variables that hold the key, in order of preference. Empty: no key needed, or the package finds it. */
  keyVariables: readonly string[];
  /** If this variable is set, the key is meant for another host, and the row is not used unasked. */
  otherHostVariable?: string;
  /** True if a key in the environment is enough to use it. False where a key does not show that the user wants it. */
  discovered: boolean;
  models: TierModels;
  /** Tokens; `default` for a model that is not listed. */
  limits: { default: ModelLimits } & Record<string, ModelLimits>;
  capabilities: Capabilities;
  /** Its own search of the web, as far as the wire that ccmux speaks with it documents one; absent: none. */
  web?: WebTools;
  quirks: Partial<Quirks>;
  limitStyle: LimitStyle;
  /**
   * The models' prices per token, with source and date. A model without a known price says why; a model that is missing
   * here may be in the general price list (`state/prices.ts`).
   */
  prices?: { source: string; read: string; models: Record<string, Price | { unknown: string }> };
  /** Costs money per token on top of what the user has. */
  paid: boolean;
  keyCheck: KeyCheck;
  /** Where its models are listed, if not at its wire's own path; asked with the key as a bearer. */
  modelList?: string;
  /** The npm package to install for a provider that is too heavy to ship. */
  optionalPackage?: string;
  /** The page that the row was read from. */
  source: string;
  /** When it was read. */
  read: string;
  /** How far the row was checked, and what was not. */
  checked: string;
};

/** What so many searches of an answer cost, US dollars; undefined: unknown. */
export function searchesUsd(web: WebTools, model: string, searches: number): number | undefined {
  if (web.perAnswer?.models.test(model)) return web.perAnswer.usd;
  return web.usdPerSearch === undefined ? undefined : searches * web.usdPerSearch;
}

/** Capabilities that several hosts of the catalogue share. */
export const TEXT_ONLY = {
  tools: true,
  parallelTools: true,
  images: false,
  pdfs: false,
  toolResultImages: false,
} as const;
export const EVERYTHING = {
  tools: true,
  parallelTools: true,
  images: true,
  pdfs: true,
  toolResultImages: true,
} as const;

/** The day on which the rows were read. */
export const READ = '2026-11-22';
