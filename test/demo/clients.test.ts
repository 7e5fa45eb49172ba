import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import { OPENAI_KEY, startOpenaiResponses } from '../simulators/openai-responses.ts';
import { answer, type AnswerStep } from '../../src/demo/script.ts';
import type { Simulator } from '../../src/demo/server.ts';

/** The vendors' own clients judge whether the simulators speak their wires. */

let open: Simulator[] = [];
const keep = <T extends Simulator>(simulator: T): T => {
  open.push(simulator);
  return simulator;
};
afterEach(async () => {
  await Promise.all(open.map((simulator) => simulator.close()));
  open = [];
});

const step = (): AnswerStep =>
  answer('Grüße, 世界! 🎉 Looking.', {
    thinking: 'First the tests, then the fix.',
    toolCalls: [
      { name: 'Read', input: { file_path: '/tmp/ä.ts' } },
      { name: 'Bash', input: { command: 'npm test' } },
    ],
    usage: { input: 100, output: 20, cacheRead: 60 },
  });

describe('the official Anthropic SDK', () => {
  for (const chunkBytes of [1, 7, undefined])
    it(`accumulates a stream in pieces of ${chunkBytes ?? 'any number of'} bytes`, async () => {
      const simulator = keep(await startAnthropic({ script: [{ ...step(), ...(chunkBytes && { chunkBytes }) }] }));
      const client = new Anthropic({ apiKey: 'sk-ant-fake', authToken: null, baseURL: simulator.url, maxRetries: 0 });
      const message = await client.messages
        .stream({ model: 'claude-opus-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] })
        .finalMessage();
      expect(message.content.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
      expect(message.content[1]).toMatchObject({ text: 'Grüße, 世界! 🎉 Looking.' });
      expect(message.content[2]).toMatchObject({ name: 'Read', input: { file_path: '/tmp/ä.ts' } });
      expect(message.stop_reason).toBe('tool_use');
      expect(message.usage).toMatchObject({ input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 60 });
      expect(simulator.rejections).toEqual([]);
    });

  it('reads a whole, compressed answer', async () => {
    const simulator = keep(await startAnthropic({ script: [{ ...step(), encoding: 'br' }] }));
    const client = new Anthropic({ apiKey: 'sk-ant-fake', authToken: null, baseURL: simulator.url, maxRetries: 0 });
    const message = await client.messages.create({
      model: 'claude-opus-5-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(message.content).toHaveLength(4);
  });
});

describe('the official Gemini SDK', () => {
  it('reads a stream, with the signature on the first call', async () => {
    const simulator = keep(await startGemini({ script: [step()] }));
    const client = new GoogleGenAI({
      apiKey: GEMINI_KEY,
      httpOptions: { baseUrl: simulator.url, apiVersion: 'v1beta' },
    });
    const stream = await client.models.generateContentStream({ model: 'gemini-3.8-flash', contents: 'hi' });
    const parts = [];
    let usage;
    for await (const chunk of stream) {
      parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
      usage = chunk.usageMetadata;
    }
    const text = parts.filter((part) => part.text && !part.thought).map((part) => part.text);
    const calls = parts.filter((part) => part.functionCall);
    expect(text.join('')).toBe('Grüße, 世界! 🎉 Looking.');
    expect(calls.map((part) => part.functionCall?.name)).toEqual(['Read', 'Bash']);
    expect(calls.map((part) => part.thoughtSignature !== undefined)).toEqual([true, false]);
    expect(usage).toMatchObject({ promptTokenCount: 100, cachedContentTokenCount: 60 });
    expect(simulator.rejections).toEqual([]);
  });

  it('reads a whole answer', async () => {
    const simulator = keep(
      await startGemini({ script: [answer('Hello there, this text is longer than one piece is.')] }),
    );
    const client = new GoogleGenAI({
      apiKey: GEMINI_KEY,
      httpOptions: { baseUrl: simulator.url, apiVersion: 'v1beta' },
    });
    const reply = await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'hi' });
    expect(reply.text).toBe('Hello there, this text is longer than one piece is.');
  });
});

describe('the official OpenAI SDK', () => {
  it('accumulates a Responses stream', async () => {
    const simulator = keep(await startOpenaiResponses({ script: [step()] }));
    const client = new OpenAI({ apiKey: OPENAI_KEY, baseURL: `${simulator.url}/v1`, maxRetries: 0 });
    const response = await client.responses.stream({ model: 'gpt-6-sol', input: 'hi', store: false }).finalResponse();
    expect(response.output.map((item) => item.type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
    expect(response.output_text).toBe('Grüße, 世界! 🎉 Looking.');
    expect(simulator.rejections).toEqual([]);
  });

  for (const quirks of [
    {},
    { interleaved: true },
    { wholeCallDeltas: true },
    { comments: true, firstChunkEmpty: true },
  ])
    it(`accumulates a chat stream with ${JSON.stringify(quirks)}`, async () => {
      const simulator = keep(await startOpenaiChat({ script: [step()], quirks }));
      const client = new OpenAI({ apiKey: OPENAI_KEY, baseURL: `${simulator.url}/v1`, maxRetries: 0 });
      const completion = await client.chat.completions
        .stream({
          model: 'some-model',
          messages: [{ role: 'user', content: 'hi' }],
          stream_options: { include_usage: true },
        })
        .finalChatCompletion();
      const [choice] = completion.choices;
      expect(choice?.message.content).toBe('Grüße, 世界! 🎉 Looking.');
      expect(choice?.message.tool_calls?.map((call) => call.type === 'function' && call.function.arguments)).toEqual([
        '{"file_path":"/tmp/ä.ts"}',
        '{"command":"npm test"}',
      ]);
      expect(completion.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
      expect(simulator.rejections).toEqual([]);
    });
});
