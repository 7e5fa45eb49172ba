import type { Usage } from '../events.ts';

/** What groups of figures can be made by. */
export const GROUPINGS = ['day', 'week', 'model', 'provider', 'project', 'session'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What happened, as numbers. */
export type Figures = {
  sessions: number;
  messages: number;
  answers: number;
  /** Answers by others than Claude. */
  answersByOthers: number;
  failovers: number;
  /** For how long others answered sessions that prefer Claude; sessions beside each other add up. */
  awayMs: number;
  tokens: Usage;
  /** Spent on paid providers, estimated; too low if some answers have no known price. */
  spentUsd: number;
  unknownPrices: number;
  /** What a plan paid for, Claude's above all, at API prices: a comparison, and never part of `spentUsd`. */
  notionalUsd: number;
  /** Average time of an answer; absent where there was none. */
  claudeMs?: number;
  othersMs?: number;
  /** Outages of Claude by a limit. Each counts once, however many sessions met it. */
  outages: number;
  /** An estimate: what the outages would have taken the manual way. */
  minutesNotLost: { estimate: true; least: number; most: number };
};

export type Group = Figures & {
  /** `2026-11-22`, `2026-W48`, a model, a provider's id, a folder, a session's id. */
  key: string;
  label: string;
  /** Of a session: when it began, and its folder. */
  startedAt?: number;
  cwd?: string;
};

export type Totals = { total: Figures; groups: Group[] };

/** Epoch milliseconds. The beginning belongs to it, the end does not; an absent one is open. */
export type Period = { since?: number | undefined; until?: number | undefined };

/** The figures of a period, and what could not be counted. */
export type History = Totals & { unreadable: { session: string; problem: string }[] };
