import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { MessagesRequest } from '../anthropic.ts';

/** The reasoning effort, in the AI SDK's words. */
export type Effort = Exclude<NonNullable<LanguageModelV4CallOptions['reasoning']>, 'provider-default'>;

/** Weakest first. */
const LADDER: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * The effort that the client asks for: `output_config.effort`, or the older thinking budget. Undefined if it names
 * none: then the model's default holds.
 */
export function wantedEffort(request: MessagesRequest): Effort | undefined {
  if (request.thinking?.type === 'disabled') return 'none';
  const effort = request.output_config?.effort;
  if (effort !== undefined && (LADDER as readonly string[]).includes(effort)) return effort as Effort;
  if (request.thinking?.type !== 'enabled') return undefined;
  const budget = request.thinking.budget_tokens ?? 0;
  if (budget <= 4_096) return 'low';
  if (budget <= 12_000) return 'medium';
  if (budget <= 32_000) return 'high';
  return 'xhigh';
}

/** The host's nearest level; of two equally near ones the weaker. */
export function clampEffort(wanted: Effort, levels: readonly string[]): Effort | undefined {
  const at = LADDER.indexOf(wanted);
  let best: Effort | undefined;
  for (const level of LADDER) {
    if (!levels.includes(level)) continue;
    if (best === undefined || distance(level, at) < distance(best, at)) best = level;
  }
  return best;
}

function distance(level: Effort, at: number): number {
  return Math.abs(LADDER.indexOf(level) - at);
}
