/**
 * Rejections of the Messages API in its own words, from its documentation (errors, extended thinking, tool use) and
 * public reports.
 */
import { randomBytes } from 'node:crypto';
import { hasHalfCharacter } from './body-checks.ts';
import type { Direct } from './server.ts';

/** Signatures and encrypted search results that this simulator issued; others are forgeries. */
export type Minted = Set<string>;

export const requestId = () => `req_${randomBytes(12).toString('hex')}`;

/** An error in Anthropic's envelope. */
export function anthropicError(status: number, type: string, message: string): Direct {
  return { status, body: { type: 'error', error: { type, message }, request_id: requestId() } };
}

const FIELDS = new Set(
  `model messages max_tokens system tools tool_choice metadata stop_sequences stream temperature top_p top_k thinking
  output_config output_format context_management container mcp_servers service_tier inference_geo speed cache_control
  safeguards compaction diagnostics fallbacks thread`.split(/\s+/),
);
const BLOCK_FIELDS: Record<string, string[]> = {
  text: ['text', 'cache_control', 'citations'],
  image: ['source', 'cache_control'],
  document: ['source', 'title', 'context', 'citations', 'cache_control'],
  tool_use: ['id', 'name', 'input', 'cache_control', 'caller'],
  tool_result: ['tool_use_id', 'content', 'is_error', 'cache_control'],
  thinking: ['thinking', 'signature'],
  redacted_thinking: ['data'],
  tool_reference: ['tool_name', 'cache_control'],
  tool_addition: ['tool', 'cache_control'],
  tool_removal: ['tool', 'cache_control'],
  search_result: ['source', 'title', 'content', 'citations', 'cache_control'],
  server_tool_use: ['id', 'name', 'input', 'cache_control', 'caller'],
  web_search_tool_result: ['tool_use_id', 'content', 'cache_control', 'caller'],
};
const RESULT_FIELDS = ['type', 'encrypted_content', 'title', 'url', 'page_age'];
const SEARCH_ERRORS = [
  'invalid_tool_input',
  'unavailable',
  'max_uses_exceeded',
  'too_many_requests',
  'query_too_long',
  'request_too_large',
];
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

type Block = { type: string; [field: string]: any };
type Message = { role: string; content: string | Block[] };

/** @returns the API's 400, or undefined for a well-formed request. */
export function checkMessages(json: any, minted: Minted | undefined): Direct | undefined {
  const problem = problemOf(json, minted);
  return problem === undefined ? undefined : anthropicError(400, 'invalid_request_error', problem);
}

function problemOf(json: any, minted: Minted | undefined): string | undefined {
  if (hasHalfCharacter(json)) return 'The request body is not valid JSON: no low surrogate in string';
  for (const field of Object.keys(json)) if (!FIELDS.has(field)) return `${field}: Extra inputs are not permitted`;
  for (const field of ['model', 'max_tokens', 'messages']) if (json[field] == null) return `${field}: Field required`;
  if (!(json.max_tokens >= 1)) return 'max_tokens: Input should be greater than or equal to 1';
  if (json.max_tokens > 128_000)
    return `max_tokens: ${json.max_tokens} > 128000, which is the maximum allowed number of output tokens for ${json.model}`;
  return (
    checkSettings(json) ??
    checkTools(json) ??
    checkContents(json.messages, minted) ??
    checkRoles(json.messages) ??
    checkPairs(json.messages) ??
    checkThinkingLoop(json)
  );
}

function checkSettings(json: any): string | undefined {
  const { thinking, system, stop_sequences: stops } = json;
  if (thinking?.type === 'enabled') {
    if (!(thinking.budget_tokens >= 1024))
      return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
    if (thinking.budget_tokens >= json.max_tokens) return '`max_tokens` must be greater than `thinking.budget_tokens`.';
    if (json.temperature !== undefined && json.temperature !== 1)
      return '`temperature` may only be set to 1 when thinking is enabled.';
  }
  if (Array.isArray(system) && system.some((block: Block) => block.type === 'text' && block.text === ''))
    return 'system: text content blocks must be non-empty';
  if (stops?.some((stop: string) => stop.trim() === ''))
    return 'stop_sequences: each stop sequence must contain non-whitespace';
  const marks = JSON.stringify([json.system, json.tools, json.messages]).split('"cache_control":{').length - 1;
  if (marks > 4) return `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`;
  return undefined;
}

