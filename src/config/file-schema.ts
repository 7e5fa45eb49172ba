import { z } from 'zod';
import {
  DURATION,
  EXPECTED,
  FAILOVER_CLASSES,
  FOOTER_FIELDS,
  MOST_RETRIES,
  NOTIFICATIONS,
  SAFETY_CHECKS,
  SWITCH_BACK,
} from './settings.ts';

// Loaded only when there is a file to check: zod costs a start-up more than everything else in this room together.
// Each `error` is what an error message says was expected.

const KINDS = [
  'anthropic',
  'gemini',
  'openai',
  'openai-compatible',
  'azure',
  'vertex',
  'vertex-anthropic',
  'bedrock',
] as const;

const text = (error: string) => z.string({ error }).min(1, { error });
const yesOrNo = z.boolean({ error: 'true or false' });
const tokens = z.int({ error: 'a number of tokens' }).positive({ error: 'a number of tokens' });
const count = z.int({ error: 'a whole number' }).positive({ error: 'a whole number above 0' });
const usd = z.number({ error: EXPECTED.usd }).nonnegative({ error: EXPECTED.usd });
const duration = z.string({ error: EXPECTED.duration }).regex(DURATION, { error: EXPECTED.duration });
const mapping = { error: 'a mapping of names to values' };
const PROVIDER_ID = /^[a-z][a-z0-9_-]*$/;
const providerId = z
  .string({ error: 'a provider id' })
  .regex(PROVIDER_ID, { error: 'a provider id (small letters, digits, - and _)' });

const baseUrlExpected = 'an address that begins with http:// or https://';
const baseUrl = z.string({ error: baseUrlExpected }).regex(/^(https?:\/\/|\$\{)/, { error: baseUrlExpected });

const price = z.strictObject(
  {
    input: usd,
    output: usd,
    cacheRead: usd.optional().describe('For what is read from a cache; a tenth of `input` unless said.'),
    cacheWrite: usd.optional().describe('For what is written to a cache; the same as `input` unless said.'),
  },
  mapping,
);

const provider = z.strictObject(
  {
    label: text('a name').optional().describe('The name that is shown.'),
    kind: z
      .enum(KINDS, { error: `one of ${KINDS.join(', ')}` })
      .optional()
      .describe('How it is reached. A provider of the catalogue knows its own.'),
    baseUrl: baseUrl.optional().describe('Where it is reached; `${VAR}` is read from the environment.'),
    apiKey: text('a key, or ${VAR}').optional().describe('The key, best as `${VAR}`.'),
    apiKeyCommand: text('a shell command').optional().describe('A shell command that prints the key.'),
    headers: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'a header name' }), text('a header value'), mapping)
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
        mapping,
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
        mapping,
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
  mapping,
);

/** A configuration file as it is written: what is left out comes from elsewhere, durations are text. */
export const fileSchema = z
  .strictObject(
    {
      $schema: z.string().optional(),
      order: z
        .array(providerId, { error: 'a list of provider ids: [claude, gemini]' })
        .min(1, { error: 'a list of at least one provider id' })
        .optional()
        .describe('Who answers: exactly these providers, in this order.'),
      switchBack: z
        .enum(SWITCH_BACK, { error: EXPECTED.switchBack })
        .optional()
        .describe('When to return to the preferred provider: at a new turn, when you say so, or at once.'),
      failover: z
        .strictObject(
          {
            enabled: yesOrNo.optional().describe('False: everything is relayed from the first in the order.'),
            on: z
              .array(z.enum(FAILOVER_CLASSES, { error: EXPECTED.failoverOn }), {
                error: `a list of ${EXPECTED.failoverOn}`,
              })
              .optional()
              .describe('What makes ccmux ask the next provider. `billing` moves cost, so it is off unless named.'),
            waitUpTo: duration.optional().describe('Wait this long for a limit to reset rather than fail over.'),
            firstByteTimeout: duration
              .optional()
              .describe('Sets limits.firstByte and limits.silence; 0s waits for ever.'),
            retries: z
              .int({ error: EXPECTED.retries })
              .min(0, { error: EXPECTED.retries })
              .max(MOST_RETRIES, { error: EXPECTED.retries })
              .optional()
              .describe('How often a provider that hiccups (529, 5xx, a lost connection) is tried again first.'),
            safetyChecks: z
              .enum(SAFETY_CHECKS, { error: EXPECTED.safetyChecks })
              .optional()
              .describe(
                "Auto mode, while Claude cannot check a fallback's actions: ask you, refuse them (claude), or let another provider check them.",
              ),
          },
          mapping,
        )
        .optional(),
      limits: z
        .strictObject(
          {
            connect: duration.optional().describe('Until a connection stands.'),
            firstByte: duration.optional().describe('Until the headers of a stream.'),
            silence: duration.optional().describe('Between two signs of life of a stream, before its first content.'),
            firstContent: duration.optional().describe("Until a stream's first content (Claude: 600s)."),
            whole: duration.optional().describe('For an answer in one piece (Claude: 600s).'),
            afterContent: duration
              .optional()
              .describe('Between two signs of life behind the first content (Claude: 240s).'),
          },
          mapping,
        )
        .optional()
        .describe('How long a provider may take; 0s: for ever. Claude is waited for while nobody else is ready.'),
      footer: z
        .strictObject(
          {
            format: z
              .array(z.enum(FOOTER_FIELDS, { error: EXPECTED.footer }), { error: `a list of ${EXPECTED.footer}` })
              .min(1, { error: 'a list of at least one field' })
              .optional()
              .describe("What ccmux's part of the status line shows, in this order; too narrow, the last goes first."),
          },
          mapping,
        )
        .optional(),
      notify: z
        .array(z.enum(NOTIFICATIONS, { error: EXPECTED.notify }), { error: `a list of ${EXPECTED.notify}` })
        .optional()
        .describe("What the terminal's own notification or bell tells as well. Empty: nothing."),
      budget: z
        .strictObject({ perSession: usd.optional(), perDay: usd.optional() }, mapping)
        .optional()
        .describe('US dollars on paid providers; over it they are skipped, and you are told.'),
      report: z
        .strictObject(
          { previews: yesOrNo.optional().describe('Keep the first 80 characters of prompts in the journal.') },
          mapping,
        )
        .optional(),
      client: z
        .strictObject(
          {
            firstParty: yesOrNo
              .optional()
              .describe('Claude Code is told that its requests reach Anthropic, where they do.'),
          },
          mapping,
        )
        .optional(),
      providers: z
        .record(providerId, provider, mapping)
        .optional()
        .describe('What differs from the catalogue, and providers of your own.'),
    },
    mapping,
  )
  .meta({ title: 'ccmux configuration' });

export type FileSettings = z.infer<typeof fileSchema>;

/** The published JSON Schema, draft 7: what editors read. */
export function jsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(fileSchema, { target: 'draft-7', io: 'input' });
}
