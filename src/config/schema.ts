import type { ProviderId } from '../events.ts';
import type { Price } from '../ground/price.ts';
import type { Limits } from '../failover/situation.ts';
import type { ProviderKind } from '../providers/provider.ts';
import type { SettingValues } from './settings.ts';

/** A provider's configuration by the user; missing fields come from the catalogue's row of the same id. */
export type ProviderSettings = {
  label?: string;
  kind?: ProviderKind;
  baseUrl?: string;
  /** A literal, or `${VAR}`: resolved when the provider is built, never written anywhere. Several: asked in turn. */
  apiKey?: string | string[];
  /** Run once, by the shell, when the key is first needed; its standard output is the key. */
  apiKeyCommand?: string | string[];
  headers?: Record<string, string>;
  models?: { default?: string; opus?: string; sonnet?: string; haiku?: string };
  contextWindow?: number;
  maxOutput?: number;
  images?: boolean;
  pdfs?: boolean;
  tools?: boolean;
  /** Limits that the wire does not report, counted by ccmux across sessions. */
  limits?: { requestsPerMinute?: number; requestsPerDay?: number; tokensPerMinute?: number; tokensPerDay?: number };
  /** For a model whose price is not known, or for a server that costs nothing: 0. */
  price?: Price | 0;
  region?: string;
  project?: string;
};

/** All settings, as the program reads them. */
export type Config = Omit<SettingValues, 'limits'> & {
  /** The time limits of Claude and of all others; milliseconds, 0: no limit. */
  limits: { claude: Limits; others: Limits };
  /** Providers found by their keys that the user declined for good. */
  never?: ProviderId[];
  providers: Record<ProviderId, ProviderSettings>;
};
