import { expect, it } from 'vitest';
import type { Answering } from '../../src/proxy/client.ts';
import { overhear } from '../../src/proxy/overheard.ts';

const start = (index: number, block: object) => ({ type: 'content_block_start', index, content_block: block });
const delta = (index: number, change: object) => ({ type: 'content_block_delta', index, delta: change });
const stream = (...events: { type: string }[]) =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

const call = start(1, { type: 'tool_use', id: 't1', name: 'Read', input: {} });
const json = (text: string) => delta(1, { type: 'input_json_delta', partial_json: text });

it.each([
  [
    'text and thinking',
    stream(
      start(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      start(1, { type: 'text', text: '' }),
      delta(1, { type: 'text_delta', text: 'Grüße, ' }),
      delta(1, { type: 'text_delta', text: '世界' }),
    ),
    [
      { type: 'thinking', thinking: 'Hm' },
      { type: 'text', text: 'Grüße, 世界' },
    ],
  ],
  [
    'a call in pieces',
    stream(call, json(''), json('{"file_'), json('path":"/a"}')),
    [{ type: 'tool_use', id: 't1', name: 'Read', input: { file_path: '/a' } }],
  ],
  ['a call of nothing', stream(call, json('')), [{ type: 'tool_use', id: 't1', name: 'Read', input: {} }]],
  [
    'a call that was cut off',
    stream(call, json('{"file_')),
    [{ type: 'tool_use', id: 't1', name: 'Read', input: '{"file_' }],
  ],
  ['an input without its call', stream(json('{}')), undefined],
  [
    'an answer in one piece',
    JSON.stringify({ content: [{ type: 'text', text: 'yes' }] }),
    [{ type: 'text', text: 'yes' }],
  ],
  ['what nobody understands', 'data: {"type"', undefined],
])('reads %s', async (_, text, content) => {
  const { answering, read } = overhear({ write: () => true, commit: () => {} } as unknown as Answering);
  answering.commit(200, ['content-type', 'text/event-stream'], true);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) void answering.write(bytes.subarray(at, at + 7));
  expect(await read()).toEqual(content && { role: 'assistant', content });
});
