import type { FailureClass, ProviderId } from '../events.ts';
import type { SafetyChecks } from '../failover/safety.ts';
import type { Price } from '../ground/price.ts';
import type { Limits } from '../failover/situation.ts';
import type { ProviderKind } from '../providers/provider.ts';
import type { FooterField, Notification, SwitchBack } from '../state/live.ts';

/** One provider as the user configured it; what is left out comes from the catalogue's row of the same id. */
export type ProviderSettings = {
  label?: string;
  kind?: ProviderKind;
  baseUrl?: string;
  /** A literal, or `${VAR}`: resolved when the provider is built, never written anywhere. */
  apiKey?: string;
  /** Run once, by the shell, when the key is first needed; its standard output is the key. */
  apiKeyCommand?: string;
  headers?: Record<string, string>;
  models?: { default?: string; opus?: string; sonnet?: string; haiku?: string };
  contextWindow?: number;
  maxOutput?: number;
  images?: boolean;
  pdfs?: boolean;
  tools?: boolean;
  /** Limits that the wire does not tell, counted by ccmux itself across sessions. */
  limits?: { requestsPerMinute?: number; requestsPerDay?: number; tokensPerMinute?: number; tokensPerDay?: number };
  /** For a model whose price is not known, or for a server that costs nothing: 0. */
  price?: Price | 0;
  region?: string;
  project?: string;
};

/** All settings, normalised: durations in milliseconds, every default filled in. */
export type Config = {
  /** Absent: Claude first, then every catalogued provider whose key is in the environment. */
  order?: ProviderId[];
  /** Found by their keys, and the user said that no conversation may go to them. */
  never?: ProviderId[];
  switchBack: SwitchBack;
  failover: {
    /** False with `--no-failover`: everything is relayed from the first in the order. */
    enabled: boolean;
    on: FailureClass[];
    waitUpToMs: number;
    firstByteTimeoutMs: number;
    /** How often a provider is tried again whose trouble may be over in a moment. */
    retries: number;
    safetyChecks: SafetyChecks;
  };
  /** How long Claude, and how long everybody else, may take for what; milliseconds, 0: for ever. */
  limits: { claude: Limits; others: Limits };
  /** What the footer shows, in this order. */
  footer: { format: readonly FooterField[] };
  /** What is told by a notification of the terminal's, beside the notice. */
  notify: readonly Notification[];
  budget: { perSession?: number; perDay?: number };
  report: { previews: boolean };
  /** `firstParty`: Claude Code is told that its requests reach Anthropic, where they do. */
  client: { firstParty: boolean };
  providers: Record<ProviderId, ProviderSettings>;
};
