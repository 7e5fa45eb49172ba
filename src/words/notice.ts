import type { EmbeddingTrouble, EventOf, ProviderId, Reason } from '../events.ts';
import { approvalParts, consentParts } from './consent.ts';
import { budgetParts } from './money.ts';
import { backText, isAboutKey, KEY_WAY, obstacleText } from './ready.ts';
import { shareText, steerParts, switchParts, thoughtsParts, whyPart, type Obstacle, type Share } from './switch.ts';
import { holdParts, moveText } from './handoff.ts';
import { fullText, limitName, percent, windowSize } from './limit.ts';
import { netTestParts } from './net-test.ts';
import { reviewPrompt, workText } from './review.ts';
import { swarmParts } from './swarm.ts';
import { capitalised, cut } from './text.ts';
import { atClock, clock, clockAndWait, duration } from './time.ts';
import { reasonText } from './why.ts';
import type { Label } from './label.ts';

/**
 * The lines that a person reads when something happened: facts in, one line out. Nothing here knows where a line will
 * be shown. A line has at most 160 characters: what matters least is left out first.
 */
export const LONGEST = 160;
/** A provider's own words must not push out who answered and when the other is back. */
const LONGEST_REASON = 60;
/** So long each may be where several have said something. */
const REASONS = [LONGEST_REASON, 45, 30, 20];

/** `Claude Code 2.0.77 takes ccmux for a foreign gateway and does without the shared cache · from the next launch …` */
export function clientLine({ version }: EventOf<'client-read'>): string {
  return line([
    `Claude Code ${version} takes ccmux for a foreign gateway and does without the shared cache`,
    'from the next launch on ccmux uses its documented switches',
  ]);
}

/** `subagents and auxiliary requests go to Gemini to spare Claude: 5-hour limit 92 % used · undo: ccmux use claude` */
export function moveLine({ to, why }: EventOf<'exchange-move'>, label: Label): string {
  return line([`some requests go to ${label(to)} ${moveText(why)}`, 'undo: ccmux use claude']);
}

/** `your embedding (nomic-embed-text at http://127.0.0.1:11434/v1) does not answer · prompts are compared by words` */
export function embeddingLine({ url, model, why, status }: EventOf<'embedding-fail'>): string {
  return line([
    `your embedding (${model} at ${url}) ${embeddingTrouble({ why, status })}`,
    'prompts are compared by words',
  ]);
}

export function embeddingTrouble({ why, status }: { why: EmbeddingTrouble; status?: number | undefined }): string {
  return {
    unreachable: 'does not answer',
    slow: 'takes too long for a prompt to wait',
    status: `answered ${status ?? 'an error'} (does it have this model?)`,
    unreadable: 'gave no vectors',
  }[why];
}

/** `held for Claude by your rule: paths payments/** · Claude is back at 17:05` */
export function holdLine(event: EventOf<'exchange-hold'>, back: Back, label: Label, now: number): string {
  return line([...holdParts(event, label), ...backParts(back, label, now)]);
}

type Family = NonNullable<EventOf<'provider-switch'>['family']>;

/** When the provider of first choice is back, and what keeps it; unknown where nothing does. */
export type Back = { provider: ProviderId; at: number | undefined; reason: Reason | undefined };

/** `Claude: 429 (5-hour limit) · answered by Gemini in 4.2 s (Claude's average: 2.8 s) · Claude is back at 17:05` */
export function failoverLine(
  event: EventOf<'provider-switch'>,
  label: Label,
  now: number,
  /** Who else was tried on the way, and failed. */
  others: readonly Obstacle[] = [],
): string {
  const [why = '', answered = '', ...back] = switchParts(event, label, now);
  const { usualMs: _average, ...brief } = event;
  const briefly = switchParts(brief, label, now)[1]!;
  if (event.family !== undefined) return line([...familyParts(event.family, event.backAt, now), briefly]);
  const all = [why, ...others.map(({ provider, reason }) => whyPart(label(provider), reason))];
  const whys = (longest: number) => all.map((one) => cut(one, longest)).join(', ');
  // Each one that failed is named: what they said gives way first.
  const fits = (longest: number) => `${whys(longest)} · ${briefly}`.length <= LONGEST;
  return line([whys(REASONS.find(fits) ?? REASONS.at(-1)!), answered, ...back], briefly);
}

