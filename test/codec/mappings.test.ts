import { readSdkWarning } from '../../src/codec/translate/sdk-warning.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampEffort } from '../../src/codec/translate/effort.ts';
import { createStreamNormaliser } from '../../src/codec/translate/normalise-stream.ts';
import type { ChunkNormaliser } from '../../src/codec/translate/normalise-chunk.ts';
import { normaliseGeminiChunk } from '../../src/codec/translate/normalise-gemini.ts';
import { createToolIds, mintId } from '../../src/codec/tool-ids.ts';
import { toToolInput } from '../../src/codec/tool-input.ts';
import { createToolNames } from '../../src/codec/tool-names.ts';
import { cleanSchema } from '../../src/codec/tool-schema.ts';

describe('tool names', () => {
  it.each([
    ['Read', 'Read'],
    ['mcp__a.b__c', 'mcp__a_b__c'],
    ['9lives', '_9lives'],
    ['', '_'],
  ])('%j is sent as %j', (name, sent) => {
    expect(createToolNames().toProvider(name)).toBe(sent);
  });

  it('come back as they were, whatever they are, and stay apart', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.string(), fc.string({ minLength: 60, maxLength: 90 }))), (list) => {
        const names = createToolNames();
        const sent = list.map((name) => names.toProvider(name));
        expect(new Set(sent).size).toBe(list.length);
        for (const name of sent) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
        expect(sent.map((name) => names.toClient(name))).toEqual(list);
        expect(list.map((name) => names.toProvider(name))).toEqual(sent);
      }),
    );
  });

  it.each([
    ['default_api:Read', 'Read'],
    ['functions.Read', 'Read'],
    ['No Such Tool!', 'No_Such_Tool_'],
    ['', 'unnamed_tool'],
  ])('a model’s %j is %j for the client', (called, name) => {
    const names = createToolNames();
    names.toProvider('Read');
    expect(names.toClient(called)).toBe(name);
  });
});

describe('tool ids', () => {
  it.each([
    ['any', /^[A-Za-z0-9_-]{1,64}$/],
    ['max40', /^[A-Za-z0-9_-]{1,40}$/],
    ['exactly9', /^[A-Za-z0-9]{9}$/],
  ] as const)('%s', (rule, form) => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.string(), fc.string({ minLength: 41, maxLength: 6_000 }))), (list) => {
        const ids = createToolIds(rule);
        const mapped = [...list.map((id) => ids(id, 0)), ...list.map((id) => ids(id, 1))];
        for (const id of mapped) expect(id).toMatch(form);
        expect(new Set(mapped).size).toBe(mapped.length);
        // The next request of the same conversation says the same, or the host's cache would be lost.
        const again = createToolIds(rule);
        expect(list.map((id) => again(id, 0))).toEqual(mapped.slice(0, list.length));
      }),
      { numRuns: 50, endOnFailure: true },
    );
  });

  it('that are minted fit Anthropic’s wire and do not repeat', () => {
    const minted = Array.from({ length: 1_000 }, () => mintId('toolu_'));
    for (const id of minted) expect(id).toMatch(/^toolu_[A-Za-z0-9]{24}$/);
    expect(new Set(minted).size).toBe(1_000);
  });
});

describe('schemas', () => {
  it.each([
    [undefined, { type: 'object', properties: {} }],
    [{}, { type: 'object', properties: {} }],
    [
      {
        $schema: 'x',
        $id: 'y',
        type: 'object',
        properties: { $schema: { type: 'string' } },
        additionalProperties: false,
      },
      { type: 'object', properties: { $schema: { type: 'string' } }, additionalProperties: false },
    ],
    [
      {
        type: 'object',
        properties: { list: { type: 'array' }, inner: { $schema: 'x', type: 'object', default: { $schema: 1 } } },
      },
      {
        type: 'object',
        properties: { list: { type: 'array', items: {} }, inner: { type: 'object', default: { $schema: 1 } } },
      },
    ],
    [
      { type: 'object', properties: null as never },
      { type: 'object', properties: {} },
    ],
  ])('%j', (schema, clean) => {
    expect(cleanSchema(schema as Record<string, unknown> | undefined)).toEqual(clean);
  });
});

describe('tool input', () => {
  it('that is valid JSON is never changed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
        const json = JSON.stringify(input);
        expect(toToolInput(json)).toEqual(JSON.parse(json));
      }),
    );
  });

  it('that was cut inside a string is never completed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (content, at) => {
        const json = JSON.stringify({ file: 'a', content });
        const start = json.indexOf('"content":"') + 11;
        const cut = json.slice(0, start + (at % (json.length - 2 - start)));
        expect(toToolInput(cut)).toBeUndefined();
      }),
    );
  });

  it('of any kind throws nothing', () => {
    fc.assert(
      fc.property(fc.string(), (input) => {
        expect(['object', 'undefined']).toContain(typeof toToolInput(input));
      }),
    );
  });
});

