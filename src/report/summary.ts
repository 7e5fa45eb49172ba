import type { EventOf, FailureClass, ProviderId, QuotaWindow, TranslationWarning, Usage } from '../events.ts';

/**
 * What a session came to, folded from its events: the shape of `sessions/<id>.json`, of `ccmux report --json`,
 * and of what the page and `ccmux status` show of a running session. Version it when its meaning changes.
 */
export type Summary = {
  version: 1;
  session: string;
  pid: number;
  cwd: string;
  ccmux: string;
  startedAt: number;
  /** Absent while the session runs, and after a crash. */
  endedAt?: number;
  /** The last event that was seen: what a crashed session is known to have lived until. */
  lastAt: number;
  exitCode?: number;
  signal?: string;
  order: ProviderId[];
  turns: number;
  providers: ProviderTotals[];
  responses: Response[];
  switches: EventOf<'provider-switch'>[];
  failures: EventOf<'attempt-fail'>[];
  /** Each kind of translation loss once per provider, with how often. */
  warnings: (TranslationWarning & { provider: ProviderId; count: number })[];
  /** Faults inside ccmux itself (journal, page …): none of them failed a request. */
  faults: { where: string; message: string; count: number }[];
};

export type ProviderTotals = {
  id: ProviderId;
  label: string;
  kind: string;
  paid: boolean;
  answers: number;
  failures: number;
  usage: Usage;
  /** Estimated; `null` once an answer had no known price. */
  usd: number | null;
  /** Median time of an answer in this session, and what is usual across sessions. */
  medianMs?: number;
  usualMs?: number;
  windows: QuotaWindow[];
  rest?: { until: number; failure: FailureClass; reason: string };
};

/** One answer, attributed. */
export type Response = {
  at: number;
  exchange: number;
  turn: number;
  thread: 'main' | 'side' | 'subagent';
  preview?: string;
  provider?: ProviderId;
  model?: string;
  /** What the client asked for. */
  askedModel: string;
  outcome: EventOf<'exchange-end'>['outcome'];
  status?: number;
  stopReason?: string;
  requestId?: string;
  firstByteMs?: number;
  totalMs: number;
  usage?: Usage;
  usd?: number | null;
  warnings: number;
};
