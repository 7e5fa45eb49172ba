/** What the Responses API rejects, in its own words, as far as its documentation and public reports tell. */
import { arrayWithoutItems, hasHalfCharacter } from '../../src/demo/body-checks.ts';
import type { Direct } from '../../src/demo/server.ts';

/** An error in OpenAI's envelope. */
export function openaiError(
  status: number,
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
): Direct {
  return { status, body: { error: { message, type, param, code } } };
}

const FIELDS = new Set(
  `model input instructions tools tool_choice max_output_tokens max_tool_calls stream stream_options store include reasoning
  text parallel_tool_calls temperature top_p top_logprobs metadata prompt prompt_cache_key prompt_cache_retention
  prompt_cache_options safety_identifier service_tier truncation user previous_response_id conversation background
  context_management`.split(/\s+/),
);
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const PARTS: Record<string, string[]> = {
  user: ['input_text', 'input_image', 'input_file'],
  system: ['input_text'],
  developer: ['input_text'],
  assistant: ['output_text', 'refusal'],
};

type Problem = { message: string; param: string; code?: string };

/** @param minted the encrypted reasoning that this simulator gave out. @returns the API's 400, if any. */
export function checkResponses(json: any, minted: Set<string>): Direct | undefined {
  const problem = checkFields(json) ?? checkTools(json) ?? checkItems(json, minted) ?? checkCalls(json.input);
  return problem && openaiError(400, problem.message, 'invalid_request_error', problem.code ?? null, problem.param);
}

