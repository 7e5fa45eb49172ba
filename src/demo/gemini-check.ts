/**
 * Rejections of the Gemini API in its own words, from ai.google.dev (thought signatures, function calling, thinking)
 * and public reports.
 */
import { arrayWithoutItems } from './body-checks.ts';
import type { Direct } from './server.ts';

export type GeminiLimits = { minted: Set<string>; caps: Record<string, number> };

/** An error in Google's envelope. */
export function geminiError(code: number, status: string, message: string, details?: unknown[]): Direct {
  return { status: code, body: { error: { code, message, status, ...(details && { details }) } } };
}

/** Aliases point at the newest models. */
export const isGemini3 = (model: string): boolean => !/^gemini-[12](\.|-)/.test(model);

const SENTINELS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];
const FIELDS = words(
  'contents systemInstruction system_instruction tools toolConfig generationConfig safetySettings cachedContent labels serviceTier',
);
const CONFIG_FIELDS = words(
  `stopSequences temperature topP topK maxOutputTokens responseMimeType responseSchema responseJsonSchema thinkingConfig seed
  candidateCount presencePenalty frequencyPenalty responseModalities mediaResolution speechConfig responseLogprobs logprobs imageConfig`,
);
const PART_FIELDS = words(
  'text thought thoughtSignature inlineData fileData functionCall functionResponse executableCode codeExecutionResult videoMetadata',
);
const DATA_FIELDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
];
/** The subset of OpenAPI that `parameters` knows. */
const SCHEMA_FIELDS = words(
  `type format title description nullable enum maxItems minItems properties required minProperties maxProperties minLength
  maxLength pattern example anyOf propertyOrdering default items minimum maximum`,
);
const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

function words(text: string): Set<string> {
  return new Set(text.split(/\s+/));
}

type Content = { role?: string; parts?: any[] };

/** @returns the API's 400, or undefined for a well-formed request. */
export function checkGenerate(json: any, model: string, limits: GeminiLimits): Direct | undefined {
  const problem =
    unknownField(json, FIELDS, '') ??
    checkConfig(json.generationConfig ?? {}, model, limits) ??
    checkTools(json, model) ??
    checkParts(json.systemInstruction ? [json.systemInstruction] : [], 'system_instruction', model) ??
    checkContents(json.contents, model) ??
    checkOrder(json.contents) ??
    checkSignatures(json.contents, model, limits.minted);
  return problem === undefined ? undefined : geminiError(400, 'INVALID_ARGUMENT', problem);
}

function unknownField(value: object, known: Set<string>, path: string): string | undefined {
  const field = Object.keys(value).find((name) => !known.has(name));
  return (
    field && `Invalid JSON payload received. Unknown name "${field}"${path && ` at '${path}'`}: Cannot find field.`
  );
}

function checkConfig(config: any, model: string, { caps }: GeminiLimits): string | undefined {
  const cap = caps[model] ?? 65_536;
  const thinking = config.thinkingConfig ?? {};
  const unknown = unknownField(config, CONFIG_FIELDS, 'generation_config');
  if (unknown) return unknown;
  if (config.maxOutputTokens !== undefined && !(config.maxOutputTokens >= 1 && config.maxOutputTokens <= cap))
    return `Unable to submit request because it has a maxOutputTokens value of ${config.maxOutputTokens} but the supported range is from 1 (inclusive) to ${cap + 1} (exclusive). Update the value and try again.`;
  if (config.stopSequences?.length > 5) return 'The number of stop sequences must be at most 5.';
  if (thinking.thinkingLevel !== undefined && thinking.thinkingBudget !== undefined)
    return 'You can only set only one of thinking budget and thinking level.';
  if (thinking.thinkingLevel !== undefined && !isGemini3(model)) return 'thinking_level is not supported by this model';
  if (
    thinking.thinkingLevel !== undefined &&
    !['minimal', 'low', 'medium', 'high'].includes(String(thinking.thinkingLevel).toLowerCase())
  )
    return `Invalid value at 'generation_config.thinking_config.thinking_level': "${thinking.thinkingLevel}"`;
  if (thinking.thinkingBudget === 0 && isGemini3(model))
    return 'Budget 0 is invalid. This model only works in thinking mode.';
  if (model.startsWith('gemini-2.5-pro') && thinking.thinkingBudget >= 0 && thinking.thinkingBudget < 128)
    return `Budget ${thinking.thinkingBudget} is invalid. This model only works in thinking mode.`;
  return undefined;
}

