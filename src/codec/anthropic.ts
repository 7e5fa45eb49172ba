/**
 * The parts of Anthropic's Messages wire that the codec reads and writes. Deliberately loose: an unknown block or field
 * must pass, never fail a request. Source: the types of `@anthropic-ai/sdk` 1.12.0 and bodies observed from Claude Code
 * 2.1.330.
 */

export type CacheControl = { type: 'ephemeral'; ttl?: '5m' | '1h'; scope?: 'global' };

export type Source =
  | { type: 'base64'; media_type: string; data: string }
  | { type: 'url'; url: string }
  | { type: 'text'; media_type: string; data: string }
  | { type: 'content'; content: string | ContentBlock[] }
  | { type: 'file'; file_id: string };

export type TextBlock = { type: 'text'; text: string; cache_control?: CacheControl | null };
export type ImageBlock = { type: 'image'; source: Source; cache_control?: CacheControl | null };
export type DocumentBlock = { type: 'document'; source: Source; title?: string | null; context?: string | null };
export type ToolUseBlock = { type: 'tool_use'; id: string; name: string; input: unknown };
export type ToolResultBlock = {
  type: 'tool_result';
  tool_use_id: string;
  content?: string | ContentBlock[];
  is_error?: boolean;
};
export type ThinkingBlock = { type: 'thinking'; thinking: string; signature?: string };
export type RedactedThinkingBlock = { type: 'redacted_thinking'; data: string };
export type ToolReferenceBlock = { type: 'tool_reference'; tool_name: string };
/** Any unknown block (server tools, search results, future ones). */
export type UnknownBlock = { type: string; [key: string]: unknown };

export type ContentBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | ToolUseBlock
  | ToolResultBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolReferenceBlock
  | UnknownBlock;

/** Claude Code also sends `role: "system"` in the middle of a conversation (observed, 2.1.330). */
export type Message = { role: 'user' | 'assistant' | 'system'; content: string | ContentBlock[] };

export type Tool = {
  name: string;
  /** Absent for the client's own tools; set for server tools (`web_search_20250305` …). */
  type?: string;
  description?: string;
  input_schema?: Record<string, unknown>;
  defer_loading?: boolean;
  [key: string]: unknown;
};

export type ToolChoice =
  | { type: 'auto'; disable_parallel_tool_use?: boolean }
  | { type: 'any'; disable_parallel_tool_use?: boolean }
  | { type: 'tool'; name: string; disable_parallel_tool_use?: boolean }
  | { type: 'none' };

export type MessagesRequest = {
  model: string;
  messages: Message[];
  system?: string | TextBlock[];
  tools?: Tool[];
  tool_choice?: ToolChoice;
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  stop_sequences?: string[];
  thinking?: { type: 'enabled' | 'disabled' | 'adaptive'; budget_tokens?: number; display?: string };
  output_config?: { effort?: string; format?: { type: string; schema?: Record<string, unknown> } };
  stream?: boolean;
  metadata?: { user_id?: string | null };
  [key: string]: unknown;
};

export type StopReason = 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'pause_turn' | 'refusal';

export type MessageUsage = {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  /** The cost of the answer by the host's own word, US dollars. */
  cost?: number;
  /** How often the host's own web tools were used; absent: not at all. */
  server_tool_use?: { web_search_requests: number; web_fetch_requests: number };
};

/** A call of one of the host's own web tools, and its result. */
export type ServerBlock =
  | { type: 'server_tool_use'; id: string; name: 'web_search' | 'web_fetch'; input: Record<string, unknown> }
  | { type: 'web_search_tool_result' | 'web_fetch_tool_result'; tool_use_id: string; content: unknown };

/** The events of a streamed answer that the codec mints. Source: Anthropic's streaming documentation. */
export type MessageEvent =
  | {
      type: 'message_start';
      message: {
        id: string;
        type: 'message';
        role: 'assistant';
        model: string;
        content: [];
        stop_reason: null;
        stop_sequence: null;
        usage: MessageUsage;
      };
    }
  | {
      type: 'content_block_start';
      index: number;
      content_block:
        | { type: 'text'; text: string }
        | { type: 'tool_use'; id: string; name: string; input: Record<string, never> }
        | (ServerBlock & { type: 'server_tool_use'; input: Record<string, never> })
        | (ServerBlock & { type: 'web_search_tool_result' | 'web_fetch_tool_result' });
    }
  | {
      type: 'content_block_delta';
      index: number;
      delta: { type: 'text_delta'; text: string } | { type: 'input_json_delta'; partial_json: string };
    }
  | { type: 'content_block_stop'; index: number }
  | {
      type: 'message_delta';
      delta: { stop_reason: StopReason; stop_sequence: string | null; safeguard_results?: SafeguardResult[] };
      usage: MessageUsage;
    }
  | { type: 'message_stop' }
  | { type: 'ping' }
  | { type: 'error'; error: { type: string; message: string } };

/** What a stream carries in `message_delta.delta.safeguard_results`, a whole answer at its top (read by 2.1.330). */
export type SafeguardResult = {
  type: 'dangerous_tool_use';
  status: { type: 'available'; tool_uses: Record<string, { type: 'unavailable'; reason: 'error' }> };
};