/** `Opus is limited until 23 Nov 17:05`, `/model sonnet goes on with the same account`: the user's own way out first. */
function familyParts({ limited, free }: Family, until: number | undefined, now: number): string[] {
  const time = until === undefined ? '' : ` until ${clock(until, now)}`;
  return [`${capitalised(limited)} is limited${time}`, `/model ${free} goes on with the same account`];
}

/** `Claude's 5-hour limit: 78 % used · full at 16:20 at this pace, 45 min before its reset` */
export function approachLine(event: EventOf<'limit-approach'>, label: Label, now: number): string {
  const { provider, window, used, resetAt, fullAt } = event;
  const when = fullAt === undefined ? `resets ${clockAndWait(resetAt, now)}` : fullText(fullAt, resetAt, now);
  return line([`${label(provider)}'s ${limitName(window)}: ${percent(used)} used`, when]);
}

/** `Gemini's key 1 of 3: 429 (requests per day), until 17:05 · its other keys are asked` */
export function keyLine(event: EventOf<'provider-cooldown'>, label: Label, now: number): string {
  const { provider, key, reason, until } = event;
  const which = `${label(provider)}'s key ${key?.at} of ${key?.of}`;
  const rest = key?.left === 0 ? 'it has no other key to be asked with' : 'its other keys are asked';
  return line([obstacleText(which, { reason, until }, now), rest]);
}

/** `Gemini ready ✓ · it answers when Claude cannot` */
export function netTestLine(event: EventOf<'net-test'>, label: Label): string {
  return line(netTestParts(event, label));
}

/** `subagents send over 120 requests a minute: … · Esc stops them · to raise: budget.subagentsPerMinute` */
export function swarmLine({ perMinute, stops }: EventOf<'swarm-begin'>): string {
  return line(swarmParts(perMinute, stops));
}

/** `no fallback takes this conversation of 480k tokens (Gemini: 400k) · /compact now, or nobody can take over` */
export function tooLongLine(tokens: number, largest: { provider: ProviderId; fits: number }, label: Label): string {
  const size = `${windowSize(tokens)} tokens (${label(largest.provider)}: ${windowSize(largest.fits)})`;
  return line([`no fallback takes this conversation of ${size}`, '/compact now, or nobody can take over']);
}

/** `Gemini has answered for an hour · Claude is back at 17:05 · to hold until then: ccmux use claude --only · next time: --wait 2h` */
export function absenceLine(provider: ProviderId, back: Back, label: Label, now: number): string {
  const ways = [`to hold until then: ccmux use ${back.provider} --only`, 'or start with --wait 2h'];
  return line([`${label(provider)} has answered for an hour`, ...backParts(back, label, now), ...ways]);
}

/** `Claude bills extra usage from here on · what it costs: ccmux status` */
export function overageLine({ type, provider }: EventOf<'overage-begin' | 'overage-end'>, label: Label): string {
  return type === 'overage-begin'
    ? line([`${label(provider)} bills extra usage from here on`, 'what it has cost since: ccmux status'])
    : line([`${label(provider)} no longer bills extra usage`]);
}

/** `Claude is back and answers again` */
export function backLine({ to }: EventOf<'provider-switch'>, label: Label): string {
  return line([`${label(to)} is back and answers again`]);
}

/** `Gemini answered 3 turns: edited 2 files, ran the tests: 2 failed`, and below it a prompt to send, if the user wants. */
export function reviewLines(event: EventOf<'review-offer'>, label: Label): string[] {
  return [line([workText(event, label), 'to have it looked at, send:']), line([reviewPrompt(event, label)])];
}

/** `Gemini answers from the next request on · undo: ccmux use auto` */
export function steerLine(event: EventOf<'provider-steer'>, order: readonly ProviderId[], label: Label): string {
  return line(steerParts(event, order, label));
}

/** `Gemini's commands need your approval while Claude cannot check them · allow them all: ccmux allow gemini` */
export function approvalLine(provider: ProviderId, label: Label): string {
  return line(approvalParts(provider, label));
}

/** `Gemini's commands run without a question until Claude answers again · undo: ccmux allow none` */
export function consentLine({ provider }: EventOf<'consent-give'>, label: Label): string {
  return line(consentParts(provider, label));
}

/** With `switchBack: manual`: the provider of first choice has its limits behind it, and waits to be asked. */
export function readyLine(provider: ProviderId, label: Label): string {
  return line([`${label(provider)} is available again: ccmux use ${provider}`]);
}

/** `this session's budget is spent ($5.02 of $5.00), paid providers are skipped · to lift it, raise budget.perSession` */
export function budgetLine(event: EventOf<'budget-reach'>): string {
  return line(budgetParts(event));
}

