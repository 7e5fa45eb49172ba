import { describe, expect, test } from 'vitest';
import { endingOf, readEnding, stoppedLine } from '../../src/codec/ending.ts';

describe('a finish reason', () => {
  test.each([
    ['stop', 'end_turn'],
    ['STOP', 'end_turn'],
    ['end_turn', 'end_turn'],
    ['eos', 'end_turn'],
    ['COMPLETE', 'end_turn'],
    ['stop_sequence', 'stop_sequence'],
    ['pause_turn', 'pause_turn'],
    ['length', 'max_tokens'],
    ['MAX_TOKENS', 'max_tokens'],
    ['model_length', 'max_tokens'],
    ['model_context_window_exceeded', 'max_tokens'],
  ])('%s has finished: %s', (raw, reason) => {
    expect(readEnding(raw, false)).toEqual({ type: 'finished', raw, reason });
  });

  test.each(['stop', 'STOP', 'tool_calls', 'function_call', 'tool_use', 'stop_sequence'])('%s after a call', (raw) => {
    expect(readEnding(raw, true)).toMatchObject({ type: 'finished', reason: 'tool_use' });
  });

  test.each(['SAFETY', 'RECITATION', 'content_filter', 'BLOCKED', 'refusal', 'sensitive', 'guardrail_intervened'])(
    '%s was blocked',
    (raw) => expect(readEnding(raw, false)).toEqual({ type: 'blocked', raw }),
  );

  test.each(['OTHER', 'MALFORMED_FUNCTION_CALL', 'insufficient_system_resource', 'abort', 'network_error'])(
    '%s broke off',
    (raw) => expect(readEnding(raw, false)).toEqual({ type: 'broken', raw, unknown: false }),
  );

  // Names of every object's own are words like any other.
  test.each(['brand_new', 'constructor', '__proto__', 'toString'])('%s is not known', (raw) => {
    expect(readEnding(raw, true)).toEqual({ type: 'broken', raw, unknown: true });
  });
});

test.each([
  ['no finish at all', undefined, { type: 'broken', raw: 'no end' }],
  ['a cut', { unified: 'interrupted', raw: undefined }, { type: 'broken', raw: 'no end' }],
  ['a wire without a word for a plain end', { unified: 'stop', raw: undefined }, { type: 'finished' }],
  ['a refusal in words', { unified: 'content-filter', raw: undefined }, { type: 'finished', reason: 'end_turn' }],
  ['a word that only the SDK knows', { unified: 'stop', raw: 'fertig' }, { type: 'finished', reason: 'end_turn' }],
  ['a block that only the SDK knows', { unified: 'content-filter', raw: 'zensiert' }, { type: 'blocked' }],
  ['a word that nobody knows', { unified: 'other', raw: 'kaputt' }, { type: 'broken', unknown: true }],
] as const)('%s', (_what, finish, expected) => {
  expect(endingOf(finish as Parameters<typeof endingOf>[0], false)).toMatchObject(expected);
});

test('who stopped an answer is said, and why', () => {
  expect(stoppedLine('Gemini', 'SAFETY')).toBe('(Gemini stopped this answer here: SAFETY.)');
  expect(stoppedLine('Gemini', 'RECITATION')).toBe(
    '(Gemini stopped this answer here: RECITATION, too close to a known text.)',
  );
});
