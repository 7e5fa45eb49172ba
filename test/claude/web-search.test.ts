import { expect, test } from 'vitest';
import { searchedFor } from '../../src/claude/web-search.ts';

const tools = [{ type: 'web_search_20250305' }];
const user = (content: string | { type: string; text?: string }[]) => ({ role: 'user', content });
const PROMPT = 'Perform a web search for the query: ccmux release';

test.each<[string, Parameters<typeof searchedFor>[0], string | undefined]>([
  ['as it was observed', { messages: [user([{ type: 'text', text: PROMPT }])], tools }, 'ccmux release'],
  ['as a string', { messages: [user(PROMPT)], tools }, 'ccmux release'],
  ['a newer tool', { messages: [user(PROMPT)], tools: [{ type: 'web_search_20260318' }] }, 'ccmux release'],
  ['a query of two lines', { messages: [user(`${PROMPT}\nand more`)], tools }, 'ccmux release\nand more'],
  ['without the tool', { messages: [user(PROMPT)] }, undefined],
  ['beside another tool: a user may type it', { messages: [user(PROMPT)], tools: [...tools, {}] }, undefined],
  [
    'in a conversation',
    { messages: [user('hi'), { role: 'assistant', content: 'x' }, user(PROMPT)], tools },
    undefined,
  ],
  ['another question', { messages: [user('What is new?')], tools }, undefined],
  ['an empty query', { messages: [user('Perform a web search for the query: ')], tools }, undefined],
])('what Claude Code looks for: %s', (_, request, query) => {
  expect(searchedFor(request)).toBe(query);
});
