import type { Memory } from '../codec/carry.ts';
import type { Quirks } from '../codec/quirks.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import type { WebAbility } from '../ground/web.ts';
import type { Capabilities, ModelLimits, ProviderKind } from './provider.ts';
import type { Refusals } from './refusals.ts';
import type { Relay } from './upstream.ts';

/** How a provider of another wire is reached. */
export type TranslatedKind = Exclude<ProviderKind, 'anthropic'>;

/** One provider, as `providers/build.ts` describes it. */
export type TranslatedSpec = {
  id: string;
  label: string;
  kind: TranslatedKind;
  /** Up to the version: `https://openrouter.ai/api/v1`. Empty: the package's own address (Vertex, Bedrock). */
  baseUrl: string;
  /** @param at which of its keys. */
  key: (at?: number) => Promise<string | undefined>;
  headers: Record<string, string>;
  capabilities: Capabilities;
  quirks: Quirks;
  web?(): WebAbility | 'off' | undefined;
  modelFor(claudeModel: string): string;
  limitsOf(model: string): ModelLimits;
  /** Carries its requests. */
  relay: Relay;
  memory: Memory;
  tokens: TokenCounter;
  /** What its models have refused so far. */
  refusals: Refusals;
  /** Of Vertex and Bedrock; absent: the package's own variables decide. */
  region?: string;
  project?: string;
  /** How often a stream that waits shows that the upstream lives, milliseconds. Default: 5 s. */
  pingEveryMs?: number;
};
