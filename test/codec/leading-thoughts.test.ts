import { describe, expect, it } from 'vitest';
import { createThoughtSorter, holdsWrittenCall } from '../../src/codec/leading-thoughts.ts';

function sort(text: string, size: number): { text: string; thought: string } {
  const sorter = createThoughtSorter();
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
  const sorted = [...pieces.map((piece) => sorter.push(piece)), sorter.end()];
  return { text: sorted.map((part) => part.text).join(''), thought: sorted.map((part) => part.thought).join('') };
}

describe('reasoning at the beginning of a text', () => {
  it.each([
    ['<think>hm</think>Yes.', 'Yes.', 'hm'],
    ['\n<think>\nhm\n</think>\n\nYes.\n', 'Yes.\n', '\nhm\n'],
    ['<thinking>a < b</thinking> Yes.', 'Yes.', 'a < b'],
    ['<thought>hm</thought>Yes.', 'Yes.', 'hm'],
    ['<think>cut off by the c', '', 'cut off by the c'],
    ['<think>nearly </thin', '', 'nearly </thin'],
    ['<think></think>Yes.', 'Yes.', ''],
    ['Use <think> like this: <think>x</think>', 'Use <think> like this: <think>x</think>', ''],
    ['<thing> is no tag', '<thing> is no tag', ''],
    ['<thi', '<thi', ''],
    ['  Yes.', '  Yes.', ''],
    ['<think>a</think>b <think>c</think>', 'b <think>c</think>', 'a'],
  ])('%j', (all, text, thought) => {
    for (const size of [1, 2, 3, 7, 100]) expect(sort(all, size)).toEqual({ text, thought });
  });
});

describe('a call that was written as text', () => {
  it.each([
    'Let me look.\n<tool_call>\n{"name": "Read"}\n</tool_call>',
    '<function_calls>\n<invoke name="Read">',
    '<function=Read>{"path": "a"}</function>',
    '[TOOL_CALLS][{"name": "Read"}]',
    '<|python_tag|>Read.call()',
    '<｜tool▁calls▁begin｜>',
    '<|tool_calls_section_begin|>',
  ])('%j', (text) => expect(holdsWrittenCall(text)).toBe(true));

  it.each(['A `<tool_call>` is a tag.', 'Yes.', '', '<div>', 'see <invoke name="x">'])('not %j', (text) =>
    expect(holdsWrittenCall(text)).toBe(false),
  );
});
