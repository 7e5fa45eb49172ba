import type { EventOf, ProviderId, Reason } from '../events.ts';
import { FITNESS } from './handoff.ts';
import { costParts } from './money.ts';
import { backText } from './ready.ts';
import { duration } from './time.ts';
import { plural } from './text.ts';
import { reasonText } from './why.ts';
import type { Label } from './label.ts';

/**
 * What happened between providers, each event in parts that stand side by side (`A · B · C`) or in a list.
 * `label` gives a provider's name; `now` (epoch milliseconds) decides whether a time needs its date.
 */

/** `Gemini (key 2)`: with one of several keys. */
export function withKey(provider: string, key: number | undefined): string {
  return key === undefined ? provider : `${provider} (key ${key})`;
}

/** `Claude: 429 (5-hour limit)`, `Claude could not answer` */
export function whyPart(provider: string, reason: Reason | undefined): string {
  return reason === undefined ? `${provider} could not answer` : `${provider}: ${reasonText(reason)}`;
}

/**
 * The main thread changed hands: `Claude: 429 (5-hour limit)`, `answered by Gemini in 4.2 s (Claude's average: 2.8 s)`,
 * `Claude is back at 17:05`.
 */
export function switchParts(event: EventOf<'provider-switch'>, label: Label, now: number): string[] {
  const { cause, from, to, reason, ms, usualMs, backAt, family, cost, only, fitness, thoughts = 0 } = event;
  const given = thoughtsParts(thoughts);
  const average = usualMs === undefined ? '' : ` (${label(from)}'s average: ${duration(usualMs)})`;
  const took = `in ${duration(ms)}${average}`;
  if (cause === 'back') return [`${label(to)} is back`, `answered ${took}`];
  if (cause === 'move') return [`answered by ${label(to)} ${took}`, ...costParts(cost), ...given];
  if (cause === 'steer') {
    return [
      `you chose ${label(to)}${only ? ' and nobody else' : ''}`,
      `answered ${took}`,
      ...costParts(cost),
      ...given,
    ];
  }
  const back = backAt === undefined ? [] : [backText(label(from), backAt, now, { reason, family: family?.limited })];
  const check = fitness === undefined ? [] : [FITNESS[fitness]];
  return [
    whyPart(label(from), reason),
    `answered by ${label(to)} ${took}`,
    ...check,
    ...costParts(cost),
    ...back,
    ...given,
  ];
}

/** `with 14 of Claude's thoughts` */
export function thoughtsParts(thoughts: number): string[] {
  return thoughts > 0 ? [`with ${thoughts === 1 ? 'one' : thoughts} of Claude's thoughts`] : [];
}

/** What `ccmux use` has settled: `Gemini answers from the next request on`, `undo: ccmux use auto`. */
export function steerParts(
  { provider, only }: { provider: ProviderId | 'auto'; only: boolean },
  order: readonly ProviderId[],
  label: Label,
): string[] {
  if (provider === 'auto') return [`your order applies again from the next request on: ${order.map(label).join(', ')}`];
  const who = only
    ? `only ${label(provider)} answers from the next request on, without failover`
    : `${label(provider)} answers from the next request on`;
  return [who, 'undo: ccmux use auto'];
}

/** What stood in a provider's way; `asked`: false when it was passed over. */
export type Obstacle = {
  provider: ProviderId;
  key?: number | undefined;
  reason: Reason;
  asked: boolean;
  times?: number;
};

/** `Gemini: connection refused, twice`, `Groq was not asked: over your budget` */
export function obstaclePart({ provider, key, reason, asked, times = 1 }: Obstacle, label: Label): string {
  if (!asked) return `${label(provider)} was not asked: ${reasonText(reason)}`;
  return (
    whyPart(withKey(label(provider), key), reason) + (times === 1 ? '' : times === 2 ? ', twice' : `, ${times} times`)
  );
}

/**
 * Who answered how often: the first provider's answers count towards `total` only. `thoughts`: so many of Claude's were
 * given to one that was chosen, which no line of a failover tells.
 */
export type Share = { others: ReadonlyMap<ProviderId, number>; total: number; thoughts?: number };

/** `Gemini answered this message (2 responses)`, `Gemini gave 2, Groq gave 1 of the 5 responses to this message` */
export function shareText({ others, total }: Share, message: string, label: Label): string {
  const byOthers = [...others.values()].reduce((sum, count) => sum + count, 0);
  const [only] = others.keys();
  if (others.size === 1 && only !== undefined && byOthers === total) {
    return `${label(only)} answered ${message} (${plural(total, 'response')})`;
  }
  const each = [...others].map(([provider, count]) => `${label(provider)} gave ${count}`);
  return `${each.join(', ')} of the ${plural(total, 'response')} to ${message}`;
}
