import { expect } from 'vitest';
import { ask, askWell, requestOf, type Asked } from './ask.ts';
import { FAILURES } from './scenarios-failures.ts';
import { HISTORY } from './scenarios-history.ts';
import type { Host } from './host.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import type { AnswerStep, SimulatedRequest, Step } from '../../src/demo/script.ts';

/** Something that every provider must get right. */
export type Scenario = {
  name: string;
  /** @returns why it does not apply to this host; nothing when it held; throws when it did not. */
  run(host: Host): Promise<string | void>;
};

/** Tells the vendor what to do with every request, until the next scenario. */
export function script(host: Host, step: Step | ((request: SimulatedRequest) => Step)): void {
  host.simulator.script = typeof step === 'function' ? step : () => step;
}

export const say = (text: string, more: Partial<AnswerStep> = {}): AnswerStep => ({ type: 'answer', text, ...more });
export const call = (...toolCalls: { name: string; input: unknown }[]): AnswerStep => ({ type: 'answer', toolCalls });

export const UNTOUCHED = "the user's own Claude: nothing is changed";
export const RELAYED = "relayed: the host's own work";

const READ = { name: 'Read', input: { file_path: '/src/größe.ts', limit: 20 } };
const THREE = [
  READ,
  { name: 'Bash', input: { file_path: 'a' } },
  { name: 'Grep', input: { file_path: 'b "quoted"\n' } },
];

const ANSWERS: Scenario[] = [
  {
    name: 'text',
    async run(host) {
      script(host, say('An answer of several words.'));
      const asked = await askWell(host, requestOf());
      expect(asked).toMatchObject({ text: 'An answer of several words.', stopReason: 'end_turn' });
      expect(asked.events.at(-1)).toBe('message_stop');
      expect(asked.model).toBe(host.provider.modelFor('claude-sonnet-5-5'));
    },
  },
  {
    name: 'text, in one piece',
    async run(host) {
      script(host, say('All at once.'));
      const asked = await askWell(host, requestOf(), { stream: false });
      expect(asked.body).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
      expect(asked.text).toBe('All at once.');
    },
  },
  {
    name: 'without tools',
    async run(host) {
      script(host, say('A title'));
      const { tools: _tools, ...request } = requestOf();
      expect((await askWell(host, request)).text).toBe('A title');
    },
  },
  {
    name: 'one tool',
    async run(host) {
      script(host, call(READ));
      expect((await askWell(host, requestOf())).calls).toMatchObject([READ]);
    },
  },
  {
    name: 'one tool, in one piece',
    async run(host) {
      script(host, call(READ));
      expect((await askWell(host, requestOf(), { stream: false })).calls).toMatchObject([READ]);
    },
  },
  {
    name: 'text and parallel tools',
    async run(host) {
      script(host, { ...call(...THREE), text: 'Let me look.' });
      const asked = await askWell(host, requestOf());
      expect(asked.calls).toMatchObject(THREE);
      expect(asked.text).toBe('Let me look.');
    },
  },
  {
    name: 'empty arguments',
    async run(host) {
      script(host, call({ name: 'Bash', input: {} }));
      expect((await askWell(host, requestOf())).calls).toMatchObject([{ name: 'Bash', input: {} }]);
    },
  },
  {
    name: 'malformed arguments',
    async run(host) {
      const chunks = MALFORMED[host.wire];
      if (!chunks) return host.wire === 'own' ? UNTOUCHED : RELAYED;
      script(host, { type: 'raw', chunks });
      const asked = await ask(host, requestOf());
      // Either it is an error, so that the next provider is asked, or what is there is whole (checked for every call).
      expect(asked.failure ?? asked.calls.length, 'neither an error nor a call').toBeTruthy();
      if (asked.failure) expect(asked.events).not.toContain('message_stop');
    },
  },
  {
    name: 'characters cut apart',
    async run(host) {
      const text = 'Grüße, 世界 — 👩‍🚀🎉!';
      script(host, { ...say(text), toolCalls: [{ name: 'Read', input: { file_path: text } }], chunkBytes: 3 });
      const asked = await askWell(host, requestOf());
      expect(asked.text).toBe(text);
      expect(asked.calls).toMatchObject([{ input: { file_path: text } }]);
    },
  },
  {
    name: 'stopped by the cap',
    async run(host) {
      const word = { chat: 'length', gemini: 'MAX_TOKENS', responses: 'max_output_tokens' } as Record<string, string>;
      script(host, say('Half an ans', { stopReason: word[host.wire] ?? 'max_tokens' }));
      expect((await askWell(host, requestOf())).stopReason).toBe('max_tokens');
    },
  },
  {
    name: 'refused',
    async run(host) {
      const word = { chat: 'content_filter', gemini: 'SAFETY', responses: 'content_filter' } as Record<string, string>;
      script(host, say('I would rather', { stopReason: word[host.wire] ?? 'refusal' }));
      expect((await askWell(host, requestOf())).stopReason).toBe('refusal');
    },
  },
  {
    name: 'usage with a cache',
    async run(host) {
      script(host, say('Counted.', { usage: { input: 1_000, output: 20, cacheRead: 800 } }));
      const { usage } = await askWell(host, requestOf());
      // Anthropic's input leaves out what came from the cache, the other wires' include it.
      const input_tokens = host.provider.translated ? 200 : 1_000;
      expect(usage).toMatchObject({ input_tokens, output_tokens: 20, cache_read_input_tokens: 800 });
    },
  },
  {
    name: 'thoughts stay inside',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      script(host, { ...say('The result.'), thinking: 'First this, then that, then something else again.' });
      const asked = await askWell(host, requestOf());
      expect(asked.content).toEqual([{ type: 'text', text: 'The result.' }]);
    },
  },
];