/** What OpenAI says of a name or an id that is too long or holds other characters. */
export function nameProblem(value: unknown, param: string, most = 64): Problem | undefined {
  if (typeof value !== 'string')
    return { message: `Missing required parameter: '${param}'.`, param, code: 'missing_required_parameter' };
  if (value.length > most)
    return {
      message: `Invalid '${param}': string too long. Expected a string with maximum length ${most}, but got a string with length ${value.length} instead.`,
      param,
      code: 'string_above_max_length',
    };
  if (!/^[a-zA-Z0-9_-]+$/.test(value))
    return {
      message: `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      param,
      code: 'invalid_value',
    };
  return undefined;
}

function checkFields(json: any): Problem | undefined {
  const unknown = Object.keys(json).find((field) => !FIELDS.has(field));
  if (unknown) return { message: `Unknown parameter: '${unknown}'.`, param: unknown, code: 'unknown_parameter' };
  for (const field of ['model', 'input'])
    if (json[field] === undefined)
      return { message: `Missing required parameter: '${field}'.`, param: field, code: 'missing_required_parameter' };
  if (hasHalfCharacter(json))
    return { message: 'We could not parse the JSON body of your request.', param: 'body', code: 'invalid_json' };
  const most = json.max_output_tokens;
  if (most != null && !(most >= 16))
    return {
      message: `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${most} instead.`,
      param: 'max_output_tokens',
      code: 'integer_below_min_value',
    };
  if (most > 128_000)
    return {
      message: `Invalid 'max_output_tokens': the model supports at most 128000 output tokens.`,
      param: 'max_output_tokens',
    };
  if (/^(gpt-[56]|o\d)/.test(json.model) && json.reasoning?.effort !== 'none')
    for (const param of ['temperature', 'top_p'])
      if (json[param] != null)
        return { message: `Unsupported parameter: '${param}' is not supported with this model.`, param };
  const effort = json.reasoning?.effort;
  if (effort != null && !EFFORTS.includes(effort))
    return {
      message: `Invalid value: '${effort}'. Supported values are: ${EFFORTS.join(', ')}.`,
      param: 'reasoning.effort',
      code: 'invalid_value',
    };
  return undefined;
}

function checkTools(json: any): Problem | undefined {
  const names: string[] = [];
  if (json.tools?.length > 128)
    return {
      message: `Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length ${json.tools.length} instead.`,
      param: 'tools',
      code: 'array_above_max_length',
    };
  for (const [index, tool] of (json.tools ?? []).entries()) {
    const bare = arrayWithoutItems(tool.parameters);
    if (bare !== undefined)
      return {
        message: `Invalid schema for function '${tool.name}': In context=${bare}, array schema missing items.`,
        param: `tools[${index}].parameters`,
        code: 'invalid_function_parameters',
      };
    const own = tool.type === 'function' ? undefined : checkOwnTool(tool, `tools[${index}]`);
    if (own) return own;
    if (tool.type !== 'function') continue;
    const bad = nameProblem(tool.name, `tools[${index}].name`);
    if (bad) return bad;
    names.push(tool.name);
    const open = tool.strict === true && tool.parameters?.additionalProperties !== false;
    if (tool.parameters?.type !== 'object' || open)
      return {
        message: `Invalid schema for function '${tool.name}': In context=(), ${open ? "'additionalProperties' is required to be supplied and to be false." : 'schema must be a JSON Schema of \'type: "object"\'.'}`,
        param: `tools[${index}].parameters`,
        code: 'invalid_function_parameters',
      };
  }
  if (json.tool_choice?.type && json.tool_choice.type !== 'function') {
    const { type } = json.tool_choice;
    if (!json.tools?.some((tool: { type: string }) => tool.type === type))
      return { message: `Tool choice '${type}' not found in 'tools' parameter.`, param: 'tool_choice' };
    return undefined;
  }
  if (json.tool_choice && json.tool_choice !== 'none' && !json.tools?.length)
    return { message: "'tool_choice' is only allowed when 'tools' are specified.", param: 'tool_choice' };
  return undefined;
}

const SEARCH_FIELDS = ['type', 'filters', 'user_location', 'search_context_size', 'external_web_access'];
const PLACE_FIELDS = ['type', 'country', 'region', 'city', 'timezone'];

/** OpenAI's own tools; of these, what is used here: the web search. */
function checkOwnTool(tool: any, param: string): Problem | undefined {
  if (tool.type !== 'web_search')
    return { message: `Invalid value: '${tool.type}'.`, param: `${param}.type`, code: 'invalid_value' };
  const places = tool.user_location ?? {};
  const unknown =
    Object.keys(tool).find((field) => !SEARCH_FIELDS.includes(field)) ??
    Object.keys(tool.filters ?? {}).find((field) => !['allowed_domains', 'blocked_domains'].includes(field)) ??
    Object.keys(places).find((field) => !PLACE_FIELDS.includes(field));
  if (unknown)
    return {
      message: `Unknown parameter: '${param}.${unknown}'.`,
      param: `${param}.${unknown}`,
      code: 'unknown_parameter',
    };
  for (const [field, domains] of Object.entries(tool.filters ?? {}) as [string, string[]][]) {
    const wrong = domains.length > 100 || domains.some((domain) => /^https?:/.test(domain));
    if (wrong)
      return { message: `Invalid '${param}.filters.${field}'.`, param: `${param}.filters`, code: 'invalid_value' };
  }
  return places.country === undefined || /^[A-Z]{2}$/.test(places.country)
    ? undefined
    : { message: `Invalid country code: '${places.country}'.`, param: `${param}.user_location`, code: 'invalid_value' };
}

function checkItems(json: any, minted: Set<string>): Problem | undefined {
  if (typeof json.input === 'string') return undefined;
  for (const [index, item] of json.input.entries()) {
    const path = `input[${index}]`;
    const problem = checkItem(item, json.input[index + 1], path, { minted, stored: json.store !== false });
    if (problem) return problem;
  }
  return undefined;
}

function checkItem(
  item: any,
  next: any,
  path: string,
  about: { minted: Set<string>; stored: boolean },
): Problem | undefined {
  switch (item.type ?? 'message') {
    case 'message':
      return checkMessage(item, path);
    case 'function_call':
      if (typeof item.arguments !== 'string')
        return { message: `Missing required parameter: '${path}.arguments'.`, param: path };
      return nameProblem(item.call_id, `${path}.call_id`) ?? nameProblem(item.name, `${path}.name`);
    case 'function_call_output':
      if (item.output === undefined || item.output?.length === undefined)
        return {
          message: `Missing required parameter: '${path}.output'.`,
          param: `${path}.output`,
          code: 'missing_required_parameter',
        };
      return nameProblem(item.call_id, `${path}.call_id`);
    case 'reasoning':
      if (item.encrypted_content != null && !about.minted.has(item.encrypted_content))
        return {
          message: `The encrypted content for item ${item.id} could not be verified.`,
          param: path,
          code: 'invalid_encrypted_content',
        };
      if (!about.stored && item.encrypted_content == null)
        return {
          message: `Item with id '${item.id}' not found. Items are not persisted when \`store\` is set to false.`,
          param: path,
        };
      if (!next || next.role === 'user')
        return {
          message: `Item '${item.id}' of type 'reasoning' was provided without its required following item.`,
          param: path,
        };
      return undefined;
    case 'item_reference':
      return {
        message: `Item with id '${item.id}' not found. Items are not persisted when \`store\` is set to false.`,
        param: path,
      };
    default:
      return { message: `Invalid value: '${item.type}'.`, param: `${path}.type`, code: 'invalid_value' };
  }
}

function checkMessage(item: any, path: string): Problem | undefined {
  const known = PARTS[item.role];
  if (!known)
    return {
      message: `Invalid value: '${item.role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
      param: `${path}.role`,
      code: 'invalid_value',
    };
  if (typeof item.content === 'string') return undefined;
  if (!item.content?.length)
    return { message: `Invalid '${path}.content': empty array.`, param: `${path}.content`, code: 'empty_array' };
  const stranger = item.content.find((part: { type: string }) => !known.includes(part.type));
  return (
    stranger && {
      message: `Invalid value: '${stranger.type}'. Supported values are: ${known.join(', ')}.`,
      param: `${path}.content`,
      code: 'invalid_value',
    }
  );
}

function checkCalls(input: any): Problem | undefined {
  if (typeof input === 'string') return undefined;
  const calls = new Set<string>();
  const answered = new Set<string>();
  for (const item of input) {
    if (item.type === 'function_call') calls.add(item.call_id);
    if (item.type !== 'function_call_output') continue;
    if (!calls.has(item.call_id))
      return { message: `No tool call found for function call output with call_id ${item.call_id}.`, param: 'input' };
    answered.add(item.call_id);
  }
  const open = [...calls].find((id) => !answered.has(id));
  return open === undefined
    ? undefined
    : { message: `No tool output found for function call ${open}.`, param: 'input' };
}
