/** Whose fault an error is, in the hosts' own words; each row names where they were read. */
import { describe, expect, it } from 'vitest';
import type { Wire } from '../../src/errors.ts';
import { readOutcome } from '../../src/failover/outcome.ts';
import type { OutcomeContext } from '../../src/failover/outcome.ts';
import { reasonText } from '../../src/words/why.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const WIRES: Wire[] = ['anthropic', 'openai', 'gemini'];

function read(wire: Wire, status: number, body: unknown, more: Partial<OutcomeContext> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const failure = { wire, cause: 'status' as const, status, headers: {}, body: text, translated: wire !== 'anthropic' };
  return readOutcome(failure, { now: NOW, streak: 0, on: [], fallback: true, model: 'glm-x', ...more });
}

/** `billing 3600s`, `key-refused 600s`, `bad-call retry` */
function line(...asked: Parameters<typeof read>): string {
  const { reason, cooldown, retryable } = read(...asked);
  const words = [reason.kind, cooldown && `${Math.round((cooldown.until - NOW) / 1000)}s`, retryable && 'retry'];
  return words.filter(Boolean).join(' ');
}

const said = (message: string, more = {}) => ({ error: { message, ...more } });

// oxfmt-ignore
const ROWS: [source: string, status: number, body: unknown, expected: string][] = [
  // No money, on whatever status.
  ['MiniMax, platform.minimax.io, error codes', 500, { type: 'error', error: { type: 'api_error', message: 'insufficient balance (1008)' } }, 'billing 3600s'],
  ['z.ai, docs.z.ai, error codes', 400, said('Insufficient balance or no resource package. Please recharge.', { code: '1113' }), 'billing 3600s'],
  ['DeepSeek', 403, said('Your account balance is insufficient, please recharge'), 'billing 3600s'],
  ['Volcengine, error codes', 403, said('The request failed because your account has an overdue balance.', { code: 'AccountOverdueError' }), 'billing 3600s'],
  ['Alibaba, error codes', 400, said('Access denied, please make sure your account is in good standing.', { code: 'Arrearage' }), 'billing 3600s'],
  ['xAI', 403, { code: 'permission-denied', error: 'Your team has either used all available credits or reached its monthly spending limit.' }, 'billing 3600s'],
  ['Perplexity', 401, said('You exceeded your current quota, please check your plan and billing details.', { type: 'insufficient_quota' }), 'billing 3600s'],
  ['Together', 402, said('Credit limit exceeded'), 'billing 3600s'],
  ['Hugging Face', 402, { error: 'You have exceeded your monthly included credits for Inference Providers.' }, 'billing 3600s'],
  ['Zhipu in Chinese', 500, said('余额不足或无可用资源包,请充值。'), 'billing 3600s'],

  // A key that is wrong, on whatever status.
  ['xAI', 400, { code: 'invalid-argument', error: 'Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.' }, 'key-refused 600s'],
  ['Google, ai.google.dev, troubleshooting', 400, said('API key not valid. Please pass a valid API key.', { status: 'INVALID_ARGUMENT' }), 'key-refused 600s'],
  ['Google', 400, said('API key expired. Please renew the API key.'), 'key-refused 600s'],
  ['Alibaba, coding plan', 403, said('invalid api-key'), 'key-refused 600s'],
  ['MiniMax', 500, said('invalid api key (2049)'), 'key-refused 600s'],
  ['z.ai', 500, said('Invalid Authentication Token, please confirm the correct transmission', { code: '1002' }), 'key-refused 600s'],
  ['Novita, error codes', 403, said('API key not found', { code: 'INVALID_API_KEY' }), 'key-refused 600s'],
  ['OpenRouter', 401, said('No auth credentials found', { code: 401 }), 'key-refused 600s'],
  ['a plain 401', 401, '', 'key-refused 600s'],
  ['a plain 403', 403, '', 'not-permitted 600s'],

  // A model that is not there.
  ['OpenAI', 404, said('The model `gpt-9` does not exist or you do not have access to it.', { code: 'model_not_found' }), 'not-found 86400s'],
  ['Anthropic’s wire', 404, { type: 'error', error: { type: 'not_found_error', message: 'model: glm-x not found' } }, 'not-found 86400s'],
  ['Google', 404, said('models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.'), 'not-found 86400s'],
  ['OpenRouter', 400, said('glm-x is not a valid model ID', { code: 400 }), 'not-found 86400s'],
  ['DeepSeek', 400, said('Model Not Exist', { type: 'invalid_request_error' }), 'not-found 86400s'],
  ['z.ai, code 1211', 400, said('Unknown Model, please check the model code.', { code: '1211' }), 'not-found 86400s'],
  ['Mistral', 400, { object: 'error', message: 'Invalid model: glm-x', type: 'invalid_model', code: '1500' }, 'not-found 86400s'],
  ['Perplexity', 400, said("Invalid model 'glm-x'. Permitted models can be found in the documentation", { type: 'invalid_model', code: 400 }), 'not-found 86400s'],
  ['Moonshot', 404, said('Not found the model glm-x or Permission denied', { type: 'resource_not_found_error' }), 'not-found 86400s'],
  ['Ollama', 404, { error: 'model "glm-x" not found, try pulling it first' }, 'not-found 86400s'],
  ['Alibaba, coding plan', 400, said("model 'glm-x' is not supported"), 'not-found 86400s'],
  ['Groq', 400, said('The model `glm-x` has been decommissioned and is no longer supported.', { code: 'model_decommissioned' }), 'not-found 86400s'],
  ['Azure', 404, said('The API deployment for this resource does not exist.', { code: 'DeploymentNotFound' }), 'not-found 86400s'],
  ['OpenAI, by project', 403, said('Project `p` does not have access to model `glm-x`', { code: 'model_not_found' }), 'not-found 86400s'],

  // A plan that is used up, told as a 403.
  ['Kimi', 403, said("You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle."), 'limit 3600s'],
  ['with its end', 403, said('Weekly quota exceeded. Resets in 2h.'), 'limit 7200s'],

  // A call that the model wrote badly: another try may succeed.
  ['Groq, console.groq.com, errors', 400, said("Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.", { code: 'tool_use_failed', failed_generation: '<function=' }), 'bad-call retry'],
  ['Groq', 400, said('Parsing failed. The model generated output that could not be parsed.', { code: 'output_parse_failed' }), 'bad-call retry'],
];