const WISHES: Scenario[] = [
  {
    name: 'tool_choice any',
    run: (host) =>
      choose(
        host,
        { type: 'any' },
        { own: 'any', relayed: 'any', chat: anyWord(host), responses: 'required', gemini: 'ANY' },
      ),
  },
  {
    name: 'tool_choice tool',
    run: (host) =>
      choose(
        host,
        { type: 'tool', name: 'Bash' },
        { own: 'Bash', relayed: 'Bash', chat: 'Bash', responses: 'Bash', gemini: 'Bash' },
      ),
  },
  {
    name: 'tool_choice none',
    run: (host) =>
      choose(host, { type: 'none' }, { own: 'none', relayed: 'none', chat: 'none', responses: 'none', gemini: 'NONE' }),
  },
  {
    name: 'no parallel tools',
    async run(host) {
      script(host, call(READ));
      const choice = { type: 'auto', disable_parallel_tool_use: true } as const;
      const { sent } = await askWell(host, requestOf({ tool_choice: choice }));
      if (host.wire === 'gemini') return 'Gemini has no such wish; the request is taken';
      if (host.provider.translated) expect(sent!.json.parallel_tool_calls).toBe(false);
      else expect(sent!.json.tool_choice).toMatchObject(choice);
      return undefined;
    },
  },
  {
    name: 'effort',
    async run(host) {
      script(host, say('Thought hard.'));
      const { sent } = await askWell(host, requestOf({ output_config: { effort: 'max' } }));
      const { effort = 'none', effortLevels = ['low', 'medium', 'high'] } = host.row.quirks;
      if (!host.provider.translated) expect(sent!.json.output_config).toEqual({ effort: 'max' });
      else if (host.wire === 'gemini')
        expect(String(sent!.json.generationConfig.thinkingConfig.thinkingLevel).toLowerCase()).toBe('high');
      else {
        const level = host.wire === 'responses' ? sent!.json.reasoning?.effort : sent!.json.reasoning_effort;
        expect(level).toBe(effort === 'none' ? undefined : effortLevels.at(-1));
      }
    },
  },
  {
    name: 'max_tokens clamped',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      script(host, say('Long.'));
      const { sent, model } = await askWell(host, requestOf({ max_tokens: 128_000 }));
      const field = host.row.quirks.maxTokensField ?? 'max_tokens';
      const cap =
        {
          gemini: sent!.json.generationConfig?.maxOutputTokens,
          responses: sent!.json.max_output_tokens,
          chat: sent!.json[field],
        }[host.wire as string] ?? sent!.json.max_tokens;
      expect(cap).toBe(Math.min(128_000, host.provider.limitsOf(model).maxOutput));
      return undefined;
    },
  },
  {
    name: 'long tool names',
    async run(host) {
      const names = ['first', 'second'].map(
        (end) => `mcp__a_server_with_a_rather_long_name__and_a_tool_whose_name_is_longer_still_${end}`,
      );
      const tools = names.map((name) => ({
        name,
        description: 'Long.',
        input_schema: { type: 'object', properties: {} },
      }));
      script(host, ({ facts }) => call(...facts.toolNames.map((name) => ({ name, input: {} }))));
      const asked = await askWell(host, requestOf({ tools }));
      expect(asked.calls.map(({ name }) => name)).toEqual(names);
    },
  },
  {
    name: 'count_tokens',
    async run(host) {
      const { body } = await askWell(host, requestOf(), { stream: false, path: '/v1/messages/count_tokens?beta=true' });
      expect(body.input_tokens).toBeGreaterThan(100);
    },
  },
];

