/**
 * The failures that users really meet, as steps of a script. Bodies and headers are shaped after the providers'
 * documentation and public reports; each constructor says which.
 */
import type { ErrorStep, Step } from './script.ts';

const envelope = (type: string, message: string, details?: unknown) => ({
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
    body: envelope('rate_limit_error', "This request would exceed your account's rate limit. Please try again later."),
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

/** An API key's 429: `retry-after` in seconds and the token bucket that ran empty. */
export const apiKeyLimit = (retryAfter = 30): ErrorStep => ({
  type: 'error',
  status: 429,
  body: envelope(
    'rate_limit_error',
    "This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: simulated, model: claude).",
  ),
  headers: {
    'retry-after': String(retryAfter),
    'anthropic-ratelimit-input-tokens-limit': '30000',
    'anthropic-ratelimit-input-tokens-remaining': '0',
    'anthropic-ratelimit-input-tokens-reset': new Date(Date.now() + retryAfter * 1000).toISOString(),
  },
});

/** The organisation's spend limit: a 429 with a code and a date, without `retry-after` (Anthropic, rate-limit documentation). */
export const spendLimit = (regained = '2026-12-01 at 00:00 UTC'): ErrorStep => ({
  type: 'error',
  status: 429,
  body: envelope('rate_limit_error', `You have reached your API usage limits. You will regain access on ${regained}.`, {
    error_code: 'enforced_spend_limit_reached',
  }),
});

export const longContextEntitlement = (): ErrorStep => ({
  type: 'error',
  status: 429,
  body: envelope('rate_limit_error', 'Extra usage is required for long context requests.'),
});

export const overloaded = (): ErrorStep => ({
  type: 'error',
  status: 529,
  body: envelope('overloaded_error', 'Overloaded'),
});

export const serverError = (status: 500 | 502 | 503 | 504 = 500): ErrorStep => ({
  type: 'error',
  status,
  body: envelope('api_error', 'Internal server error'),
});

export const creditTooLow = (): ErrorStep => ({
  type: 'error',
  status: 400,
  body: envelope(
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ),
});

export const promptTooLong = (): ErrorStep => ({
  type: 'error',
  status: 400,
  body: envelope('invalid_request_error', 'prompt is too long: 1048577 tokens > 1000000 maximum'),
});

export const unauthorized = (): ErrorStep => ({
  type: 'error',
  status: 401,
  body: envelope('authentication_error', 'invalid x-api-key'),
});

/** A stream that starts with a 200 and then says `overloaded_error`. */
export const overloadedInStream = (afterContent: boolean): Step => ({
  type: 'stream-error',
  afterContent,
  error: { type: 'overloaded_error', message: 'Overloaded' },
});

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

export const geminiOverloaded = (): ErrorStep => ({
  type: 'error',
  status: 503,
  body: { error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } },
});

/** OpenAI's 429 on tokens per minute, with its Go-style durations. */
export const openaiLimit = (reset = '6m0s'): ErrorStep => ({
  type: 'error',
  status: 429,
  body: {
    error: {
      message: `Rate limit reached for the model on tokens per min (TPM): Limit 30000, Used 28928, Requested 11159. Please try again in ${reset}.`,
      type: 'tokens',
      param: null,
      code: 'rate_limit_exceeded',
    },
  },
  headers: {
    'x-ratelimit-limit-tokens': '30000',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': reset,
  },
});

export const openaiQuota = (): ErrorStep => ({
  type: 'error',
  status: 429,
  body: {
    error: {
      message: 'You exceeded your current quota, please check your plan and billing details.',
      type: 'insufficient_quota',
      param: null,
      code: 'insufficient_quota',
    },
  },
});

/** OpenRouter out of credits. */
export const openrouterCredits = (): ErrorStep => ({
  type: 'error',
  status: 402,
  body: { error: { code: 402, message: 'This request requires more credits, or fewer max_tokens.' } },
});