/** The host's own tools, with the fields that the Gemini API (not Vertex) knows of them. */
const OWN_TOOLS: Record<string, Set<string>> = {
  googleSearch: words('searchTypes timeRangeFilter'),
  urlContext: new Set(),
};

/** Google's own tools stand in entries of their own, and beside functions only where the model can do both. */
function checkOwnTools(json: any, model: string): string | undefined {
  const tools: any[] = json.tools ?? [];
  for (const [index, tool] of tools.entries()) {
    const unknown = unknownField(tool, new Set(['functionDeclarations', ...Object.keys(OWN_TOOLS)]), `tools[${index}]`);
    if (unknown) return unknown;
    for (const [name, fields] of Object.entries(OWN_TOOLS)) {
      const strange = tool[name] && unknownField(tool[name], fields, `tools[${index}].${name}`);
      if (strange) return strange;
    }
  }
  const isMixed = tools.some((tool) => tool.functionDeclarations) && tools.some((tool) => !tool.functionDeclarations);
  if (isMixed && (!isGemini3(model) || json.toolConfig?.includeServerSideToolInvocations !== true))
    return 'Built-in tools ({google_search}) and Function Calling cannot be combined in the same request.';
  return undefined;
}

function checkTools(json: any, model: string): string | undefined {
  const own = checkOwnTools(json, model);
  if (own) return own;
  const names: string[] = [];
  for (const [index, tool] of (json.tools ?? []).entries()) {
    if (tool.functionDeclarations?.length === 0) return `tools[${index}].function_declarations: must not be empty`;
    for (const [at, declared] of (tool.functionDeclarations ?? []).entries()) {
      const path = `tools[${index}].function_declarations[${at}]`;
      const unknown = unknownField(
        declared,
        words('name description parameters parametersJsonSchema response responseJsonSchema behavior'),
        path,
      );
      if (unknown) return unknown;
      if (!NAME.test(declared.name))
        return `* GenerateContentRequest.${path}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.`;
      if (names.includes(declared.name)) return `Duplicate function declaration found: ${declared.name}`;
      names.push(declared.name);
      if (declared.parameters && declared.parametersJsonSchema)
        return `${path}: only one of parameters and parameters_json_schema may be set`;
      if (declared.parameters) {
        const problem = checkSchema(declared.parameters, `${path}.parameters`);
        if (problem) return problem;
      }
      const reference = referenceProblem(declared.parametersJsonSchema, `${path}.parameters_json_schema`);
      if (reference) return reference;
      if (arrayWithoutItems(declared.parametersJsonSchema) !== undefined)
        return `* GenerateContentRequest.${path}.parameters_json_schema.items: missing field.`;
      if (declared.parametersJsonSchema?.$schema !== undefined)
        return `Unknown name "$schema" at '${path}.parameters_json_schema'`;
    }
  }
  const calling = json.toolConfig?.functionCallingConfig;
  if (calling?.allowedFunctionNames && calling.mode === 'AUTO')
    return 'Function calling config is set with allowed_function_names, but mode is AUTO.';
  const stranger = calling?.allowedFunctionNames?.find((name: string) => !names.includes(name));
  return stranger && `Allowed function name ${stranger} is not declared.`;
}

/** Of `responseJsonSchema` the API reference says: beside a `$ref` only properties that begin with `$`. */
function referenceProblem(schema: any, path: string): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const beside = typeof schema.$ref === 'string' ? Object.keys(schema).find((key) => !key.startsWith('$')) : undefined;
  if (beside) return `* GenerateContentRequest.${path}: "${beside}" may not be set beside "$ref".`;
  return Object.entries(schema)
    .map(([key, value]) => referenceProblem(value, `${path}.${key}`))
    .find((problem) => problem !== undefined);
}