/** Truncated JSON where the wire carries arguments as text; Gemini's own word for the same mishap. */
const MALFORMED: Partial<Record<Host['wire'], string[]>> = {
  chat: [
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', tool_calls: [{ index: 0, id: 'abcdefghi', type: 'function', function: { name: 'Read', arguments: '{"file_path": "/a' } }] }, finish_reason: null }] })}\n\n`,
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] })}\n\n`,
    'data: [DONE]\n\n',
  ],
  responses: [
    { type: 'response.created', response: { id: 'r', object: 'response', created_at: 1, model: 'm', output: [] } },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'Read', arguments: '' },
    },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta: '{"file_path": "/a' },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: 'Read',
        arguments: '{"file_path": "/a',
        status: 'completed',
      },
    },
    {
      type: 'response.completed',
      response: {
        id: 'r',
        object: 'response',
        created_at: 1,
        model: 'm',
        output: [],
        usage: { input_tokens: 9, output_tokens: 9 },
      },
    },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  gemini: [
    `data: ${JSON.stringify({ candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed function call: call:Read{', index: 0 }], usageMetadata: { promptTokenCount: 9 } })}\r\n\r\n`,
  ],
};

function anyWord(host: Host): string {
  return host.row.quirks.toolChoiceAny ?? 'required';
}

async function choose(
  host: Host,
  tool_choice: NonNullable<MessagesRequest['tool_choice']>,
  words: Partial<Record<Host['wire'], string>>,
): Promise<void> {
  script(host, tool_choice.type === 'none' ? say('No tool.') : call({ name: 'Bash', input: {} }));
  const { sent } = await askWell(host, requestOf({ tool_choice }));
  const told = host.wire === 'gemini' ? sent!.json.toolConfig : sent!.json.tool_choice;
  // No tools at all is as good a way to say that none may be called.
  if (tool_choice.type === 'none' && told === undefined) expect(sent!.json.tools).toBeUndefined();
  else expect(JSON.stringify(told)).toContain(`"${words[host.wire]}"`);
}

/** What a cloud whose package is not here says instead of answering. */
const PACKAGES: Scenario[] = [
  {
    name: 'names the missing package',
    async run(host) {
      if (host.wire !== 'missing') return 'ships with ccmux';
      await expect(ask(host, requestOf())).rejects.toThrow(`npm install -g ${host.row.optionalPackage}`);
      return undefined;
    },
  },
];

export const SCENARIOS: readonly Scenario[] = [...ANSWERS, ...WISHES, ...HISTORY, ...FAILURES, ...PACKAGES];

export type { Asked };
