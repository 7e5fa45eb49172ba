import type { TranslationWarning } from '../events.ts';
import type { MessagesRequest } from './anthropic.ts';
import type { Target } from './target.ts';
import { estimateTokens } from './tokens.ts';

/**
 * A cap below what the client asked for. Claude Code always asks for Claude's largest output, so a lower cap only
 * matters for an answer that reaches it.
 */
export type OutputCap = {
  tokens: number;
  /** What set it: the model's largest output, or the room left in its window. */
  cause: 'model' | 'window';
};

/** OpenAI's smallest `max_output_tokens`. */
const LEAST_RESPONSES_OUTPUT = 16;
/** The least room for an answer, however full the window is by the estimate. */
const LEAST_OUTPUT = 1_024;

/**
 * The answer's cap in tokens: hosts reject more than the model's own cap, or than the window leaves.
 * @returns `lowered` where that is less than the client asked for.
 */
export function toOutputCap(
  request: MessagesRequest,
  target: Target,
): { tokens: number; lowered: OutputCap | undefined } {
  const { maxOutput, contextWindow } = target.limits;
  const wanted = request.max_tokens ?? maxOutput;
  const room = Math.max(contextWindow - Math.ceil(estimateTokens(request, target.ratio) * 1.1), LEAST_OUTPUT);
  const cap = Math.min(wanted, maxOutput, room);
  const tokens = target.dialect === 'responses' ? Math.max(cap, LEAST_RESPONSES_OUTPUT) : cap;
  const cause = room < maxOutput ? 'window' : 'model';
  return { tokens, lowered: tokens < wanted ? { tokens, cause } : undefined };
}

/** For an answer that ended at the cap. */
export function cappedWarning(cap: OutputCap, model: string): TranslationWarning {
  const cause =
    cap.cause === 'model' ? `the most that ${model} can answer with` : `all the room left in the window of ${model}`;
  return { what: 'max_tokens', detail: `the answer was cut off at ${cap.tokens} tokens, ${cause}` };
}
