import type { ProviderId } from '../events.ts';
import type { Label } from './switch.ts';
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

export const NO_CONSENT = "Every command of a fallback needs your approval again, unless Claude's check covers it.";