/** `your configuration has changed · holds now: budget.perSession · from the next launch on: order` */
export function configLine({ now, later, mistake }: EventOf<'config-change'>): string {
  if (mistake !== undefined)
    return line(['your configuration has a mistake now, and nothing of it holds yet', mistake]);
  return line([
    'your configuration has changed',
    ...(now.length > 0 ? [`holds now: ${now.join(', ')}`] : []),
    ...(later.length > 0 ? [`from the next launch on: ${later.join(', ')}`] : []),
  ]);
}

/** For whom a request waits: until a limit's end, or for a place among the requests of a minute (`full`). */
export type Wait = Pick<EventOf<'provider-wait'>, 'provider' | 'until' | 'reason'>;

/** `waiting for Claude until 14:31 (in 40 s): 429 (rate limit) · to go on with Gemini at once: ccmux use gemini` */
export function waitLine(
  { provider, until, reason }: Wait,
  spare: ProviderId | undefined,
  label: Label,
  now: number,
): string {
  const way = spare === undefined ? [] : [`to go on with ${label(spare)} at once: ccmux use ${spare}`];
  const why = cut(reasonText(reason), LONGEST_REASON);
  return line([`waiting for ${label(provider)} until ${clockAndWait(until, now)}: ${why}`, ...way]);
}

/** `waited 40 s for Claude: 429 (rate limit)` */
export function waitedLine({ provider, reason }: Wait, ms: number, label: Label): string {
  return line([`waited ${duration(ms)} for ${label(provider)}: ${cut(reasonText(reason), LONGEST_REASON)}`]);
}

/**
 * `no provider could answer · Claude: 429 (5-hour limit), Gemini: over your budget · Claude is back at 17:05`
 *
 * @param soonest when the first of the others is back, epoch milliseconds.
 */
export function nobodyLine(
  obstacles: readonly Obstacle[],
  back: Back,
  label: Label,
  now: number,
  soonest?: number,
): string {
  const whys = (longest: number) =>
    obstacles.map(({ provider, reason }) => `${label(provider)}: ${cut(reasonText(reason), longest)}`).join(', ');
  const head = 'no provider could answer';
  const fits = (longest: number) => `${head} · ${whys(longest)}`.length <= LONGEST;
  const each = whys(REASONS.find(fits) ?? LONGEST_REASON);
  const isSooner = soonest !== undefined && soonest > now && (back.at === undefined || soonest < back.at);
  const again = isSooner ? [`try again ${atClock(soonest, now)}`] : [];
  const way = obstacles.some(({ reason }) => isAboutKey(reason)) ? [KEY_WAY] : [];
  return line([[head, each].filter(Boolean).join(' · '), ...again, ...backParts(back, label, now), ...way]);
}

/** A refusal over money goes back to the client unless the user has said otherwise: how to say so. */
export function billingLine({ provider, reason }: EventOf<'attempt-fail'>, label: Label): string {
  return line([
    cut(whyPart(label(provider), reason), LONGEST_REASON),
    'to fail over on billing errors too, add billing to failover.on',
  ]);
}

/** The answer broke off after the user saw the first of it: nothing is put in its place. */
export function cutLine(provider: ProviderId, totalMs: number, label: Label): string {
  return line([
    `${label(provider)}'s answer broke off after ${duration(totalMs)}`,
    'Claude Code tries again by itself',
  ]);
}

/** `Gemini answered this message (2 responses) · Claude is back at 17:05` */
export function shareLine(
  share: Share,
  message: 'this message' | 'the message before' | 'the last message',
  back: Back,
  label: Label,
  now: number,
): string {
  const { thoughts = 0 } = share;
  return line([shareText(share, message, label), ...thoughtsParts(thoughts), ...backParts(back, label, now)]);
}

function backParts({ provider, at, reason }: Back, label: Label, now: number): string[] {
  return at === undefined ? [] : [backText(label(provider), at, now, { reason })];
}

/**
 * Joins what there is to say, and shortens it to what fits: first to the `brief` form of the second part,
 * then from the end, at last in the middle of a word.
 */
function line(parts: readonly string[], brief?: string): string {
  const join = (some: readonly string[]) => some.join(' · ');
  if (join(parts).length <= LONGEST) return join(parts);
  const shorter = brief === undefined ? [...parts] : [parts[0]!, brief, ...parts.slice(2)];
  while (shorter.length > 1 && join(shorter).length > LONGEST) shorter.pop();
  return cut(join(shorter), LONGEST);
}