function checkSchema(schema: any, path: string): string | undefined {
  const unknown = unknownField(schema, SCHEMA_FIELDS, path);
  if (unknown) return unknown;
  if (Array.isArray(schema.type)) return `Proto field is not repeating, cannot start list at '${path}.type'.`;
  const type = String(schema.type ?? '').toLowerCase();
  if (type === 'array' && !schema.items) return `* GenerateContentRequest.${path}.items: missing field.`;
  if (schema.enum && type !== 'string') return `* GenerateContentRequest.${path}.enum: only allowed for STRING type`;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const problem = checkSchema(property, `${path}.properties[${name}]`);
    if (problem) return problem;
  }
  for (const [index, option] of (schema.anyOf ?? []).entries()) {
    const problem = checkSchema(option, `${path}.any_of[${index}]`);
    if (problem) return problem;
  }
  return schema.items && checkSchema(schema.items, `${path}.items`);
}

function checkContents(contents: Content[] | undefined, model: string): string | undefined {
  if (!contents?.length) return '* GenerateContentRequest.contents: contents is not specified';
  const stranger = contents.find((content) => content.role !== 'user' && content.role !== 'model');
  if (stranger) return `Please use a valid role: user, model.`;
  return checkParts(contents, 'contents', model);
}

function checkParts(contents: Content[], path: string, model: string): string | undefined {
  for (const [at, content] of contents.entries()) {
    if (!content.parts?.length)
      return `* GenerateContentRequest.${path}[${at}].parts: contents.parts must not be empty.`;
    for (const [index, part] of content.parts.entries()) {
      const where = `${path}[${at}].parts[${index}]`;
      const unknown = unknownField(part, PART_FIELDS, where);
      if (unknown) return unknown;
      const data = DATA_FIELDS.filter((field) => part[field] !== undefined);
      if (data.length !== 1)
        return `* GenerateContentRequest.${where}.data: required oneof field 'data' must have one initialized field`;
      const response = part.functionResponse;
      if (
        response &&
        (typeof response.response !== 'object' || response.response === null || Array.isArray(response.response))
      )
        return `Invalid value at '${where}.function_response.response' (type.googleapis.com/google.protobuf.Struct)`;
      if (response?.parts && !isGemini3(model)) return 'Multimodal function responses are not supported by this model.';
      if (part.inlineData && !(part.inlineData.mimeType && part.inlineData.data))
        return `${where}.inline_data: mime type and data are required`;
    }
  }
  return undefined;
}

const callsOf = (content?: Content): any[] => content?.parts?.flatMap((part) => part.functionCall ?? []) ?? [];
const responsesOf = (content?: Content): any[] => content?.parts?.flatMap((part) => part.functionResponse ?? []) ?? [];

function checkOrder(contents: Content[]): string | undefined {
  for (const [at, content] of contents.entries()) {
    const calls = callsOf(content);
    const answers = responsesOf(contents[at + 1]);
    if (calls.length > 0) {
      if (content.role !== 'model') return 'Function calls are only allowed in the turns of the model.';
      if (at === 0 || contents[at - 1]!.role !== 'user')
        return 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.';
      if (calls.length !== answers.length)
        return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
      const stranger = answers.find((response, index) => response.name !== calls[index].name);
      if (stranger) return `Function response "${stranger.name}" does not answer the function call in its place.`;
    }
    if (responsesOf(content).length > 0 && callsOf(contents[at - 1]).length === 0)
      return 'Please ensure that function response turn comes immediately after a function call turn.';
  }
  return contents.at(-1)!.role === 'user'
    ? undefined
    : 'Please ensure that single turn requests end with a user role or a function response.';
}

/** Gemini 3: the first call of every step of the current turn carries the signature it came with, or a sentinel. */
function checkSignatures(contents: Content[], model: string, minted: Set<string>): string | undefined {
  const turnStart = contents.findLastIndex((content) => content.role === 'user' && responsesOf(content).length === 0);
  for (const [at, content] of contents.entries()) {
    for (const part of content.parts ?? []) {
      const signature = part.thoughtSignature;
      if (signature !== undefined && !minted.has(signature) && !SENTINELS.includes(signature))
        return 'Corrupted thought signature.';
    }
    const first = content.parts?.findIndex((part) => part.functionCall) ?? -1;
    if (!isGemini3(model) || at < turnStart || first === -1) continue;
    const part = content.parts![first];
    if (part.thoughtSignature === undefined)
      return `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${part.functionCall.name}\` , position ${first + 1}.`;
  }
  return undefined;
}
