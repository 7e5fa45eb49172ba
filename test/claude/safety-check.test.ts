import { expect, test } from 'vitest';
import { isSafetyCheck, type CheckRequest } from '../../src/claude/safety-check.ts';
import type { RequestClass } from '../../src/claude/asker.ts';

const SYSTEM = 'You are a security monitor for autonomous AI coding agents.\n\n## Context';
const judged = (system: string): CheckRequest => ({
  system: [{ text: 'x-anthropic-billing-header: cc_version=2.1.330' }, { text: system }],
  messages: [{ role: 'user', content: [{ type: 'text', text: '{"Bash":"make"}' }] }],
});
const transcript: CheckRequest = {
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: '<transcript>\n' },
        { type: 'text', text: '{}' },
      ],
    },
  ],
};
const plain: CheckRequest = { messages: [{ role: 'user', content: 'hello' }] };

test.each<[string, CheckRequest, RequestClass | undefined, boolean]>([
  ['by its system prompt', judged(SYSTEM), 'auxiliary', true],
  ['by its system prompt, of a client that says no class', judged(SYSTEM), undefined, true],
  ['by a system prompt of one text', { ...plain, system: SYSTEM }, 'auxiliary', true],
  ['by where a verdict stops', { ...plain, stop_sequences: ['</block>'] }, 'auxiliary', true],
  ['by where a grade stops', { ...plain, stop_sequences: ['</severity>'] }, 'auxiliary', true],
  ['by the conversation that it holds, in other words', transcript, 'auxiliary', true],
  ['not a title', judged('You are naming a coding session'), 'auxiliary', false],
  ['not what a user typed', { ...plain, system: 'You are Claude Code' }, undefined, false],
  ['not a conversation about it', judged(`Note: ${SYSTEM}`), 'auxiliary', false],
  ['not the main thread, whatever it quotes', judged(SYSTEM), 'main', false],
  ['not an agent', judged(SYSTEM), 'subagent', false],
  ['not a compaction', transcript, 'compaction', false],
  ['not what has tools', { ...judged(SYSTEM), tools: [{ name: 'Bash' }] }, 'auxiliary', false],
  ['not an empty request', { messages: [] }, 'auxiliary', false],
])('known %s', (_, request, requestClass, wanted) => {
  expect(isSafetyCheck(request, requestClass === undefined ? {} : { requestClass })).toBe(wanted);
});