function checkTools(json: any): string | undefined {
  const names = new Set<string>();
  for (const [index, tool] of (json.tools ?? []).entries()) {
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name))
      return `tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    if (names.has(tool.name)) return 'tools: Tool names must be unique.';
    names.add(tool.name);
    if (tool.type === undefined && tool.input_schema?.type !== 'object')
      return `tools.${index}.custom.input_schema.type: Input should be 'object'`;
  }
  if (json.tool_choice && names.size === 0)
    return 'tool_choice: tool_choice may only be specified while providing tools.';
  if (json.tool_choice?.type === 'tool' && !names.has(json.tool_choice.name))
    return `Tool '${json.tool_choice.name}' not found in provided tools`;
  return undefined;
}

function checkRoles(messages: Message[]): string | undefined {
  if (messages.length === 0) return 'messages: at least one message is required';
  for (const [index, message] of messages.entries())
    if (!['user', 'assistant', 'system'].includes(message.role))
      return `messages.${index}.role: Input should be 'user', 'assistant' or 'system'`;
  if (messages[0]!.role !== 'user') return 'messages: first message must use the "user" role';
  if (messages.at(-1)!.role === 'assistant')
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  return undefined;
}

const blocksOf = (message: Message): Block[] =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;

/** What Claude Code leaves of a reminder that it has compacted: the effort that holds from there on. */
const isControl = (message: any): boolean => message.role === 'system' && message.output_config !== undefined;

function checkContents(messages: Message[], minted: Minted | undefined): string | undefined {
  for (const [at, message] of messages.entries()) {
    if (typeof message.content !== 'string' && !Array.isArray(message.content))
      return `messages.${at}.content: Field required`;
    if (message.content.length === 0 && !isControl(message))
      return `messages.${at}: all messages must have non-empty content except for the optional final assistant message`;
    for (const [index, block] of blocksOf(message).entries()) {
      const problem = checkBlock(block, message.role, `messages.${at}.content.${index}`, minted);
      if (problem) return problem;
    }
  }
  return undefined;
}

function checkBlock(block: Block, role: string, path: string, minted: Minted | undefined): string | undefined {
  const fields = BLOCK_FIELDS[block.type];
  if (!fields) return `${path}: Input tag '${block.type}' found using 'type' does not match any of the expected tags`;
  for (const field of Object.keys(block))
    if (field !== 'type' && !fields.includes(field))
      return `${path}.${block.type}.${field}: Extra inputs are not permitted`;
  switch (block.type) {
    case 'text':
      if (typeof block['text'] !== 'string') return `${path}.text.text: Field required`;
      if (block['text'] === '') return 'messages: text content blocks must be non-empty';
      return checkCitations(block, path, minted);
    case 'image':
      if (block['source']?.type === 'base64' && !IMAGE_TYPES.includes(block['source'].media_type))
        return `${path}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`;
      return undefined;
    case 'tool_use':
      if (role !== 'assistant') return `${path}: \`tool_use\` blocks can only be in \`assistant\` messages`;
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(block['id']))
        return `${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$' and have at most 64 characters`;
      if (typeof block['input'] !== 'object' || block['input'] === null || Array.isArray(block['input']))
        return `${path}.tool_use.input: Input should be a valid dictionary`;
      return undefined;
    case 'tool_result':
      if (role !== 'user') return `${path}: \`tool_result\` blocks can only be in \`user\` messages`;
      if (Array.isArray(block['content']))
        for (const [index, part] of block['content'].entries()) {
          const problem = checkBlock(part, role, `${path}.tool_result.content.${index}`, minted);
          if (problem) return problem;
        }
      return undefined;
    case 'tool_addition':
    case 'tool_removal':
      if (role !== 'system') return `${path}: \`${block.type}\` blocks can only be in \`system\` messages`;
      return typeof block['tool']?.type === 'string' ? undefined : `${path}.${block.type}.tool: Field required`;
    case 'thinking':
      if (role !== 'assistant') return `${path}: \`thinking\` blocks can only be in \`assistant\` messages`;
      if (minted === undefined) return undefined;
      if (typeof block['signature'] !== 'string') return `${path}.thinking.signature: Field required`;
      return minted.has(block['signature']) ? undefined : `${path}: Invalid \`signature\` in \`thinking\` block`;
    case 'server_tool_use':
      if (role !== 'assistant') return `${path}: \`server_tool_use\` blocks can only be in \`assistant\` messages`;
      return /^srvtoolu_[a-zA-Z0-9_]+$/.test(block['id'])
        ? undefined
        : `${path}.server_tool_use.id: String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'`;
    case 'web_search_tool_result':
      return checkSearchResult(block, path, minted);
    case 'redacted_thinking':
      return minted?.has(block['data']) ? undefined : `${path}: Invalid \`data\` in \`redacted_thinking\` block`;
    default:
      return undefined;
  }
}

