import type { Likeness, MoveReason, ProviderId, Reason } from '../events.ts';
import type { Response } from '../state/summary.ts';
import { FITNESS, moveText, scoreText } from './handoff.ts';
import { obstacleText } from './ready.ts';
import type { Label } from './label.ts';

/** Why the last request went where it went, and what would become of the next. */

export type Explained = {
  /** The last request, and why it went where it went (see `why-here.ts`). */
  last?: { response: Pick<Response, 'turn' | 'thread' | 'provider'>; why: readonly string[] };
  next: {
    provider: ProviderId;
    /** What keeps Claude from answering. */
    obstacle?: { provider: ProviderId; reason: Reason; until?: number };
    moved?: MoveReason;
    /** A rule that speaks of it, and whether the user has given their word. */
    rule?: { then: 'ask' | 'hold'; text: string; consented: boolean };
    fitness: 'self-contained' | 'ordinary' | 'long';
    comparison?: Comparison;
  };
};

/** How like the examples of the user's routes a prompt is. */
type Comparison = {
  by: Likeness['by'];
  /** A match has at least this score. */
  least: number;
  /** More than one is like it. */
  isTie: boolean;
  sets: {
    rule: string;
    to: ProviderId;
    score: number;
    /** It asks for other work than the examples, which halves the score. */
    halved: boolean;
    /** So many of its examples would be taken for another route's: it only tags. */
    confused?: { mistaken: number; of: number };
  }[];
};

export function explainText({ last, next }: Explained, label: Label, now: number): string {
  return [...(last === undefined ? [] : [lastLine(last, label)]), ...nextLines(next, label, now)].join('\n');
}

function lastLine({ response, why }: NonNullable<Explained['last']>, label: Label): string {
  const { turn, thread, provider } = response;
  const whose = { main: '', subagent: ', a subagent', side: ', auxiliary' }[thread];
  const who = provider === undefined ? 'nobody answered' : `${label(provider)} answered`;
  return `Last request (message ${turn}${whose}): ${[who, ...why].join(' · ')}`;
}

function nextLines(next: Explained['next'], label: Label, now: number): string[] {
  const { provider, obstacle, moved, rule, fitness, comparison } = next;
  const why = obstacle ? [obstacleText(label(obstacle.provider), obstacle, now)] : moved ? [moveText(moved)] : [];
  const kind = fitness === 'ordinary' ? [] : [FITNESS[fitness].replace(/: .*/, '')];
  const line = `Next message: ${[`${label(provider)} would answer`, ...why, ...kind].join(' · ')}`;
  const held = rule === undefined ? HELD_BY_NONE : `Your rule ${RULES[rule.then](rule.text, rule.consented)}`;
  // A route is a rule as well: beside it the line would be puzzling.
  const rules = rule === undefined && moved?.kind === 'route' ? [] : [held];
  return [line, ...rules, ...(comparison ? comparisonLines(comparison, label) : [])];
}

/** Every route with examples: also why none of them holds. */
function comparisonLines({ by, least, isTie, sets }: Comparison, label: Label): string[] {
  const lines = sets.map(({ rule, to, score, halved, confused }) => {
    const parts = [
      `${scoreText(score)}  ${rule} → ${label(to)}`,
      ...(halved ? ['halved: it asks for other work'] : []),
      ...(confused ? [`only tags: another route claims ${examplesText(confused)}`] : []),
    ];
    return `  ${parts.join(' · ')}`;
  });
  const tie = isTie ? ['  More than one is nearly as like it: it goes by none of them.'] : [];
  return [`Your routes by example, compared by ${COMPARED_BY[by]} (${scoreText(least)} is enough):`, ...lines, ...tie];
}

function examplesText({ mistaken, of }: { mistaken: number; of: number }): string {
  return of === 1 ? 'its only example' : `${mistaken} of its ${of} examples`;
}

const COMPARED_BY = { words: 'words', embedding: 'your embedding' };
const HELD_BY_NONE = 'No rule of yours speaks of it.';

const RULES = {
  hold: (text: string) => `holds it for Claude: ${text}`,
  ask: (text: string, consented: boolean) =>
    consented ? `asks first, and you have agreed: ${text}` : `asks before anybody but Claude answers: ${text}`,
};
