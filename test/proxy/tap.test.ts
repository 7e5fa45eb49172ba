import { expect, test, vi } from 'vitest';
import { createTap } from '../../src/proxy/tap.ts';
import { sse } from '../helpers/proxy.ts';

const BEGINNING = Buffer.concat([
  sse('message_start', { message: { id: 'msg_1', model: 'm', usage: { input_tokens: 5, output_tokens: 1 } } }),
  sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
]);
const delta = (text: string) => sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
const END = Buffer.concat([
  sse('content_block_stop', { index: 0 }),
  sse('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }),
  sse('message_stop', {}),
]);

test('of a long answer only the events that tell something are decoded', () => {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode');
  const tap = createTap(undefined);
  void tap.write(BEGINNING);
  for (let i = 0; i < 1_000; i++) void tap.write(delta(`word ${i}`));
  void tap.write(END);
  expect(decode).toHaveBeenCalledTimes(2);
  expect(tap.answer).toMatchObject({ model: 'm', complete: true, usage: { inputTokens: 5, outputTokens: 7 } });
  decode.mockRestore();
});

test.each([
  ['an error between two words', [delta('a'), sse('error', { error: { message: 'no' } }), delta('b')]],
  ['an error without the name of its event', [delta('a'), Buffer.from('data: {"type":"error","error":{}}\n\n')]],
  [
    'an error behind half a word',
    [delta('a').subarray(0, 30), Buffer.concat([delta('a').subarray(30), sse('error', {})])],
  ],
  ['an error in two halves', [delta('a'), sse('error', {}).subarray(0, 4), sse('error', {}).subarray(4), delta('b')]],
  [
    'an error behind an empty line in a chunk of its own',
    [delta('a').subarray(0, -1), Buffer.from('\n'), sse('error', {})],
  ],
])('%s is seen', (_name, chunks) => {
  const tap = createTap(undefined);
  for (const chunk of [BEGINNING, ...chunks]) void tap.write(chunk);
  expect(tap.answer.error).toContain('"type":"error"');
});
