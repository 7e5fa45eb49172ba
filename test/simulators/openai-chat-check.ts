/** What chat hosts reject, in the words of OpenAI, Mistral, DeepSeek and Kimi as far as they are known. */
import { arrayWithoutItems, hasHalfCharacter } from '../../src/demo/body-checks.ts';
import { nameProblem, openaiError } from './openai-responses-check.ts';
import type { ChatQuirks } from './openai-chat-quirks.ts';
import type { Direct } from '../../src/demo/server.ts';

export const chatError = (status: number, message: string, code: string | null, param: string | null = null): Direct =>
  openaiError(status, message, 'invalid_request_error', code, param);

const CONTENT: Record<string, string[]> = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'file', 'input_audio'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};

const PLUGIN_FIELDS = ['id', 'engine', 'max_results', 'search_prompt', 'include_domains', 'exclude_domains'];

/** @returns the host's 400, or undefined for a well-formed request. */
export function checkChat(json: any, quirks: ChatQuirks, outputCap: number): Direct | undefined {
  return (
    checkFields(json, quirks, outputCap) ??
    checkTools(json, quirks) ??
    checkMessages(json.messages, quirks) ??
    checkCalls(json.messages)
  );
}

function checkFields(json: any, quirks: ChatQuirks, outputCap: number): Direct | undefined {
  const bad = (message: string, param: string, code: string | null = null) => chatError(400, message, code, param);
  for (const field of ['model', 'messages'])
    if (!json[field]?.length)
      return bad(`Missing required parameter: '${field}'.`, field, 'missing_required_parameter');
  if (hasHalfCharacter(json)) return bad('We could not parse the JSON body of your request.', 'body');
  const reasoningModel = /^(gpt-[56]|o\d)/.test(json.model);
  const wanted = quirks.maxTokensField === 'any' && reasoningModel ? 'max_completion_tokens' : quirks.maxTokensField;
  const other = { max_tokens: 'max_completion_tokens', max_completion_tokens: 'max_tokens', any: '' }[wanted];
  if (other && json[other] !== undefined)
    return bad(
      `Unsupported parameter: '${other}' is not supported with this model. Use '${wanted}' instead.`,
      other,
      'unsupported_parameter',
    );
  const asked = json.max_tokens ?? json.max_completion_tokens;
  if (asked > outputCap)
    return bad(
      `max_tokens is too large: ${asked}. This model supports at most ${outputCap} completion tokens.`,
      'max_tokens',
      'invalid_value',
    );
  if (quirks.rejectStreamOptions && json.stream_options)
    return bad('stream_options: Extra inputs are not permitted', 'stream_options');
  if (json.stream_options && !json.stream)
    return bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  const unwelcome = [
    ...quirks.rejectedFields,
    ...(quirks.plugins ? [] : ['plugins']),
    'cache_control',
    'thinking_budget',
    'system',
    'stop_sequences',
    'context_management',
  ].find((field) => json[field] !== undefined);
  if (unwelcome) return bad(`Unrecognized request argument supplied: ${unwelcome}`, unwelcome);
  for (const [index, plugin] of (json.plugins ?? []).entries()) {
    const stranger = Object.keys(plugin).find((field) => !PLUGIN_FIELDS.includes(field));
    if (plugin.id !== 'web' || stranger) return bad(`plugins.${index}: Invalid input`, 'plugins');
  }
  for (const [field, value] of Object.entries(quirks.requiredBody))
    if (JSON.stringify(json[field]) !== JSON.stringify(value))
      return bad(`${field} must be ${JSON.stringify(value)}`, field);
  return undefined;
}

function checkTools(json: any, quirks: ChatQuirks): Direct | undefined {
  if (json.tools?.length === 0)
    return chatError(
      400,
      "Invalid 'tools': empty array. Expected an array with minimum length 1.",
      'empty_array',
      'tools',
    );
  if (json.tools?.length > quirks.mostTools)
    return chatError(
      400,
      `Invalid 'tools': array too long. Expected an array with maximum length ${quirks.mostTools}, but got an array with length ${json.tools.length} instead.`,
      'array_above_max_length',
      'tools',
    );
  for (const [index, tool] of (json.tools ?? []).entries()) {
    const problem = nameProblem(tool.function?.name, `tools[${index}].function.name`);
    if (problem) return chatError(400, problem.message, problem.code ?? null, problem.param);
    if (tool.function.parameters && tool.function.parameters.type !== 'object')
      return chatError(
        400,
        `Invalid schema for function '${tool.function.name}': schema must be a JSON Schema of 'type: "object"'.`,
        'invalid_function_parameters',
      );
  }
  const bare = (json.tools ?? []).find((tool: any) => arrayWithoutItems(tool.function.parameters) !== undefined);
  if (bare)
    return chatError(
      400,
      `Invalid schema for function '${bare.function.name}': In context=${arrayWithoutItems(bare.function.parameters)}, array schema missing items.`,
      'invalid_function_parameters',
    );
  if (json.tool_choice && !json.tools)
    return chatError(400, "'tool_choice' is only allowed when 'tools' are specified.", null, 'tool_choice');
  const unknown = { required: 'any', any: 'required' }[quirks.toolChoiceAny];
  if (json.tool_choice === unknown)
    return chatError(400, `Invalid value: '${unknown}'.`, 'invalid_value', 'tool_choice');
  return undefined;
}

