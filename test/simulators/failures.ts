/**
 * The failures that users really meet, as steps of a script. Bodies and headers are shaped after the providers'
 * documentation and public reports; each constructor says which.
 */
import { anthropicError } from '../../src/demo/limits.ts';
import type { ErrorStep, Step } from '../../src/demo/script.ts';

/** An API key's 429: `retry-after` in seconds and the token bucket that ran empty. */
export const apiKeyLimit = (retryAfter = 30): ErrorStep => ({
  type: 'error',
  status: 429,
  body: anthropicError(
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
  body: anthropicError(
    'rate_limit_error',
    `You have reached your API usage limits. You will regain access on ${regained}.`,
    {
      error_code: 'enforced_spend_limit_reached',
    },
  ),
});

export const longContextEntitlement = (): ErrorStep => ({
  type: 'error',
  status: 429,
  body: anthropicError('rate_limit_error', 'Extra usage is required for long context requests.'),
});

export const overloaded = (): ErrorStep => ({
  type: 'error',
  status: 529,
  body: anthropicError('overloaded_error', 'Overloaded'),
});

export const serverError = (status: 500 | 502 | 503 | 504 = 500): ErrorStep => ({
  type: 'error',
  status,
  body: anthropicError('api_error', 'Internal server error'),
});

export const creditTooLow = (): ErrorStep => ({
  type: 'error',
  status: 400,
  body: anthropicError(
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ),
});

export const promptTooLong = (): ErrorStep => ({
  type: 'error',
  status: 400,
  body: anthropicError('invalid_request_error', 'prompt is too long: 1048577 tokens > 1000000 maximum'),
});

export const unauthorized = (): ErrorStep => ({
  type: 'error',
  status: 401,
  body: anthropicError('authentication_error', 'invalid x-api-key'),
});

/** A stream that starts with a 200 and then says `overloaded_error`. */
export const overloadedInStream = (afterContent: boolean): Step => ({
  type: 'stream-error',
  afterContent,
  error: { type: 'overloaded_error', message: 'Overloaded' },
});

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
