import type { ProviderId } from '../events.ts';
import type { Label } from './switch.ts';
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

export const NO_CONSENT = "Every command of a fallback needs your approval again, unless Claude's check covers it.";