/**
 * Results can be read only by the API that found them, for the account that asked: an invented `encrypted_content`, an
 * empty one, or another account's is a 400 in these words (reported of several gateways).
 */
function checkSearchResult({ content }: Block, path: string, minted: Minted | undefined): string | undefined {
  if (!Array.isArray(content)) {
    if (content?.type !== 'web_search_tool_result_error')
      return `${path}.web_search_tool_result.content: Field required`;
    return SEARCH_ERRORS.includes(content.error_code)
      ? undefined
      : `${path}.web_search_tool_result.content.error_code: Input should be '${SEARCH_ERRORS.join("', '")}'`;
  }
  for (const [index, found] of content.entries()) {
    const at = `${path}.web_search_tool_result.content.${index}`;
    for (const field of ['encrypted_content', 'title', 'url'])
      if (typeof found[field] !== 'string') return `${at}.${field}: Field required`;
    const stranger = Object.keys(found).find((field) => !RESULT_FIELDS.includes(field));
    if (stranger) return `${at}.${stranger}: Extra inputs are not permitted`;
    if (!minted?.has(found.encrypted_content))
      return `${path}: Invalid \`encrypted_content\` in \`search_result\` block`;
  }
  return undefined;
}

function checkCitations({ citations }: Block, path: string, minted: Minted | undefined): string | undefined {
  for (const [index, citation] of (citations ?? []).entries()) {
    if (citation.type !== 'web_search_result_location') continue;
    if (!minted?.has(citation.encrypted_index))
      return `${path}.text.citations.${index}: Invalid \`encrypted_index\` in \`web_search_result_location\``;
  }
  return undefined;
}

/** Messages as the API sees them: system notes in the middle are not turns, neighbours of one role are one turn. */
function turnsOf(messages: Message[]): { role: string; at: number; blocks: Block[] }[] {
  const turns: { role: string; at: number; blocks: Block[] }[] = [];
  for (const [at, message] of messages.entries()) {
    if (message.role === 'system') continue;
    const last = turns.at(-1);
    if (last?.role === message.role) last.blocks.push(...blocksOf(message));
    else turns.push({ role: message.role, at, blocks: [...blocksOf(message)] });
  }
  return turns;
}

function checkPairs(messages: Message[]): string | undefined {
  const turns = turnsOf(messages);
  const seen = new Set<string>();
  for (const [index, turn] of turns.entries()) {
    const calls = turn.blocks.filter((block) => block.type === 'tool_use').map((block) => block['id'] as string);
    for (const id of calls) {
      if (seen.has(id)) return `messages.${turn.at}: \`tool_use\` ids must be unique`;
      seen.add(id);
    }
    const answers = (turns[index + 1]?.blocks ?? [])
      .filter((block) => block.type === 'tool_result')
      .map((block) => block['tool_use_id'] as string);
    const unfinished = openSearch(turn.blocks);
    if (unfinished)
      return `messages.${turn.at}: \`web_search\` tool use with id \`${unfinished}\` was found without a corresponding \`web_search_tool_result\` block`;
    const missing = calls.filter((id) => !answers.includes(id));
    if (missing.length)
      return `messages.${turn.at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
    if (new Set(answers).size !== answers.length)
      return `messages.${turn.at + 1}: each tool_use must have a single result.`;
    const previous =
      turns[index - 1]?.blocks.filter((block) => block.type === 'tool_use').map((block) => block['id']) ?? [];
    for (const [place, block] of turn.blocks.entries())
      if (block.type === 'tool_result' && !previous.includes(block['tool_use_id']))
        return `messages.${turn.at}.content.${place}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block['tool_use_id']}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
  }
  return undefined;
}

/** A search whose result is missing, or a result without its search before it: the id. */
function openSearch(blocks: Block[]): string | undefined {
  const open = new Set<string>();
  for (const block of blocks) {
    if (block.type === 'server_tool_use' && block['name'] === 'web_search') open.add(block['id']);
    if (block.type === 'web_search_tool_result' && !open.delete(block['tool_use_id'])) return block['tool_use_id'];
  }
  return [...open][0];
}

/** With `thinking: enabled`, the step whose tools are being answered must begin with a thought. */
function checkThinkingLoop(json: any): string | undefined {
  if (json.thinking?.type !== 'enabled') return undefined;
  const turns = turnsOf(json.messages);
  const last = turns.at(-1);
  const step = turns.at(-2);
  if (!step || !last?.blocks.some((block) => block.type === 'tool_result')) return undefined;
  const first = step.blocks[0]!;
  if (first.type === 'thinking' || first.type === 'redacted_thinking') return undefined;
  return `messages.${step.at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`;
}
