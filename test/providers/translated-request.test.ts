/**
 * What really goes out, against the vendors' own request types: every field that a captured body holds must be one
 * that the type knows (the lists below do not compile otherwise) and that the list names (the test fails otherwise).
 */
import type {
  Content,
  FunctionCall,
  FunctionCallingConfig,
  FunctionDeclaration,
  FunctionResponse,
  FunctionResponsePart,
  GenerateContentParameters,
  GenerateContentConfig,
  GenerationConfig,
  Part,
  ThinkingConfig,
} from '@google/genai';
import * as fc from 'fast-check';
import type OpenAI from 'openai';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { chunksOf } from '../../src/providers/chunks.ts';
import type { TranslatedKind } from '../../src/providers/translated-spec.ts';
import { anyRequest, PNG } from '../codec/requests.ts';
import { send, spec, sse, textOf } from './translated-upstream.ts';

type Fields = Record<string, unknown>;

const ANSWERS: Partial<Record<TranslatedKind, string>> = {
  gemini: sse([{ candidates: [{ content: { parts: [{ text: 'ok' }] }, finishReason: 'STOP' }] }]),
  openai: sse([
    { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'm' } },
    { type: 'response.output_text.delta', item_id: 'm', delta: 'ok' },
    { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } },
  ]),
  'openai-compatible': sse([{ id: 'x', choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }] }]),
};

/** The body that `kind` would send for a request. */
async function bodyOf(kind: TranslatedKind, model: string, request: Partial<MessagesRequest>): Promise<Fields> {
  let body: Fields | undefined;
  const made = spec(kind, 'http://upstream.invalid/v1', {
    modelFor: () => model,
    quirks: { toolIds: 'max40', effort: 'reasoning_effort' },
    relay: async ({ body: sent }) => {
      body = JSON.parse(Buffer.concat(sent!).toString()) as Fields;
      const rawHeaders = ['content-type', 'text/event-stream'];
      return { status: 200, rawHeaders, body: chunksOf(Readable.from([Buffer.from(ANSWERS[kind]!)])) };
    },
  });
  await textOf(await send(made, { body: { ...request, stream: true } }));
  return body!;
}

function unknownFields(value: unknown, known: ReadonlySet<string>): string[] {
  return Object.keys(value as object).filter((name) => !known.has(name));
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}

const GEMINI = {
  // On the wire `config` is spread: the SDK's own client does the same.
  body: new Set([
    ...new Set<string>(['contents'] satisfies (keyof GenerateContentParameters)[]),
    ...new Set<string>(['systemInstruction', 'tools', 'toolConfig'] satisfies (keyof GenerateContentConfig)[]),
    'generationConfig',
  ]),
  generationConfig: new Set<string>([
    'maxOutputTokens',
    'temperature',
    'topK',
    'topP',
    'stopSequences',
    'thinkingConfig',
  ] satisfies (keyof GenerationConfig)[]),
  thinking: new Set<string>(['thinkingLevel', 'thinkingBudget', 'includeThoughts'] satisfies (keyof ThinkingConfig)[]),
  content: new Set<string>(['role', 'parts'] satisfies (keyof Content)[]),
  part: new Set<string>([
    'text',
    'functionCall',
    'functionResponse',
    'inlineData',
    'thoughtSignature',
  ] satisfies (keyof Part)[]),
  call: new Set<string>(['id', 'name', 'args'] satisfies (keyof FunctionCall)[]),
  response: new Set<string>(['id', 'name', 'response', 'parts'] satisfies (keyof FunctionResponse)[]),
  responsePart: new Set<string>(['inlineData'] satisfies (keyof FunctionResponsePart)[]),
  declaration: new Set<string>(['name', 'description', 'parametersJsonSchema'] satisfies (keyof FunctionDeclaration)[]),
  calling: new Set<string>(['mode', 'allowedFunctionNames'] satisfies (keyof FunctionCallingConfig)[]),
};

type ChatParams = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming;
const CHAT = {
  body: new Set<string>([
    'model',
    'messages',
    'tools',
    'tool_choice',
    'max_tokens',
    'temperature',
    'top_p',
    'stop',
    'stream',
    'stream_options',
    'reasoning_effort',
    'parallel_tool_calls',
  ] satisfies (keyof ChatParams)[]),
  assistant: new Set<string>([
    'role',
    'content',
    'tool_calls',
  ] satisfies (keyof OpenAI.Chat.Completions.ChatCompletionAssistantMessageParam)[]),
  tool: new Set<string>([
    'role',
    'content',
    'tool_call_id',
  ] satisfies (keyof OpenAI.Chat.Completions.ChatCompletionToolMessageParam)[]),
  user: new Set<string>(['role', 'content'] satisfies (keyof OpenAI.Chat.Completions.ChatCompletionUserMessageParam)[]),
};

