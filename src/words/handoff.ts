import type { EventOf, Likeness, MoveReason, ProviderId, Tag } from '../events.ts';
import { limitName, percent } from './limit.ts';
import { atClock } from './time.ts';
import type { Label } from './label.ts';

/** What the user's rules do with single requests: ask, hold, send another way. */

type Instead = { provider: ProviderId; until: number | undefined; rule: string };

/** Beside an answer of another model: how far it can be expected to have followed. */
export const FITNESS: Readonly<Record<'self-contained' | 'long', string>> = {
  'self-contained': 'self-contained',
  long: 'long chain: check this one',
};

/** Shown in place of sending a prompt, which returns to the input line. */
export function askText({ provider, until, rule }: Instead, label: Label, now: number): string {
  const back =
    until === undefined
      ? 'Claude cannot answer now'
      : `Claude cannot answer until ${atClock(until, now).replace(/^(?:at|on) /, '')}`;
  return [
    `${back}; ${label(provider)} would. Your rule asks first: ${rule}.`,
    `Send the same message again within 5 minutes and ${label(provider)} answers it.`,
    `For the whole session: ccmux use ${provider}`,
  ].join('\n');
}

/** `held for Claude by your rule: paths payments/**`, `to let Gemini answer, send the same message again within 5 minutes` */
export function holdParts({ provider, then, rule }: EventOf<'exchange-hold'>, label: Label): string[] {
  const way = then === 'ask' ? [`to let ${label(provider)} answer, send the same message again within 5 minutes`] : [];
  return [`held for Claude by your rule: ${rule}`, ...way];
}

/** `your route: like "summarise this log" and 3 more (0.71)` */
function routeText(rule: string, like: Likeness | undefined): string {
  return `your route: ${rule}${like === undefined ? '' : ` (${scoreText(like.score)})`}`;
}

/** How like two texts are: `0.71`. */
export function scoreText(score: number): string {
  return score.toFixed(2);
}

/** `only tagged by your route: like "summarise this log" (0.52)`, `another route claims its examples` */
export function tagParts({ rule, like }: Tag): string[] {
  return [`only tagged by ${routeText(rule, like)}`, 'another route claims its examples'];
}

/** Why a request went a way of its own: `your route: class auxiliary`, `to spare Claude: 5-hour limit 92 % used` */
export function moveText(why: MoveReason): string {
  return why.kind === 'route'
    ? routeText(why.rule, why.like)
    : `to spare Claude: ${limitName(why.window)} ${percent(why.used)} used`;
}
