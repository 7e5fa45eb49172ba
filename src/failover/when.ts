import type { RequestClass } from '../claude/asker.ts';
import type { Likeness, ModelFamily } from '../events.ts';
import type { Fitness } from './fitness.ts';
import { globMatches } from './glob.ts';

/** What a rule of the user's speaks of: all that is named must hold; of a list, one. */
export type When = {
  class?: readonly RequestClass[];
  /** Types of subagents: `Explore`. */
  agent?: readonly string[];
  family?: readonly ModelFamily[];
  thinking?: boolean;
  webSearch?: boolean;
  /** An estimate of the request's tokens: above or below so many. */
  context?: { above?: number; below?: number };
  /** Local time, minutes since midnight; the end may be on the next day. */
  hours?: { from: number; to: number };
  /** Globs of files that a tool call of the conversation has touched. */
  paths?: readonly string[];
  /** Words of what the user typed, in any case. */
  prompt?: readonly string[];
  /** Examples of prompts. */
  like?: readonly string[];
  /** Permission modes of the client. */
  mode?: readonly string[];
  chain?: Fitness;
};

/** What is known of a request. A function reads it, and is called only where a rule depends on it. */
export type Traits = {
  agent: string | undefined;
  family: ModelFamily | undefined;
  mode: string | undefined;
  requestClass(): RequestClass;
  thinking(): boolean;
  webSearch(): boolean;
  tokens(): number;
  paths(): readonly string[];
  prompt(): string;
  /** How like these examples the typed prompt of its turn is, if they are what it means. */
  likeness(examples: readonly string[]): (Likeness & { onlyTags: boolean }) | undefined;
  fitness(): Fitness;
};

type Test = (when: When, traits: Traits, now: number) => boolean;

/** One test for each name, what is known without reading first: a rule that fails early reads nothing. */
const TESTS: { readonly [Name in keyof When]-?: Test } = {
  hours: ({ hours }, _traits, now) => isWithin(hours!, now),
  agent: ({ agent }, traits) => has(agent!, traits.agent),
  family: ({ family }, traits) => has(family!, traits.family),
  mode: ({ mode }, traits) => has(mode!, traits.mode),
  like: ({ like }, traits) => traits.likeness(like!) !== undefined,
  class: ({ class: classes }, traits) => classes!.includes(traits.requestClass()),
  thinking: ({ thinking }, traits) => traits.thinking() === thinking,
  webSearch: ({ webSearch }, traits) => traits.webSearch() === webSearch,
  context: ({ context }, traits) => {
    const { above = -1, below = Infinity } = context!;
    return traits.tokens() > above && traits.tokens() < below;
  },
  chain: ({ chain }, traits) => traits.fitness() === chain,
  prompt: ({ prompt }, traits) => {
    const typed = traits.prompt().normalize().toLowerCase();
    return prompt!.some((words) => typed.includes(words.normalize().toLowerCase()));
  },
  paths: ({ paths }, traits) => {
    return traits.paths().some((path) => paths!.some((glob) => globMatches(glob, path)));
  },
};

const NAMES = Object.keys(TESTS) as (keyof When)[];

export function matches(when: When, traits: Traits, now: number): boolean {
  return NAMES.every((name) => when[name] === undefined || TESTS[name](when, traits, now));
}

function has<T>(list: readonly T[], value: T | undefined): boolean {
  return value !== undefined && list.includes(value);
}

function isWithin({ from, to }: { from: number; to: number }, now: number): boolean {
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  // From nine to nine is the whole day: a rule that never held would be worse than none.
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}