const RESPONSES = {
  body: new Set<string>([
    'model',
    'input',
    'tools',
    'tool_choice',
    'max_output_tokens',
    'temperature',
    'top_p',
    'stream',
    'store',
    'include',
    'reasoning',
    'parallel_tool_calls',
  ] satisfies (keyof OpenAI.Responses.ResponseCreateParamsStreaming)[]),
  message: new Set<string>(['role', 'content'] satisfies (keyof OpenAI.Responses.EasyInputMessage)[]),
  call: new Set<string>([
    'type',
    'call_id',
    'name',
    'arguments',
  ] satisfies (keyof OpenAI.Responses.ResponseFunctionToolCall)[]),
  output: new Set<string>([
    'type',
    'call_id',
    'output',
  ] satisfies (keyof OpenAI.Responses.ResponseInputItem.FunctionCallOutput)[]),
  tool: new Set<string>([
    'type',
    'name',
    'description',
    'parameters',
    'strict',
  ] satisfies (keyof OpenAI.Responses.FunctionTool)[]),
};

const RUNS = { numRuns: 80, endOnFailure: true };

describe('any request goes out as the vendor’s type says', () => {
  it.each(['gemini-pro-latest', 'gemini-2.5-flash'])('Gemini, %s', async (model) => {
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const body = await bodyOf('gemini', model, request);
        const found = unknownFields(body, GEMINI.body);
        found.push(...unknownFields(body['generationConfig'], GEMINI.generationConfig));
        const config = body['generationConfig'] as GenerationConfig;
        if (config.thinkingConfig) found.push(...unknownFields(config.thinkingConfig, GEMINI.thinking));
        expect(
          config.thinkingConfig?.thinkingBudget !== undefined && config.thinkingConfig.thinkingLevel !== undefined,
        ).toBe(false);
        for (const content of list(body['contents'])) {
          found.push(...unknownFields(content, GEMINI.content));
          expect(list(content['parts']).length).toBeGreaterThan(0);
          for (const part of list(content['parts'])) {
            found.push(...unknownFields(part, GEMINI.part));
            if (part['functionCall']) found.push(...unknownFields(part['functionCall'], GEMINI.call));
            const response = part['functionResponse'] as Fields | undefined;
            if (response) found.push(...unknownFields(response, GEMINI.response));
            for (const inner of list(response?.['parts'])) found.push(...unknownFields(inner, GEMINI.responsePart));
          }
        }
        for (const tool of list(body['tools']))
          for (const declaration of list(tool['functionDeclarations']))
            found.push(...unknownFields(declaration, GEMINI.declaration));
        const calling = (body['toolConfig'] as Fields | undefined)?.['functionCallingConfig'];
        if (calling) found.push(...unknownFields(calling, GEMINI.calling));
        expect(found).toEqual([]);
        expect(unequalCounts(list(body['contents']))).toEqual([]);
      }),
      RUNS,
    );
  });

  /** "The number of function response parts must be equal to the number of function call parts of the call turn." */
  function unequalCounts(contents: Fields[]): string[] {
    const count = (content: Fields | undefined, name: string) =>
      list(content?.['parts']).filter((part) => part[name]).length;
    return contents.flatMap((content, at) => {
      const calls = count(content, 'functionCall');
      const responses = count(contents[at + 1], 'functionResponse');
      return calls === responses || content['role'] !== 'model' ? [] : [`${calls} calls, ${responses} responses`];
    });
  }

  it('chat', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const body = await bodyOf('openai-compatible', 'gpt-6-sol', request);
        const found = unknownFields(body, CHAT.body);
        for (const message of list(body['messages'])) {
          if (message['role'] === 'assistant') found.push(...unknownFields(message, CHAT.assistant));
          else if (message['role'] === 'tool') found.push(...unknownFields(message, CHAT.tool));
          else found.push(...unknownFields(message, CHAT.user));
        }
        expect(found).toEqual([]);
      }),
      RUNS,
    );
  });

  it('Responses', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const body = await bodyOf('openai', 'gpt-6-sol', request);
        const found = unknownFields(body, RESPONSES.body);
        for (const item of list(body['input'])) {
          if (item['type'] === 'function_call') found.push(...unknownFields(item, RESPONSES.call));
          else if (item['type'] === 'function_call_output') found.push(...unknownFields(item, RESPONSES.output));
          else found.push(...unknownFields(item, RESPONSES.message));
        }
        for (const tool of list(body['tools'])) found.push(...unknownFields(tool, RESPONSES.tool));
        expect(found).toEqual([]);
        expect(body['max_output_tokens']).toBeGreaterThanOrEqual(16);
      }),
      RUNS,
    );
  });
});

describe('an image inside a result', () => {
  const messages: MessagesRequest['messages'] = [
    { role: 'user', content: 'look' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }],
        },
      ],
    },
  ];

  it('is a part of Gemini’s function response', async () => {
    const body = await bodyOf('gemini', 'gemini-pro-latest', { messages });
    expect(list(body['contents'])[2]).toMatchObject({
      parts: [{ functionResponse: { name: 'Read', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] } }],
    });
  });

  it('is an input_image of a Responses output', async () => {
    const body = await bodyOf('openai', 'gpt-6-sol', { messages });
    expect(list(body['input'])[2]).toMatchObject({
      type: 'function_call_output',
      output: [{ type: 'input_image', image_url: `data:image/png;base64,${PNG}` }],
    });
  });

  it('is an image_url of a chat tool message, never text', async () => {
    const body = await bodyOf('openai-compatible', 'm', { messages });
    expect(list(body['messages'])[2]).toMatchObject({
      role: 'tool',
      content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }],
    });
  });
});
