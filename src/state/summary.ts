import type { Overage, Rise } from './spending.ts';
import type {
  EventOf,
  FailureClass,
  ModelFamily,
  MoveReason,
  Tag,
  ProviderId,
  QuotaWindow,
  Reason,
  SkipReason,
  TranslationWarning,
  Usage,
} from '../events.ts';
import { FORMAT } from '../ground/format.ts';

/**
 * What a session came to, folded from its events: the shape of `sessions/<id>.json`, of `ccmux report --json`,
 * and of what the page and `ccmux status` show of a running session. Version it when its meaning changes.
 */
export type Summary = {
  version: typeof FORMAT;
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
  /** Claude Code's own session, the last one of the conversation: what `--resume` takes. */
  claudeSession?: string;
  order: ProviderId[];
  turns: number;
  providers: ProviderTotals[];
  responses: Response[];
  switches: EventOf<'provider-switch'>[];
  failures: EventOf<'attempt-fail'>[];
  /** Requests that waited for a limit to reset, and how long. Absent in older reports. */
  waits?: (Omit<EventOf<'provider-wait'>, 'type'> & { ms: number })[];
  /** What fallbacks wanted to do in auto mode, and how the user answered beforehand. Absent in older reports. */
  approvals?: EventOf<'approval-ask' | 'consent-give'>[];
  /** What fallbacks were told of the session beside the transcript. Absent where none was. */
  notes?: EventOf<'memory-note'>[];
  /** What fallbacks did in Claude's place, each time it was back. Absent where nothing was done. */
  reviews?: EventOf<'review-offer'>[];
  /** Fallbacks for whose requests of a minute others had to wait, since `at`. Absent where none had to. */
  queues?: Queue[];
  /** When subagents began to send more than so many requests a minute. Absent where they never did. */
  swarms?: { at: number; perMinute: number; stops: boolean }[];
  /** How the 5-hour window has filled, and what was billed beyond the plan. Absent where nothing was told of them. */
  rise?: Rise;
  overage?: Overage;
  /** Each kind of translation loss once per provider, with how often. */
  warnings: (TranslationWarning & { provider: ProviderId; count: number })[];
  /** Requests of other programs that found the session's address: relayed, and no part of the session. */
  otherPrograms?: number;
  /** Faults inside ccmux itself (journal, page …): none of them failed a request. */
  faults: { where: string; message: string; count: number }[];
};

export type Queue = { at: number; provider: ProviderId; requests: number; longestMs: number; perMinute?: number };

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
  /** With `family`, only that family of Claude's models is unavailable. */
  cooldown?: { until: number; failure: FailureClass; reason: Reason; family?: ModelFamily };
};

/** One answer, attributed. */
export type Response = {
  at: number;
  exchange: number;
  turn: number;
  thread: 'main' | 'side' | 'subagent';
  /** Auto mode's own question whether an action may run. */
  safetyCheck?: true;
  preview?: string;
  provider?: ProviderId;
  model?: string;
  /** Which of the provider's keys has answered, counted from 1; absent: it has one. */
  key?: number;
  /** What the client asked for. */
  askedModel: string;
  outcome: EventOf<'exchange-end'>['outcome'];
  status?: number;
  stopReason?: string;
  requestId?: string;
  firstByteMs?: number;
  totalMs: number;
  /** How long whoever answered took, where other attempts or a wait came before it. */
  ownMs?: number;
  usage?: Usage;
  usd?: number | null;
  /** How many things translation dropped or changed. */
  warnings: number;
  /** Which: each a place in the summary's `warnings`, or the warning itself where it is told in other words there. */
  losses?: (number | TranslationWarning)[];
  /** Why it went a way of its own, which route only tags it, by which rule it was kept from another provider, and how well it could be handed over. */
  moved?: MoveReason;
  tag?: Tag;
  held?: string;
  fitness?: 'self-contained' | 'long';
  /** Who was not even asked and why; only where an attempt failed, nobody could answer, or not the first of the order did. */
  skipped?: { provider: ProviderId; reason: SkipReason; detail: Reason }[];
};

/** A session of which nothing is known yet. */
export function emptySummary(): Summary {
  return {
    version: FORMAT,
    session: '',
    pid: 0,
    cwd: '',
    ccmux: '',
    startedAt: 0,
    lastAt: 0,
    order: [],
    turns: 0,
    providers: [],
    responses: [],
    switches: [],
    failures: [],
    warnings: [],
    faults: [],
  };
}