describe('what the AI SDK says it left out', () => {
  it.each([
    [
      { type: 'unsupported', feature: 'topK' },
      { what: 'topK', detail: 'topK is not supported by model-x' },
    ],
    [
      { type: 'compatibility', feature: 'tools', details: 'as text' },
      { what: 'tools', detail: 'as text' },
    ],
    [
      {
        type: 'other',
        message:
          'Replayed 2 `functionCall` part(s) for a Gemini 3 model without a `thoughtSignature` (tools: `Read`). Injected …',
      },
      { what: 'signature', detail: 'tool calls of other models went to Gemini without its signature' },
    ],
    [
      { type: 'other', message: 'Skipping a part: {"text":"secret"}' },
      { what: 'other', detail: 'Skipping a part' },
    ],
    [{ type: 'deprecated', setting: 'x', message: 'use y' }, undefined],
  ] as const)('%j', (warning, expected) => {
    expect(readSdkWarning(warning, 'model-x')).toEqual(expected);
  });
});

describe('effort', () => {
  it.each([
    ['max', ['low', 'medium', 'high'], 'high'],
    ['none', ['low', 'high'], 'low'],
    ['medium', ['low', 'high'], 'low'],
    ['xhigh', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'], 'xhigh'],
    ['low', [], undefined],
  ] as const)('%s of %j is %s', (wanted, levels, expected) => {
    expect(clampEffort(wanted, levels)).toBe(expected);
  });
});

/** Finds errors as Gemini's does, and changes nothing. */
const asItIs: ChunkNormaliser = (chunk) => {
  const found = normaliseGeminiChunk(chunk);
  return found.kind === 'chunk' ? { kind: 'chunk', chunk } : found;
};

describe('the stream normaliser', () => {
  const text =
    ': comment\n\nevent: x\ndata: {"candidates":[{}]}\n\n{\n  "error": {\n    "code": 503,\n\n    "message": "grün"\n  }\n}\n\ndata: [DONE]\n\n';
  it('says the same however the text is cut', () => {
    const run = (cuts: number[]): [string, unknown[]] => {
      const errors: unknown[] = [];
      const normaliser = createStreamNormaliser('gemini', asItIs, (error) => errors.push(error));
      const marks = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      let out = '';
      marks.slice(1).forEach((end, at) => (out += normaliser.push(text.slice(marks[at], end))));
      return [out + normaliser.end(), errors];
    };
    const whole = run([]);
    expect(whole[0]).toBe(
      'data: {"candidates":[{}]}\n\ndata: {"error":{"code":503,"message":"grün"}}\n\ndata: [DONE]\n\n',
    );
    expect(whole[1]).toEqual([{ error: { code: 503, message: 'grün' } }]);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        expect(run(cuts)).toEqual(whole);
      }),
    );
  });

  it('reads carriage returns as line ends, also when they are cut apart', () => {
    const normaliser = createStreamNormaliser('gemini', asItIs, () => {});
    expect(normaliser.push('data: {"candidates":[{}]}\r') + normaliser.push('\n\r\n') + normaliser.end()).toBe(
      'data: {"candidates":[{}]}\n\n',
    );
  });

  it('tells of an error that was cut off', () => {
    const errors: unknown[] = [];
    const normaliser = createStreamNormaliser('gemini', asItIs, (error) => errors.push(error));
    expect(normaliser.push('{\n "error": {') + normaliser.end()).toContain('"error"');
    expect(errors).toHaveLength(1);
  });

  it.each([
    [
      'the end without `data:`',
      'data: {"candidates":[{}]}\n\n[DONE]\n\n',
      'data: {"candidates":[{}]}\n\ndata: [DONE]\n\n',
    ],
    [
      'the same, cut off at once',
      'data: {"candidates":[{}]}\n\n[DONE]',
      'data: {"candidates":[{}]}\n\ndata: [DONE]\n\n',
    ],
    [
      'the same behind one newline',
      'data: {"candidates":[{}]}\n[DONE]\n\n',
      'data: {"candidates":[{}]}\n\ndata: [DONE]\n\n',
    ],
    ['a keep-alive in brackets', '[keep-alive]\n\ndata: {"candidates":[{}]}\n\n', 'data: {"candidates":[{}]}\n\n'],
    ['an object that never ends', '{"half":\n\ndata: {"candidates":[{}]}\n\n', 'data: {"candidates":[{}]}\n\n'],
  ])('takes no error from %s', (_name, text, expected) => {
    const errors: unknown[] = [];
    const normaliser = createStreamNormaliser('gemini', asItIs, (error) => errors.push(error));
    expect(normaliser.push(text) + normaliser.end()).toBe(expected);
    expect(errors).toEqual([]);
  });
});
