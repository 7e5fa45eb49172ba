import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAsker } from '../../src/claude/asker.ts';
import { readTurn } from '../../src/failover/turn.ts';
import type { TurnFacts, TurnRequest } from '../../src/failover/turn.ts';

type Message = { role: string; content: string | { type: string; [key: string]: unknown }[] };

const text = (words: string) => ({ type: 'text', text: words });
const call = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} };
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'hi' };
const thinking = { type: 'thinking', thinking: 'x', signature: 's' };
const reminder = text('<system-reminder>\nAs you answer, you can use the following context\n</system-reminder>');
const user = (...content: Exclude<Message['content'], string>): Message => ({ role: 'user', content });
const assistant = (...content: Exclude<Message['content'], string>): Message => ({ role: 'assistant', content });
const system: Message = { role: 'system', content: '# Environment\nYou have been invoked in …' };
const tokens: Message = { role: 'system', content: [text('<total_tokens>15000000 tokens left</total_tokens>')] };
const before = [user(reminder, text('first')), system, assistant(text('Hello'))];

/** A request as Claude Code 2.1.330 makes it on its main thread. */
function request(messages: Message[], over: Partial<TurnRequest> = {}): TurnRequest {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 128000,
    thinking: { type: 'adaptive' },
    tools: [{}, {}],
    messages,
    ...over,
  };
}

function read(messages: Message[], over: Partial<TurnRequest> = {}, headers: Record<string, string> = {}): TurnFacts {
  return readTurn(request(messages, over), readAsker(headers));
}

/** `main turn "prompt"`, or `main` where the turn goes on. */
function line(facts: TurnFacts): string {
  const words: string[] = [facts.thread];
  if (facts.startsTurn) words.push('turn');
  if (facts.prompt !== '') words.push(JSON.stringify(facts.prompt));
  return words.join(' ');
}

describe('turns of the main thread', () => {
  // oxfmt-ignore
  const rows: [what: string, messages: Message[], expected: string][] = [
    ['first prompt, behind reminders', [user(reminder, reminder, text('fix the race')), system], 'main turn "fix the race"'],
    ['content as a string', [{ role: 'user', content: 'hello' }], 'main turn "hello"'],
    ['second prompt', [...before, user(text('go on'))], 'main turn "go on"'],
    ['behind it a system message', [...before, user(text('go on')), tokens], 'main turn "go on"'],
    ['tool results', [...before, assistant(text('Running.'), call), user(result)], 'main'],
    ['tool results, then a system message', [...before, assistant(call), user(result), tokens], 'main'],
    ['tool results and a reminder', [...before, assistant(call), user(result, reminder)], 'main'],
    ['tool results and a PDF', [...before, assistant(call), user(result, { type: 'document' })], 'main'],
    ['tool results and an image', [...before, assistant(call), user(result, { type: 'image' })], 'main'],
    ['tool results and new words', [...before, assistant(call), user(result, text('no, stop'))], 'main turn "no, stop"'],
    ['an image alone', [...before, user({ type: 'image' })], 'main turn'],
    ['an image with words', [...before, user({ type: 'image' }, text('what is this?'))], 'main turn "what is this?"'],
    ['two texts', [user(text('one'), text('two'))], 'main turn "one\\n\\ntwo"'],
    ['two user messages in a row', [user(text('one')), user(reminder)], 'main turn "one"'],
    ['a reminder alone', [...before, user(reminder)], 'main'],
    ['an assistant prefill', [...before], 'main'],
    ['no messages', [], 'main'],
    ['a background task ended', [...before, user(text('<system-reminder>\n[SYSTEM NOTIFICATION - NOT USER INPUT]\nx</system-reminder>'))], 'main'],
    ['task notification', [...before, user(text('<task-notification>\n<task-id>1</task-id>\n</task-notification>'))], 'main'],
    ['a teammate', [...before, user(text('<teammate-message from="a">hi</teammate-message>'))], 'main'],
    ['cut off mid-stream', [...before, user(text('Your response above was cut off mid-stream. Resume directly from where it stops — no apology'))], 'main'],
    ['interrupted, nothing new', [...before, user(text('[Request interrupted by user]'))], 'main'],
    ['interrupted tool, then a prompt', [...before, assistant(call), user(result, text('[Request interrupted by user for tool use]'), text('try it again'))], 'main turn "try it again"'],
    ['stop hook', [...before, user(text('Stop hook feedback:\nrun the tests'))], 'main'],
    ['slash command with its expansion', [...before, user(text('<command-message>init</command-message>\n<command-name>/init</command-name>\n'), text('Please analyze this codebase'))], 'main turn "/init"'],
    ['slash command with arguments', [...before, user(text('<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>42 now</command-args>'))], 'main turn "/review 42 now"'],
    ['what a local command left, then a prompt', [user(reminder, text('<local-command-caveat>The command below …</local-command-caveat>'), text('<command-name>/compact</command-name>\n <command-message>compact</command-message>\n <command-args></command-args>\n'), text('<local-command-stdout>Compacted</local-command-stdout>\n'), text('after compact')), system], 'main turn "after compact"'],
    ['a local command, then a slash command', [user(text('<command-name>/model</command-name>'), text('<local-command-stdout>Set</local-command-stdout>'), text('<command-message>init</command-message><command-name>/init</command-name>'), text('Please analyze'))], 'main turn "/init"'],
    ['a shell command of the user', [...before, user(text('<bash-input>echo hi</bash-input>\n'), text('<bash-stdout>hi</bash-stdout><bash-stderr></bash-stderr>'))], 'main turn "! echo hi"'],
    ['a selection in the editor', [user(text('<ide_selection>x</ide_selection>'), text('explain'))], 'main turn "explain"'],
    ['summary of an earlier conversation', [user(text('This session is being continued from a previous conversation that ran out of context.'))], 'main'],
  ];
  it.each(rows)('%s', (_what, messages, expected) => {
    expect(line(read(messages))).toBe(expected);
  });
});

