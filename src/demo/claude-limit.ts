import type { ErrorStep } from './script.ts';

/** An error in Anthropic's form. */
export const anthropicError = (type: string, message: string, details?: unknown) => ({
  type: 'error',
  error: { type, message, ...(details !== undefined && { details }) },
  request_id: 'req_simulated',
});

const epochSeconds = (at: number) => String(Math.ceil(at / 1000));

/** Claude's subscription limit: `anthropic-ratelimit-unified-*` with a rejected window. `resetAt`: epoch milliseconds. */
export function claudeLimit(
  resetAt: number,
  window: '5h' | '7d' | '7d_opus' | '7d_sonnet' | '7d_oi' = '5h',
): ErrorStep {
  const scoped = window.startsWith('7d_');
  const claims = {
    '5h': 'five_hour',
    '7d': 'seven_day',
    '7d_opus': 'seven_day_opus',
    '7d_sonnet': 'seven_day_sonnet',
    '7d_oi': 'seven_day_overage_included',
  };
  const status = (name: string) => (name === window ? 'rejected' : 'allowed');
  const week = epochSeconds(Date.now() + 3 * 86_400_000);
  const prefix = 'anthropic-ratelimit-unified';
  return {
    type: 'error',
    status: 429,
    body: anthropicError(
      'rate_limit_error',
      "This request would exceed your account's rate limit. Please try again later.",
    ),
    headers: {
      [`${prefix}-status`]: 'rejected',
      [`${prefix}-reset`]: epochSeconds(resetAt),
      [`${prefix}-representative-claim`]: claims[window],
      [`${prefix}-fallback-percentage`]: '0.5',
      [`${prefix}-overage-status`]: 'rejected',
      [`${prefix}-overage-disabled-reason`]: 'out_of_credits',
      [`${prefix}-5h-status`]: status('5h'),
      [`${prefix}-5h-utilization`]: window === '5h' ? '1.0' : '0.41',
      [`${prefix}-5h-reset`]: window === '5h' ? epochSeconds(resetAt) : epochSeconds(Date.now() + 3 * 3_600_000),
      [`${prefix}-7d-status`]: status('7d'),
      [`${prefix}-7d-utilization`]: window === '7d' ? '1.0' : '0.53',
      [`${prefix}-7d-reset`]: window === '7d' ? epochSeconds(resetAt) : week,
      ...(scoped && {
        [`${prefix}-${window}-status`]: 'rejected',
        [`${prefix}-${window}-utilization`]: '1.0',
        [`${prefix}-${window}-reset`]: epochSeconds(resetAt),
      }),
      'retry-after': String(Math.max(0, Math.ceil((resetAt - Date.now()) / 1000))),
    },
  };
}
