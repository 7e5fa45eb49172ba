import type { ProviderId } from '../events.ts';
import type { Label } from './label.ts';
import { plural } from './text.ts';
import { clock } from './time.ts';

/** Who may act unchecked, in auto mode while Claude cannot check a fallback's actions. `label` gives a provider's name. */

/** `Gemini proposed this; Claude's safety check is not available until 17:05` */
export function approvalText(provider: ProviderId, backAt: number | undefined, label: Label, now: number): string {
  const when = backAt === undefined || backAt <= now ? 'for its actions' : `until ${clock(backAt, now)}`;
  return `${label(provider)} proposed this; Claude's safety check is not available ${when}`;
}

/** `Gemini's commands need your approval while Claude cannot check them`, `allow them all: ccmux allow gemini` */
export function approvalParts(provider: ProviderId, label: Label): string[] {
  return [
    `${label(provider)}'s commands need your approval while Claude cannot check them`,
    `allow them all: ccmux allow ${provider}`,
  ];
}

/** `Gemini's commands run without a question until Claude answers again`, `undo: ccmux allow none` */
export function consentParts(provider: ProviderId, label: Label): string[] {
  return [`${label(provider)}'s commands run without a question until Claude answers again`, 'undo: ccmux allow none'];
}

/** `Gemini proposed actions that Claude did not check`, `you were asked about 3 calls`, `2 calls ran by your consent` */
export function uncheckedParts(
  provider: ProviderId,
  { asked, allowed }: { asked: number; allowed: number },
  label: Label,
): string[] {
  return [
    `${label(provider)} proposed actions that Claude did not check`,
    ...(asked > 0 ? [`you were asked about ${plural(asked, 'call')}`] : []),
    ...(allowed > 0 ? [`${plural(allowed, 'call')} ran by your consent`] : []),
  ];
}

/** `auto mode asked Claude 2 times whether an action may run`, `Claude: 429`, `Claude Code runs nothing that was not checked` */
export function uncheckableParts(count: number, obstacles: readonly string[]): string[] {
  const times = count === 1 ? '' : ` ${count} times`;
  return [
    `auto mode asked Claude${times} whether an action may run`,
    ...(obstacles.length > 0 ? obstacles : ['no answer']),
    'Claude Code runs nothing that was not checked',
  ];
}

type FoundByKey = { label: string; variable: string };

/** What a note holds, by `memory.mode`. */
const NOTES = {
  off: '',
  session: ', with a note of what Claude thought and did,',
  project: ', with a note of what Claude thought and did, here and in earlier sessions of this project,',
};

/** `If Claude cannot answer, this conversation is sent to Gemini (key in GEMINI_API_KEY), with a note of what Claude thought and did, and billed by Gemini` */
export function sentToText(found: readonly FoundByKey[], memory: keyof typeof NOTES): string {
  const note = NOTES[memory];
  const names = found.map(({ label, variable }) => `${label} (key in ${variable})`);
  const [only] = found;
  const biller = found.length === 1 && only ? only.label : 'whoever of them answers';
  const which =
    names.length === 1 ? names[0] : `the first of these that can answer, ${names.join(', ')}${note === '' ? ',' : ''}`;
  return `if Claude cannot answer, this conversation is sent to ${which}${note} and billed by ${biller}`;
}

/** For those who were not asked: how to answer. */
export const HOW_TO_ANSWER = 'to choose: ccmux init · to agree: ccmux --yes claude';

export const NO_CONSENT = "Every command of a fallback needs your approval again, unless Claude's check covers it.";

/** A prompt that may be a model's: a tool call, or a task that was scheduled, has the line in it. */
export const NOT_SURELY_TYPED =
  'A tool call or a scheduled task has written this line, so it may not be yours. Say it in a terminal of your own, or on the live page: ccmux dashboard';
