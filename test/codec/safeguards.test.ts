import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { expect, test } from 'vitest';
import type { MessageEvent } from '../../src/codec/anthropic.ts';
import { createMemory } from '../../src/codec/carry.ts';
import { createAdaptedCarry } from '../../src/codec/adapt/carry.ts';
import { cleanWhole } from './clean-whole.ts';
import { createAdaptedCleaner } from '../../src/codec/adapt/stream.ts';
import { eachOf, toWholeMessage } from '../../src/codec/response.ts';
import { asksForCheck, uncheckedCalls } from '../../src/codec/safeguards.ts';
import { toMessageEvents } from '../../src/codec/translate/stream.ts';
import { createToolNames } from '../../src/codec/tool-names.ts';

/** An answer by somebody else than Claude says that nobody has checked its calls. */

const unchecked = (...ids: string[]) => [
  {
    type: 'dangerous_tool_use',
    status: {
      type: 'available',
      tool_uses: Object.fromEntries(ids.map((id) => [id, { type: 'unavailable', reason: 'error' }])),
    },
  },
];

test.each([
  ['no field', undefined, false],
  ['none wanted', [], false],
  ['the check', [{ type: 'dangerous_tool_use', classifier_context: { v: 1 } }], true],
  ['another check', [{ type: 'next_year' }], false],
  ['no list', { type: 'dangerous_tool_use' }, false],
  ['no objects', [null, 'dangerous_tool_use'], false],
])('reads from a request whether its calls are to be checked: %s', (_, safeguards, wanted) => {
  const request = { model: 'claude-opus-5-5', messages: [], ...(safeguards !== undefined && { safeguards }) };
  expect(asksForCheck(request)).toBe(wanted);
});

test('says nothing where no check was asked for or nothing was called', () => {
  expect(uncheckedCalls(false, ['toolu_1'])).toEqual({});
  expect(uncheckedCalls(true, [])).toEqual({});
  expect(uncheckedCalls(true, ['a', 'b'])).toEqual({ safeguard_results: unchecked('a', 'b') });
});

const minting = () => {
  let count = 0;
  return (prefix: string) => `${prefix}${prefix === 'toolu_' ? ++count : 0}`;
};

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

async function* calls(count: number): AsyncGenerator<LanguageModelV4StreamPart> {
  yield { type: 'text-delta', id: 't', delta: 'hm' };
  for (let n = 0; n < count; n++)
    yield { type: 'tool-call', toolCallId: `call_${n}`, toolName: 'Bash', input: '{"command":"ls"}' };
  yield { type: 'finish', usage, finishReason: { unified: count > 0 ? 'tool-calls' : 'stop', raw: 'end' } };
}

const translated = (count: number, asked: boolean) => {
  const answer = toMessageEvents(calls(count), {
    provider: 'other',
    label: 'Other',
    wire: 'openai',
    model: 'model-x',
    names: createToolNames(),
    memory: createMemory(),
    warn: () => {},
    mint: minting(),
    asksForCheck: asked,
    now: () => 0,
    maxTokens: 100,
    estimatedInput: 1,
    whole: false,
    aborted: () => false,
  });
  return eachOf(answer);
};

async function deltaOf(events: AsyncIterable<MessageEvent>) {
  for await (const event of events) if (event.type === 'message_delta') return event.delta;
  return undefined;
}

test.each([
  ['two calls', 2, true, { safeguard_results: unchecked('toolu_1', 'toolu_2') }],
  ['two calls that nobody wants checked', 2, false, {}],
  ['no call', 0, true, {}],
])('a translated answer of %s', async (_, count, asked, wanted) => {
  const stop_reason = count > 0 ? 'tool_use' : 'end_turn';
  expect(await deltaOf(translated(count, asked))).toEqual({ stop_reason, stop_sequence: null, ...wanted });
  const { safeguard_results: whole } = await toWholeMessage(translated(count, asked));
  expect(whole).toEqual('safeguard_results' in wanted ? wanted.safeguard_results : undefined);
});

const adapting = (asked: boolean) => ({
  memory: createAdaptedCarry(),
  model: 'glm-5.2',
  mint: minting(),
  warn: () => {},
  asksForCheck: asked,
  tools: new Set(['Bash']),
  serverTools: new Set<string>(),
});
const call = { type: 'tool_use', id: 'of-the-host', name: 'Bash', input: {} };
const theirs = [{ type: 'dangerous_tool_use', status: { type: 'available', tool_uses: { 'of-the-host': {} } } }];

test.each([true, false])("an adapted answer, and never the host's own verdict on itself (asked: %s)", async (asked) => {
  const wanted = asked ? { safeguard_results: unchecked('toolu_1') } : {};
  const clean = createAdaptedCleaner(adapting(asked));
  clean({ type: 'content_block_start', index: 0, content_block: call });
  clean({ type: 'content_block_stop', index: 0 });
  expect(
    clean({
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', safeguard_results: theirs },
      usage: { output_tokens: 1 },
    }),
  ).toEqual([{ type: 'message_delta', delta: { stop_reason: 'tool_use', ...wanted }, usage: { output_tokens: 1 } }]);
  const usage = { input_tokens: 2, output_tokens: 1 };
  const whole = await cleanWhole({ content: [call], usage, safeguard_results: theirs }, adapting(asked));
  expect(whole).toMatchObject({ content: [{ ...call, id: 'toolu_1' }], usage });
  expect(whole.safeguard_results).toEqual(asked ? unchecked('toolu_1') : undefined);
});
