import { z } from 'zod';
import type { ProviderKind } from '../providers/provider.ts';
import { A_MAPPING, onOff, usd } from './shapes.ts';

// Each `error` is the expected value in an error message.

const KINDS = Object.keys({
  anthropic: true,
  gemini: true,
  openai: true,
  'openai-compatible': true,
  azure: true,
  vertex: true,
  'vertex-anthropic': true,
  bedrock: true,
} satisfies Record<ProviderKind, true>) as ProviderKind[];

const text = (error: string) => z.string({ error }).min(1, { error });
const oneOrMore = (error: string) =>
  z.union([text(error), z.array(text(error), { error }).min(1, { error })], { error });
const yesOrNo = onOff.check(z);
const tokens = z.int({ error: 'a number of tokens' }).positive({ error: 'a number of tokens' });
const count = z.int({ error: 'a whole number' }).positive({ error: 'a whole number above 0' });
const amount = usd.check(z);

const baseUrlExpected = 'an address that begins with http:// or https://';
const baseUrl = z.string({ error: baseUrlExpected }).regex(/^(https?:\/\/|\$\{)/, { error: baseUrlExpected });

const price = z.strictObject(
  {
    input: amount,
    output: amount,
    cacheRead: amount.optional().describe('For what is read from a cache; a tenth of `input` unless said.'),
    cacheWrite: amount.optional().describe('For what is written to a cache; the same as `input` unless said.'),
  },
  A_MAPPING,
);

/** One provider as it is written in a file. */
export const providerSchema = z.strictObject(
  {
    label: text('a name').optional().describe('The name that is shown.'),
    kind: z
      .enum(KINDS, { error: `one of ${KINDS.join(', ')}` })
      .optional()
      .describe('How it is reached. A provider of the catalogue knows its own.'),
    baseUrl: baseUrl.optional().describe('Where it is reached; `${VAR}` is read from the environment.'),
    apiKey: oneOrMore('a key, or ${VAR}')
      .optional()
      .describe('The key, best as `${VAR}`; or a list of keys: the next one is asked while one is at its limit.'),
    apiKeyCommand: oneOrMore('a shell command').optional().describe('A shell command that prints the key; or a list.'),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'a header name' }),
        text('a header value'),
        A_MAPPING,
      )
      .optional()
      .describe('Headers sent with every request; `${VAR}` is read from the environment.'),
    models: z
      .strictObject(
        {
          default: text('a model name').optional(),
          opus: text('a model name').optional(),
          sonnet: text('a model name').optional(),
          haiku: text('a model name').optional(),
        },
        A_MAPPING,
      )
      .optional()
      .describe("The provider's model for each of Claude's families."),
    contextWindow: tokens.optional().describe('How many tokens its models can hold.'),
    maxOutput: tokens.optional().describe('How many tokens its models can answer with.'),
    images: yesOrNo.optional().describe('It takes images.'),
    pdfs: yesOrNo.optional().describe('It takes PDFs.'),
    tools: yesOrNo.optional().describe('It takes tools.'),
    limits: z
      .strictObject(
        {
          requestsPerMinute: count.optional(),
          requestsPerDay: count.optional(),
          tokensPerMinute: count.optional(),
          tokensPerDay: count.optional(),
        },
        A_MAPPING,
      )
      .optional()
      .describe('Limits that it does not tell: ccmux counts against them.'),
    price: z
      .union([z.literal(0), price], { error: 'input and output in US dollars per million tokens, or 0' })
      .optional()
      .describe('US dollars per million tokens, where ccmux does not know the price; 0: it costs nothing.'),
    region: text('a region').optional(),
    project: text('a project').optional(),
  },
  A_MAPPING,
);
