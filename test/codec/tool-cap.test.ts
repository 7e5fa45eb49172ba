import { expect, it } from 'vitest';
import { fitTools } from '../../src/codec/tool-cap.ts';
import type { MessagesRequest, Tool } from '../../src/codec/anthropic.ts';

const tool = (name: string, more: object = {}): Tool => ({ name, input_schema: { type: 'object' }, ...more });
const deferred = { defer_loading: true };
const tools = [
  tool('Read'),
  tool('WebFetch', deferred),
  tool('mcp__a__called'),
  tool('mcp__a__found', deferred),
  tool('mcp__a__idle'),
  tool('mcp__b__idle', deferred),
  tool('Bash'),
];
const request: MessagesRequest = {
  model: 'm',
  tools,
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'mcp__a__called', input: {} }] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't', content: [{ type: 'tool_reference', tool_name: 'mcp__a__found' }] },
      ],
    },
  ],
};

it.each([
  [7, []],
  [6, ['mcp__b__idle']],
  [5, ['WebFetch', 'mcp__b__idle']],
  [4, ['WebFetch', 'mcp__a__idle', 'mcp__b__idle']],
  [3, ['WebFetch', 'mcp__a__found', 'mcp__a__idle', 'mcp__b__idle']],
  [2, ['WebFetch', 'mcp__a__called', 'mcp__a__found', 'mcp__a__idle', 'mcp__b__idle']],
  [1, ['WebFetch', 'mcp__a__called', 'mcp__a__found', 'mcp__a__idle', 'mcp__b__idle']],
])('of 7 tools a host that takes %i goes without %j', (most, left) => {
  const fitted = fitTools(request, most, 'model-x');
  const names = (fitted.request.tools ?? []).map(({ name }) => name);
  expect(tools.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual(left);
  expect(fitted.warnings.map(({ what }) => what)).toEqual(left.length > 0 ? ['tools'] : []);
});

it('a tool that must be called stays', () => {
  const forced: MessagesRequest = { ...request, tool_choice: { type: 'tool', name: 'mcp__b__idle' } };
  expect(fitTools(forced, 6, 'm').request.tools?.map(({ name }) => name)).toContain('mcp__b__idle');
});
