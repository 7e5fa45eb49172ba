import type { MessagesRequest } from '../anthropic.ts';
import type { Effort } from './effort.ts';
import { toOutputCap } from '../output-cap.ts';
import { isGemini25, type Target } from '../target.ts';

/** Part of the answer's cap that each effort may think, as far as the client names no budget of its own. */
const SHARE: Record<Effort, number> = {
  none: 0,
  minimal: 0.05,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.8,
  max: 0.8,
};

/**
 * A Gemini 2.5 model's thinking budget in tokens: the client's own budget, or a share of the cap. Thoughts count as
 * output (ai.google.dev, thinking), so the budget stays below the cap: above it the answer ends before its first word.
 * Limits of the models by the same page: Pro 128 to 32,768, Flash 0 to 24,576, Flash-Lite 512 to 24,576 or 0; models
 * before 2.5 do not think.
 * @returns undefined if no budget is to be sent.
 */
export function toThinkingBudget(
  request: MessagesRequest,
  target: Target,
  effort: Effort | undefined,
): number | undefined {
  const { model } = target;
  if (effort === undefined || !isGemini25(model)) return undefined;
  const isPro = /pro/i.test(model);
  const least = isPro ? 128 : /lite/i.test(model) ? 512 : 0;
  if (effort === 'none') return isPro ? least : 0;
  const cap = toOutputCap(request, target).tokens;
  const own = request.thinking?.type === 'enabled' ? request.thinking.budget_tokens : undefined;
  const wanted = Math.min(own ?? Math.floor(cap * SHARE[effort]), isPro ? 32_768 : 24_576, Math.floor(cap * 0.8));
  // A cap without room for thinking.
  if (wanted < least) return isPro ? least : 0;
  return wanted;
}
