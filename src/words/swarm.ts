import { plural } from './text.ts';

/** Subagents that send more requests than the user lets paid fallbacks answer: what that means, and the ways out. */
export function swarmParts(perMinute: number, stops: boolean): string[] {
  const effect = stops ? ': paid fallbacks skip them until it is half as many' : '';
  return [
    `subagents send over ${plural(perMinute, 'request')} a minute${effect}`,
    'Esc stops them',
    'to raise: budget.subagentsPerMinute',
  ];
}