describe('threads of a client that sends no class', () => {
  const prompt = [user(text('hi'))];
  const bare = { tools: [], thinking: undefined as never };
  const title = 'You are naming a coding session so the user can pick it out of a list';
  // oxfmt-ignore
  const rows: [what: string, messages: Message[], over: Partial<TurnRequest>, headers: Record<string, string>, expected: string][] = [
    ['subagent', prompt, {}, { 'x-claude-code-agent-id': 'aab2' }, 'subagent'],
    ['subagent in its loop', [...before, assistant(call), user(result)], {}, { 'x-claude-code-agent-id': 'aab2' }, 'subagent'],
    ['quota probe', [{ role: 'user', content: 'quota' }], { ...bare, max_tokens: 1 }, {}, 'side'],
    ['title', [user(text('<session>\nhello\n</session>'))], { ...bare, system: [{ text: 'x' }, { text: title }], output_config: { format: {} } }, {}, 'side'],
    ['title without a format', prompt, { ...bare, system: title }, {}, 'side'],
    ['haiku without tools', prompt, { ...bare, model: 'claude-haiku-5-5' }, {}, 'side'],
    ['haiku without tools, thinking off', prompt, { tools: [], thinking: { type: 'disabled' }, model: 'claude-haiku-5-5' }, {}, 'side'],
    ['web search', prompt, { tools: [{ type: 'web_search_20250305' }] }, {}, 'side'],
    ['compaction', [...before, { role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n' }], {}, {}, 'side'],
    ['compaction, older', [...before, user(text('Your task is to create a detailed summary of the conversation so far'))], {}, {}, 'side'],
    ['suggestion', [...before, user(text('[SUGGESTION MODE: Suggest what the user might naturally type next'))], {}, {}, 'side'],
    ['recap', [...before, user(text('The user stepped away and is coming back. Recap in under 40 words'))], {}, {}, 'side'],
    ['user on haiku', prompt, { model: 'claude-haiku-5-5' }, {}, 'main turn "hi"'],
    ['user on haiku without tools', prompt, { model: 'claude-haiku-5-5', tools: [] }, {}, 'main turn "hi"'],
    ['user with a schema for the answer', prompt, { output_config: { format: {} } }, {}, 'main turn "hi"'],
    ['user with web search among the tools', prompt, { tools: [{}, { type: 'web_search_20250305' }] }, {}, 'main turn "hi"'],
    ['some other client', prompt, { ...bare, max_tokens: 100 }, {}, 'main turn "hi"'],
  ];
  it.each(rows)('%s', (_what, messages, over, headers, expected) => {
    const { thinking: mode, ...rest } = request(messages, over);
    expect(line(readTurn(mode === undefined ? rest : { ...rest, thinking: mode }, readAsker(headers)))).toBe(expected);
  });
});

describe('what a request says of itself', () => {
  const CLASS = 'x-claude-code-request-class';
  const typed = [...before, user(text('go on'))];
  const compaction = [...before, user(text('CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.'))];
  const classifier = 'You are a security monitor for autonomous AI coding agents.';
  // oxfmt-ignore
  const rows: [what: string, messages: Message[], headers: Record<string, string>, expected: string][] = [
    ['main', typed, { [CLASS]: 'main' }, 'main turn "go on"'],
    ['main, whatever its words look like', compaction, { [CLASS]: 'main' }, 'main turn "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools."'],
    ['main, that nobody typed', [...before, user(text('<task-notification>\n1\n</task-notification>'))], { [CLASS]: 'main', 'x-claude-code-prompt-id': 'new' }, 'main'],
    ['a subagent', typed, { [CLASS]: 'subagent', 'x-claude-code-agent-id': 'a1' }, 'subagent'],
    ['a hook that is an agent: no id', typed, { [CLASS]: 'subagent' }, 'subagent'],
    ['a workflow', typed, { [CLASS]: 'workflow', 'x-claude-code-agent-id': 'a1' }, 'subagent'],
    ['a compaction', typed, { [CLASS]: 'compaction' }, 'side'],
    ['a title, a recap, a probe, with tools and thinking', typed, { [CLASS]: 'auxiliary' }, 'side'],
    ['a page that a subagent fetched', typed, { [CLASS]: 'auxiliary', 'x-claude-code-agent-id': 'a1' }, 'side'],
    ['an answer beside the conversation', typed, { [CLASS]: 'side_reply' }, 'side'],
    ['a class of a later version: the form decides', typed, { [CLASS]: 'new-kind' }, 'main turn "go on"'],
    ['a class of a later version, of an agent', typed, { [CLASS]: 'new-kind', 'x-claude-code-agent-id': 'a1' }, 'subagent'],
    ['no value', typed, { [CLASS]: '', 'x-claude-code-agent-id': '' }, 'main turn "go on"'],
  ];
  it.each(rows)('%s', (_what, messages, headers, expected) => {
    expect(line(read(messages, {}, headers))).toBe(expected);
  });

  it('tells a compaction from other side requests, with and without the header', () => {
    expect(read(typed, {}, { [CLASS]: 'compaction' }).requestClass).toBe('compaction');
    expect(read(compaction).requestClass).toBe('compaction');
    expect(read(typed, {}, { [CLASS]: 'auxiliary' }).requestClass).toBe('auxiliary');
  });

  it("takes auto mode's classifier for no turn, in a client that sends no class", () => {
    const request = { tools: [], thinking: { type: 'disabled' }, system: [{ text: classifier }], max_tokens: 64 };
    expect(line(read([user(text('ls'))], request))).toBe('side');
  });

  it('starts a turn only with a prompt that has not begun one', () => {
    const asker = readAsker({ [CLASS]: 'main', 'x-claude-code-prompt-id': 'p1' });
    expect(line(readTurn(request(typed), asker, () => true))).toBe('main turn "go on"');
    expect(line(readTurn(request(typed), asker, () => false))).toBe('main');
    expect(line(readTurn(request(typed), readAsker({}), () => false))).toBe('main turn "go on"');
  });

  it('asks about a prompt only where the words could start a turn, so that agents and titles do not use it up', () => {
    const asked: string[] = [];
    const ask = (prompt: string) => asked.push(prompt) > 0;
    for (const name of ['subagent', 'auxiliary', 'compaction', 'main']) {
      const asker = readAsker({ [CLASS]: name, 'x-claude-code-prompt-id': name });
      readTurn(request([...before, assistant(call), user(result)]), asker, ask);
      readTurn(request(typed), asker, ask);
    }
    expect(asked).toEqual(['main']);
  });
});

describe('whether Claude can take over inside a tool loop', () => {
  // oxfmt-ignore
  const rows: [what: string, mode: string, messages: Message[], needs: boolean][] = [
    ['enabled, a foreign step', 'enabled', [...before, assistant(call), user(result)], true],
    ['enabled, a foreign step and a system message', 'enabled', [...before, assistant(text('x'), call), user(result), tokens], true],
    ['enabled, its own step', 'enabled', [...before, assistant(thinking, call), user(result)], false],
    ['enabled, its own redacted step', 'enabled', [...before, assistant({ type: 'redacted_thinking', data: 'x' }, call), user(result)], false],
    ['enabled, a new turn', 'enabled', [...before, user(text('go on'))], false],
    ['adaptive', 'adaptive', [...before, assistant(call), user(result)], false],
    ['disabled', 'disabled', [...before, assistant(call), user(result)], false],
  ];
  it.each(rows)('%s', (_what, type, messages, needs) => {
    expect(read(messages, { thinking: { type } }).needsOwnThinking).toBe(needs);
  });
});

it('starts a turn in the main thread only, and has a prompt only then, whatever the messages', () => {
  const block = fc.constantFrom(
    reminder,
    result,
    call,
    thinking,
    text('word'),
    text('[Request interrupted by user]'),
    { type: 'image' },
    { type: 'new_kind' },
  );
  const message = fc.record({
    role: fc.constantFrom('user', 'assistant', 'system'),
    content: fc.oneof(fc.string(), fc.array(block)),
  });
  fc.assert(
    fc.property(fc.array(message), fc.boolean(), (messages, subagent) => {
      const facts = read(messages, {}, subagent ? { 'x-claude-code-agent-id': 'a' } : {});
      expect(facts.startsTurn && facts.thread !== 'main').toBe(false);
      expect(facts.prompt !== '' && !facts.startsTurn).toBe(false);
      expect(facts.prompt).not.toContain('system-reminder>\nAs');
    }),
  );
});
