import { expect, test } from 'vitest';
import type { ContentBlock, MessagesRequest, Tool } from '../../src/codec/anthropic.ts';
import { withLateTools } from '../../src/codec/late-tools.ts';

const tool = (name: string, description = name): Tool => ({ name, description, input_schema: { type: 'object' } });
const defined = (one: Tool): ContentBlock => ({
  type: 'tool_addition',
  tool: { type: 'tool_definition', definition: one },
});
const named = (type: string, name: string): ContentBlock => ({ type, tool: { type: 'tool_reference', name } });

function asked(tools: Tool[] | undefined, ...later: ContentBlock[][]): MessagesRequest {
  return {
    model: 'claude-sonnet-5-5',
    ...(tools && { tools }),
    messages: [
      { role: 'user', content: 'Hello' },
      ...later.map((content) => ({ role: 'system' as const, content })),
      { role: 'user', content: 'Go on' },
    ],
  };
}

const [read, bash, search] = [tool('Read'), tool('Bash'), tool('mcp__docs__search')];

test.each<[what: string, request: MessagesRequest, tools: Tool[]]>([
  ['one came', asked([read], [defined(search)]), [read, search]],
  ['one came before there were any', asked(undefined, [defined(search)]), [search]],
  [
    'one came anew, in another form',
    asked([read, search], [defined(tool(search.name, 'v2'))]),
    [read, tool(search.name, 'v2')],
  ],
  ['one that was declared is named', asked([read, search], [named('tool_addition', search.name)]), [read, search]],
  ['one that nobody declared is named', asked([read], [named('tool_addition', search.name)]), [read]],
  ['one went', asked([read, bash], [named('tool_removal', 'Bash')]), [read]],
  ['one came and went', asked([read], [defined(search)], [named('tool_removal', search.name)]), [read]],
  [
    'one went and came back by its name',
    asked([read], [defined(search)], [named('tool_removal', search.name)], [named('tool_addition', search.name)]),
    [read, search],
  ],
  ['beside words', asked([read], [{ type: 'text', text: 'x' }, defined(search)]), [read, search]],
])('%s', (_, request, tools) => {
  const before = structuredClone(request);
  const late = withLateTools(request);
  expect(late.tools).toEqual(tools);
  expect(late.messages).toBe(request.messages);
  expect(request).toEqual(before);
});

test.each<[what: string, block: ContentBlock]>([
  ['other blocks', { type: 'text', text: 'tool_addition' }],
  ['no tool', { type: 'tool_addition' }],
  ['a tool without a schema', { type: 'tool_addition', tool: { type: 'tool_definition', definition: { name: 'a' } } }],
  ['a list of another server', { type: 'tool_addition', tool: { type: 'mcp_toolset', server: 'a' } }],
])('nothing comes of %s', (_, block) => {
  const request = asked([read], [block]);
  expect(withLateTools(request)).toBe(request);
});

test('only system messages tell of tools', () => {
  const request = asked([read]);
  request.messages[0]!.content = [defined(search)];
  expect(withLateTools(request)).toBe(request);
});
