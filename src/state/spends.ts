import type { Day } from './day.ts';
import type { SharedFacts } from './shared-facts.ts';

/** What each provider was sent and paid on a day. */
export function spendsOf(facts: SharedFacts, date: string): Day[] {
  return Object.values(facts.providers)
    .flatMap(({ days }) => days)
    .filter((day) => day.date === date);
}