describe('what a fallback’s words say beyond their status, on every wire', () => {
  it.each(ROWS)('%s: %d', (_source, status, body, expected) => {
    for (const wire of WIRES) expect(line(wire, status, body)).toBe(expected);
  });
});

// oxfmt-ignore
it.each<[status: number, message: string]>([
  [400, "Invalid schema for function 'login': properties.api_key is invalid"],
  [400, 'tools.0.input_schema: parameter api_key is missing a type'],
  [400, 'temperature is not supported by this model'],
  [400, "Unsupported value: 'temperature' does not support 0.2 with this model."],
  [400, 'This model does not support image input'],
  [400, '`thinking_level` is not supported by this model'],
  [400, 'Unsupported parameter: max_tokens'],
])('a mistake of the request is that: %d %s', (status, message) => {
  expect(line('openai', status, said(message))).toBe('request-refused');
});

it('what Claude itself says is the client’s to judge', () => {
  const own = { fallback: false, on: ['rate_limit', 'server_error'] as const };
  for (const [, status, body] of ROWS.filter(([, status]) => status !== 402)) {
    const { action, failure } = read('anthropic', status, body, own);
    expect([action, failure]).toEqual(status >= 500 ? ['failover', 'server_error'] : ['relay', 'client']);
  }
});

describe('a model that is missing', () => {
  const gone = said('The model `glm-x` does not exist', { code: 'model_not_found' });

  it('is named, has a cooldown of its own, and as long as it is configured', () => {
    const { action, failure, reason, cooldown } = read('openai', 404, gone, { host: 'h.example', family: 'opus' });
    expect([action, failure]).toEqual(['failover', 'client']);
    expect(reason).toEqual({ kind: 'not-found', status: 404, model: 'glm-x' });
    expect(cooldown).toEqual({ until: NOW + 86_400_000, family: 'opus', setup: 'h.example glm-x' });
    expect(reasonText(reason)).toBe('404 (model glm-x not found)');
  });

  it('is not what a 404 without such words means', () => {
    expect(read('openai', 404, '<html>404 Not Found</html>')).toMatchObject({ reason: { kind: 'not-found' } });
  });

  it.each([404, 405, 410])(
    'a %i that is no error of the API gives the address a cooldown, longer each time',
    (status) => {
      for (const wire of WIRES) {
        for (const body of ['<html>404 Not Found</html>', '404 page not found', '']) {
          expect(read(wire, status, body).cooldown).toEqual({ until: NOW + 5_000 });
          expect(read(wire, status, body, { streak: 20 }).cooldown).toEqual({ until: NOW + 300_000 });
        }
        expect(read(wire, status, said('No endpoints found that support tool use')).cooldown).toBeUndefined();
        expect(read(wire, 400, '').cooldown).toBeUndefined();
      }
    },
  );
});

describe('a host’s own words', () => {
  const redact = (text: string) => text.replaceAll('sk-secret', '[redacted]');
  const words = (body: unknown, wire: Wire = 'openai', status = 400) =>
    (read(wire, status, body, { redact }).reason as { said?: string }).said;

  it('are kept where a request was refused: one line, 200 characters, without secrets', () => {
    expect(words(said('Unknown\n name "x"'))).toBe('Unknown name "x"');
    expect(words(said(`${'x'.repeat(195)}sk-secret and more`))).toBe(`${'x'.repeat(195)}[reda`);
    expect(words(said('\u001B[31mred\u001B[0m'))).toBe('red');
    expect(
      words({ error: { message: 'Provider returned error', metadata: { raw: '{"error":{"message":"bad tool"}}' } } }),
    ).toBe('bad tool');
    expect(words(said('bad input'), 'anthropic')).toBe('bad input');
    expect(words(said('The model `m` does not exist', { code: 'model_not_found' }), 'openai', 404)).toContain('model');
  });

  it('are not kept where there are none, or nobody takes secrets out', () => {
    expect(words('<html><title>400</title></html>')).toBeUndefined();
    expect(words({})).toBeUndefined();
    expect((read('openai', 400, said('secret')).reason as { said?: string }).said).toBeUndefined();
  });

  it('reach the reader behind ours', () => {
    const { reason } = read('openai', 400, said('Unknown name "x"'), { redact });
    expect(reasonText(reason)).toBe('400 (translated request refused: “Unknown name "x"”)');
  });
});
