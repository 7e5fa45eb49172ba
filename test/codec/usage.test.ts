import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Usage } from '../../src/events.ts';
import { cleanWireUsage, readCount, withoutSenselessCounts, withWireUsage } from '../../src/codec/usage.ts';

test.each([
  [0, 0],
  [12, 12],
  [12.4, 12],
  [1e9, 1e9],
  [1e9 + 1, undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [Infinity, undefined],
  ['12', undefined],
  [null, undefined],
  [undefined, undefined],
  [true, undefined],
  [{}, undefined],
])('a count of %j is %j', (value, expected) => {
  expect(readCount(value)).toBe(expected);
});

test('what is no count is left out, however deep; what is none of the counts stays', () => {
  const usage = {
    prompt_tokens: '5',
    completion_tokens: 3,
    cost: 0.002,
    service_tier: 'default',
    prompt_tokens_details: { cached_tokens: -1, audio_tokens: 0 },
    completion_tokens_details: null,
    promptTokensDetails: [{ tokenCount: 'x' }],
  };
  expect(withoutSenselessCounts(usage)).toEqual({
    completion_tokens: 3,
    cost: 0.002,
    service_tier: 'default',
    prompt_tokens_details: { audio_tokens: 0 },
  });
});

test('a reader gets the counts that it needs', () => {
  expect(cleanWireUsage({ input_tokens: '7', cache_read_input_tokens: 2 })).toEqual({
    input_tokens: 0,
    output_tokens: 0,
    cache_read_input_tokens: 2,
  });
  expect(cleanWireUsage(undefined, ['output_tokens'])).toEqual({ output_tokens: 0 });
});

describe('usage over the events of an answer', () => {
  const rows: [what: string, told: unknown[], expected: number[] | undefined][] = [
    ['the last figure counts', [{ input_tokens: 5, output_tokens: 1 }, { output_tokens: 9 }], [5, 9, 0, 0]],
    ['null repeats nothing', [{ input_tokens: 5 }, { input_tokens: null, output_tokens: 2 }], [5, 2, 0, 0]],
    ['a senseless figure replaces none', [{ input_tokens: 5 }, { input_tokens: -1, output_tokens: '2' }], [5, 0, 0, 0]],
    ['zeros are no report', [{ input_tokens: 0, output_tokens: 0 }], undefined],
    ['strings are no report', [{ input_tokens: '5', output_tokens: '1' }], undefined],
    ['nothing', [undefined, null, 'x', []], undefined],
  ];
  it.each(rows)('%s', (_what, told, expected) => {
    const usage = told.reduce<Usage | undefined>((before, one) => withWireUsage(before, one) ?? before, undefined);
    expect(usage && Object.values(usage)).toEqual(expected);
  });

  it('is made of counts alone, whatever was told', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.constantFrom('input_tokens', 'output_tokens'), fc.anything())), (told) => {
        const usage = told.reduce<Usage | undefined>((before, one) => withWireUsage(before, one) ?? before, undefined);
        for (const count of Object.values(usage ?? {})) expect(readCount(count)).toBe(count);
      }),
    );
  });
});
