import type { MoveReason, ProviderId, Reason } from '../events.ts';
import type { Response } from '../state/summary.ts';
import { FITNESS, moveText } from './handoff.ts';
import { obstacleText } from './ready.ts';
import { whyPart } from './switch.ts';

/** Why the last request went where it went, and what would become of the next. */

type Label = (provider: ProviderId) => string;

export type Explained = {
  /** The last request, and who could not answer it. */
  last?: Pick<Response, 'turn' | 'thread' | 'provider' | 'moved' | 'held' | 'fitness'> & {
    failures: { provider: ProviderId; reason: Reason }[];
  };
  next: {
    provider: ProviderId;
    /** What keeps Claude from answering. */
    obstacle?: { provider: ProviderId; reason: Reason; until?: number };
    moved?: MoveReason;
    /** A rule that speaks of it, and whether the user has given their word. */
    rule?: { then: 'ask' | 'hold'; text: string; consented: boolean };
    fitness: 'self-contained' | 'ordinary' | 'long';
  };
};

export function explainText({ last, next }: Explained, label: Label, now: number): string {
  return [...(last === undefined ? [] : [lastLine(last, label)]), ...nextLines(next, label, now)].join('\n');
}

function lastLine(last: NonNullable<Explained['last']>, label: Label): string {
  const { turn, thread, provider, moved, held, fitness, failures } = last;
  const whose = { main: '', subagent: ', a subagent', side: ', auxiliary' }[thread];
  const who = provider === undefined ? 'nobody answered' : `${label(provider)} answered`;
  const failed = failures.map((one) => whyPart(label(one.provider), one.reason));
  const why = moved ? [moveText(moved)] : failed.length > 0 ? failed : ['as your order says'];
  const kept = held === undefined ? [] : [`held for Claude by your rule: ${held}`];
  const check = fitness === undefined ? [] : [FITNESS[fitness]];
  return `Last request (message ${turn}${whose}): ${[who, ...why, ...kept, ...check].join(' · ')}`;
}

function nextLines(next: Explained['next'], label: Label, now: number): string[] {
  const { provider, obstacle, moved, rule, fitness } = next;
  const why = obstacle ? [obstacleText(label(obstacle.provider), obstacle, now)] : moved ? [moveText(moved)] : [];
  const kind = fitness === 'ordinary' ? [] : [FITNESS[fitness].replace(/: .*/, '')];
  const line = `Next message: ${[`${label(provider)} would answer`, ...why, ...kind].join(' · ')}`;
  return rule === undefined
    ? [line, 'No rule of yours speaks of it.']
    : [line, `Your rule ${RULES[rule.then](rule.text, rule.consented)}`];
}

const RULES = {
  hold: (text: string) => `holds it for Claude: ${text}`,
  ask: (text: string, consented: boolean) =>
    consented ? `asks first, and you have agreed: ${text}` : `asks before anybody but Claude answers: ${text}`,
};