function checkMessages(messages: any[], quirks: ChatQuirks): Direct | undefined {
  const stray = messages.findIndex((message, at) => message.role === 'user' && messages[at - 1]?.role === 'tool');
  if (quirks.rejectUserAfterTool && stray !== -1)
    return {
      status: 400,
      body: {
        object: 'error',
        message: "Unexpected role 'user' after role 'tool'",
        type: 'invalid_request_message_order',
        param: null,
        code: '3230',
      },
    };
  for (const [at, message] of messages.entries()) {
    const path = `messages[${at}]`;
    const known = CONTENT[message.role];
    if (!known) return chatError(400, `Invalid value: '${message.role}'.`, 'invalid_value', `${path}.role`);
    const calls: any[] = message.tool_calls ?? [];
    if (message.tool_calls && calls.length === 0)
      return chatError(400, `Invalid '${path}.tool_calls': empty array.`, 'empty_array', `${path}.tool_calls`);
    if (
      (message.content === undefined || message.content === null || message.content.length === 0) &&
      calls.length === 0 &&
      message.role !== 'tool'
    )
      return chatError(400, `Invalid value for 'content': expected a string, got null.`, null, `${path}.content`);
    const rejected = Array.isArray(message.content) ? checkContent(message.content, known, path, quirks) : undefined;
    if (rejected) return rejected;
    for (const [index, call] of calls.entries()) {
      const problem = checkCall(call, `${path}.tool_calls[${index}]`, quirks);
      if (problem) return problem;
    }
    if (message.role === 'tool') {
      const problem = checkId(message.tool_call_id, `${path}.tool_call_id`, quirks);
      if (problem) return problem;
    }
    const field = quirks.reasoningRequiredBack;
    if (field !== 'none' && calls.length > 0 && typeof message[field] !== 'string')
      return chatError(
        400,
        `thinking is enabled but ${field} is missing in assistant tool call message at index ${at}`,
        null,
      );
  }
  return undefined;
}

function checkContent(content: any[], known: string[], path: string, quirks: ChatQuirks): Direct | undefined {
  for (const part of content) {
    if (!known.includes(part.type))
      return chatError(
        400,
        `Invalid content type '${part.type}'. Expected one of: ${known.join(', ')}.`,
        'invalid_value',
        path,
      );
    if (part.type === 'text' && part.text === '')
      return chatError(400, 'text content must not be empty', 'invalid_value', path);
    if (part.type === 'file' && quirks.rejectPdf)
      return chatError(400, 'This model does not support file content.', 'invalid_value', path);
    if (part.type !== 'image_url') continue;
    if (quirks.rejectImages)
      return chatError(
        400,
        'Invalid content type. image_url is only supported by certain models.',
        'invalid_value',
        path,
      );
    if (quirks.imageUrlAsString !== (typeof part.image_url === 'string'))
      return chatError(400, `Invalid type for '${path}.image_url'.`, 'invalid_type', path);
    const url: string = typeof part.image_url === 'string' ? part.image_url : part.image_url.url;
    if (quirks.rejectRemoteImages && !url.startsWith('data:'))
      return chatError(400, 'Only base64 images are supported.', 'invalid_value', path);
  }
  return undefined;
}

function checkCall(call: any, path: string, quirks: ChatQuirks): Direct | undefined {
  const problem = nameProblem(call.function?.name, `${path}.function.name`);
  if (problem) return chatError(400, problem.message, problem.code ?? null, problem.param);
  try {
    const parsed: unknown = JSON.parse(call.function.arguments);
    if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object');
  } catch {
    return chatError(
      400,
      `Invalid '${path}.function.arguments': must be a JSON object in a string.`,
      'invalid_value',
      path,
    );
  }
  return checkId(call.id, `${path}.id`, quirks);
}

function checkId(id: unknown, param: string, quirks: ChatQuirks): Direct | undefined {
  if (typeof id !== 'string' || id === '')
    return chatError(400, `Missing required parameter: '${param}'.`, 'missing_required_parameter', param);
  if (quirks.toolIds === 'exactly9' && !/^[a-zA-Z0-9]{9}$/.test(id))
    return {
      status: 400,
      body: {
        object: 'error',
        message: `Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`,
        type: 'invalid_function_call',
        param: null,
        code: '3280',
      },
    };
  if (quirks.toolIds === 'max40' && id.length > 40)
    return chatError(
      400,
      `Invalid '${param}': string too long. Expected a string with maximum length 40, but got a string with length ${id.length} instead.`,
      'string_above_max_length',
      param,
    );
  return undefined;
}

function checkCalls(messages: any[]): Direct | undefined {
  for (const [at, message] of messages.entries()) {
    if (message.role === 'tool') {
      const asker = messages.slice(0, at).findLast((earlier) => earlier.role !== 'tool');
      if (!asker?.tool_calls?.some((call: { id: string }) => call.id === message.tool_call_id))
        return chatError(
          400,
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          null,
          `messages.[${at}].role`,
        );
      continue;
    }
    if (!message.tool_calls) continue;
    const end = messages.findIndex((later, index) => index > at && later.role !== 'tool');
    const answers = messages.slice(at + 1, end === -1 ? undefined : end).map((answer) => answer.tool_call_id);
    const open = message.tool_calls
      .map((call: { id: string }) => call.id)
      .filter((id: string) => !answers.includes(id));
    if (open.length > 0)
      return chatError(
        400,
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
        null,
        `messages.[${at}].role`,
      );
  }
  return undefined;
}
