import type { Fitness } from './fitness.ts';
import { matches, type Traits, type When } from './when.ts';

/** `go`: another provider may answer, and it is told. `ask`: the user is asked first. `hold`: Claude or nobody. */
export type Handing = 'go' | 'ask' | 'hold';

/** What the user wants for some of the requests that Claude cannot answer. */
export type HandoffRule = { when: When; then: Handing };

export type Verdict = {
  then: Handing;
  /** The rule that says so; none does where nobody speaks of it. */ rule?: HandoffRule;
};

const STRICTEST: readonly Handing[] = ['hold', 'ask'];

/**
 * Whether another provider may answer: the strictest of all rules that match, so that no rule takes another one away.
 */
export function verdictOf(rules: readonly HandoffRule[], traits: Traits, now: number): Verdict {
  for (const then of STRICTEST) {
    const rule = rules.find((one) => one.then === then && matches(one.when, traits, now));
    if (rule !== undefined) return { then, rule };
  }
  return { then: 'go' };
}

/** The request of which a rule asks is let go by the user, or held: where nobody can be asked, it is held. */
export function isHeld({ then }: Verdict, consented: boolean): boolean {
  return then === 'hold' || (then === 'ask' && !consented);
}

/** What is worth a word beside an answer by somebody else. */
export function toldFitness(fitness: Fitness): Exclude<Fitness, 'ordinary'> | undefined {
  return fitness === 'ordinary' ? undefined : fitness;
}
