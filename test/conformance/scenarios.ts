import { expect } from 'vitest';
import { ask, askWell, requestOf } from './ask.ts';
import { call, say, script, UNTOUCHED, type Scenario } from './scenario.ts';
import { DEMANDS } from './scenarios-demands.ts';
import { ENDINGS } from './scenarios-endings.ts';
import { FAILURES } from './scenarios-failures.ts';
import { HISTORY } from './scenarios-history.ts';
import { NOTE } from './scenarios-note.ts';
import { WISHES } from './scenarios-wishes.ts';
import { LOCAL_SHAPES } from './local-shapes.ts';
import type { Host } from './host.ts';

const ADAPTED = "adapted: the host's own work";

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
      if (!chunks) return host.wire === 'own' ? UNTOUCHED : ADAPTED;
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
      const wanted = 128_000;
      const { stopReason, model, warnings } = await askWell(host, requestOf({ max_tokens: wanted }));
      expect(stopReason).toBe('max_tokens');
      // The model's own cap is a loss only now that the answer ended at it.
      const { maxOutput } = host.provider.limitsOf(model);
      const detail = `the answer was cut off at ${maxOutput} tokens, the most that ${model} can answer with`;
      const losses = warnings.filter(({ what }) => what === 'max_tokens').map((warning) => warning.detail);
      expect(losses).toEqual(host.wire !== 'own' && maxOutput < wanted ? [detail] : []);
    },
  },
  {
    name: 'refused',
    async run(host) {
      const word = { chat: 'content_filter', gemini: 'SAFETY', responses: 'content_filter' } as Record<string, string>;
      const stopReason = word[host.wire] ?? 'refusal';
      for (const stream of [true, false]) {
        script(host, say('I would rather', { stopReason }));
        const asked = await askWell(host, requestOf(), { stream });
        if (host.wire === 'own') {
          expect(asked).toMatchObject({ stopReason: 'refusal', text: 'I would rather' });
          continue;
        }
        // The client takes a `refusal` for Claude's own: the answer says who it was, and why.
        expect(asked.stopReason).toBe('end_turn');
        expect(asked.text).toBe(`I would rather(${host.provider.label} stopped this answer here: ${stopReason}.)`);
        expect(asked.warnings.map(({ what }) => what)).toContain('refusal');
      }
    },
  },
  {
    name: 'usage with a cache',
    async run(host) {
      script(host, say('Counted.', { usage: { input: 1_000, output: 20, cacheRead: 800 } }));
      const { usage } = await askWell(host, requestOf());
      if (LOCAL_SHAPES[host.row.id]?.bareUsage) {
        expect(usage).toMatchObject({ input_tokens: 1_800, output_tokens: 20 });
        return 'says nothing of its cache';
      }
      // Anthropic's input leaves out what came from the cache, the other wires' include it.
      const input_tokens = host.provider.translated ? 200 : 1_000;
      expect(usage).toMatchObject({ input_tokens, output_tokens: 20, cache_read_input_tokens: 800 });
      return undefined;
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

export const SCENARIOS: readonly Scenario[] = [
  ...ANSWERS,
  ...WISHES,
  ...HISTORY,
  ...NOTE,
  ...DEMANDS,
  ...FAILURES,
  ...ENDINGS,
  ...PACKAGES,
];
