/**
 * A request as Claude Code 2.1.330 shapes it for Anthropic's own address, login included: written by hand after what it
 * was seen to send, with everything that it sends to no gateway.
 */
import type { MessagesRequest } from '../../src/codec/anthropic.ts';

export const FIRST_PARTY_BETAS = [
  'claude-code-20250219',
  'oauth-2025-04-20',
  'interleaved-thinking-2025-05-14',
  'context-management-2025-06-27',
  'prompt-caching-scope-2026-01-05',
  'per-turn-control-2026-07-01',
  'mid-conversation-tool-changes-2026-07-01',
  'tool-provenance-2026-10-26',
  'thinking-token-count-2026-05-13',
  'advanced-tool-use-2025-11-20',
  'mid-conversation-system-clear-at-2026-08-21',
  'effort-2025-11-24',
  'dangerous-tool-use-2026-09-03',
  'thinking-binding-controls-2026-08-01',
  'thinking-display-updates-2026-08-18',
  'afk-mode-2026-01-31',
  'extended-cache-ttl-2025-04-11',
  'cache-diagnosis-2026-04-07',
  'message-threads-2026-08-12',
].join(',');

const HOUR = { type: 'ephemeral', ttl: '1h' } as const;

export const FIRST_PARTY: MessagesRequest = {
  model: 'claude-sonnet-5-5',
  max_tokens: 4_000,
  system: [
    {
      type: 'text',
      text: 'x-anthropic-billing-header: cc_version=2.1.330.aad; cc_entrypoint=cli; cch=0a1b2; cc_prompt_id=1; cc_turn_origin=human; cc_prompt_index=0; cc_turn_index=1;',
    },
    { type: 'text', text: 'You are a careful programmer.' },
    { type: 'text', text: 'Use the tools that you have.', cache_control: { ...HOUR, scope: 'global' } },
    { type: 'text', text: 'Answer briefly.', cache_control: HOUR },
  ],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello', cache_control: HOUR }] }],
  tools: ['Read', 'Bash', 'Grep'].map((name) => ({
    name,
    description: `${name}s something.`,
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { file_path: { type: 'string' }, limit: { type: 'integer', exclusiveMinimum: 0 } },
      additionalProperties: false,
    },
  })),
  thinking: { type: 'adaptive', display: 'updates' },
  output_config: { effort: 'medium' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  diagnostics: { previous_message_id: null },
  safeguards: [
    { type: 'dangerous_tool_use', classifier_context: { v: 1, permission_mode: 'auto', rules: { allow: [] } } },
  ],
  thread: { type: 'create' },
  metadata: { user_id: '{"device_id":"d","account_uuid":"a","session_id":"s"}' },
};
