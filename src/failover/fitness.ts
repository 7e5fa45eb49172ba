/**
 * How well a request can be handed to another model, from its structure alone: what the words mean nobody reads. Made
 * for it: short requests that hold all they need, edits without a history. Made against it: work in the middle of a long
 * chain of the first model's own thoughts. What is critical for other reasons (a security review, an incident) only the
 * user knows: rules of `handoff` say so.
 */
export type Fitness = 'self-contained' | 'ordinary' | 'long';

export type Structure = {
  /** The model's steps since the last thing that was said to it. */
  steps: number;
  /** Some of these steps hold thinking of its own. */
  thought: boolean;
  insideToolLoop: boolean;
  /** Messages before that. */
  earlier: number;
  /** An estimate of the whole request. */
  tokens: number;
};

/** So many steps since the prompt are a chain, and fewer where they hold thinking that the next model does not see. */
const LONG_STEPS = 10;
const LONG_THOUGHT_STEPS = 3;
/** Tokens: more than that nobody takes in at one look, and less than that is soon read again. */
const LARGE_CONTEXT = 120_000;
const SMALL_CONTEXT = 40_000;

export function fitnessOf({ steps, thought, insideToolLoop, earlier, tokens }: Structure): Fitness {
  const isChain = insideToolLoop && steps >= (thought ? LONG_THOUGHT_STEPS : LONG_STEPS);
  if (isChain || tokens > LARGE_CONTEXT) return 'long';
  return steps === 0 && earlier === 0 && tokens <= SMALL_CONTEXT ? 'self-contained' : 'ordinary';
}
