/**
 * Request fields beyond the published wire: Anthropic's own API accepts them with their beta, other hosts of the wire
 * do not. Seen in requests of Claude Code 2.1.330 to Anthropic's own address.
 */
import { anthropicError } from './anthropic-check.ts';
import type { SimulatedRequest } from './script.ts';
import type { Direct } from './server.ts';

/**
 * The simulated host: Anthropic itself, the strictest host of its wire, or a program on the user's own machine, which is
 * as strict but neither signs thoughts nor looks at a signature.
 */
export type Dialect = 'anthropic' | 'compatible' | 'local';

/** Fields at the top of a request, and the beta that each needs. */
const OWN_FIELDS: Record<string, string> = {
  context_management: 'context-management',
  diagnostics: 'cache-diagnosis',
  safeguards: 'dangerous-tool-use',
  thread: 'message-threads',
};
const PUBLISHED = new Set(
  `model messages max_tokens system tools tool_choice metadata stop_sequences stream temperature top_p top_k thinking
  output_config service_tier`.split(/\s+/),
);
/** Betas of published fields. */
const PUBLISHED_BETAS =
  /^(claude-code|context-1m|effort|fine-grained-tool-streaming|interleaved-thinking|structured-outputs|thinking-display-updates)-\d/;

export function checkDialect({ json, headers }: SimulatedRequest, dialect: Dialect): Direct | undefined {
  const betas = (headers['anthropic-beta'] ?? '').split(',').map((beta) => beta.trim());
  const problem = dialect === 'anthropic' ? withoutBeta(json, betas) : beyondPublished(json, betas);
  return problem === undefined ? undefined : anthropicError(400, 'invalid_request_error', problem);
}

function withoutBeta(json: any, betas: string[]): string | undefined {
  const has = (name: string) => betas.some((beta) => beta.startsWith(`${name}-`));
  for (const [field, beta] of Object.entries(OWN_FIELDS))
    if (json[field] !== undefined && !has(beta)) return `${field}: Extra inputs are not permitted`;
  for (const { path, mark } of marksOf(json))
    if (mark.scope !== undefined && !has('prompt-caching-scope'))
      return `${path}.scope: Extra inputs are not permitted`;
  for (const [at, message] of messagesOf(json).entries())
    if (message.output_config !== undefined && !has('per-turn-control'))
      return `messages.${at}.output_config: Extra inputs are not permitted`;
  if (json.thinking?.display === 'updates' && !has('thinking-display-updates'))
    return "thinking.adaptive.display: Input should be 'summarized' or 'omitted'";
  return undefined;
}

function beyondPublished(json: any, betas: string[]): string | undefined {
  const strange = betas.filter((beta) => beta !== '' && !PUBLISHED_BETAS.test(beta));
  if (strange.length > 0) return `Unexpected value(s) \`${strange.join('`, `')}\` for the \`anthropic-beta\` header.`;
  for (const field of Object.keys(json)) if (!PUBLISHED.has(field)) return `${field}: Extra inputs are not permitted`;
  for (const { path, mark } of marksOf(json))
    for (const field of Object.keys(mark))
      if (field !== 'type') return `${path}.${field}: Extra inputs are not permitted`;
  for (const [at, message] of messagesOf(json).entries()) {
    for (const field of Object.keys(message))
      if (field !== 'role' && field !== 'content') return `messages.${at}.${field}: Extra inputs are not permitted`;
    if (message.role !== 'user' && message.role !== 'assistant')
      return `messages.${at}.role: Input should be 'user' or 'assistant'`;
  }
  for (const [at, tool] of (json.tools ?? []).entries())
    for (const field of Object.keys(tool))
      if (!['type', 'name', 'description', 'input_schema', 'cache_control', ...webFields(tool)].includes(field))
        return `tools.${at}.custom.${field}: Extra inputs are not permitted`;
  if (JSON.stringify(json.system ?? '').includes('x-anthropic-billing-header'))
    return 'system: a billing header is not ours to read';
  return undefined;
}

/** The published fields of the web tools, for a host that has them. */
function webFields({ type }: { type?: string }): string[] {
  return /^web_(search|fetch)_/.test(type ?? '')
    ? ['max_uses', 'allowed_domains', 'blocked_domains', 'user_location']
    : [];
}

function messagesOf(json: any): any[] {
  return Array.isArray(json.messages) ? json.messages : [];
}

/** Every cache mark with its place. */
function marksOf(json: any): { path: string; mark: any }[] {
  const marks: { path: string; mark: any }[] = [];
  const look = (value: any, path: string): void => {
    if (Array.isArray(value)) value.forEach((item, index) => look(item, `${path}.${index}`));
    else if (typeof value === 'object' && value !== null) {
      if (value.cache_control) marks.push({ path: `${path}.cache_control`, mark: value.cache_control });
      look(value.content, `${path}.content`);
    }
  };
  for (const field of ['system', 'tools', 'messages']) look(json[field], field);
  return marks;
}
