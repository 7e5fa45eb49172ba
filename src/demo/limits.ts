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

/** Gemini's 429 per minute, or per day (then the retry delay is beside the point). Shape: google.rpc error details. */
export function geminiLimit(options: { retryDelay?: string; per?: 'Minute' | 'Day'; model?: string } = {}): ErrorStep {
  const { retryDelay = '34.4s', per = 'Minute', model = 'gemini-3.8-flash' } = options;
  return {
    type: 'error',
    status: 429,
    body: {
      error: {
        code: 429,
        message: `You exceeded your current quota, please check your plan and billing details. Please retry in ${retryDelay}.`,
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [
              {
                quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
                quotaId: `GenerateRequestsPer${per}PerProjectPerModel-FreeTier`,
                quotaDimensions: { location: 'global', model },
                quotaValue: per === 'Day' ? '250' : '10',
              },
            ],
          },
          {
            '@type': 'type.googleapis.com/google.rpc.Help',
            links: [
              {
                description: 'Learn more about Gemini API quotas',
                url: 'https://ai.google.dev/gemini-api/docs/rate-limits',
              },
            ],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
        ],
      },
    },
  };
}
