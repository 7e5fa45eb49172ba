/**
 * Where hosts that speak the same wire differ. One value per catalogue row; the codec and `providers/load-model.ts`
 * act on it, nothing else does. Sources: the vendors' own
 * pages and errors, and recorded streams; `test/providers/translated-quirks.test.ts` replays each vendor's shape.
 */
export type Quirks = {
  /** Tool-call ids that the host accepts: any, at most 40 characters, or exactly 9 of `[a-zA-Z0-9]`. */
  toolIds: 'any' | 'max40' | 'exactly9';
  /** Which field caps the answer. */
  maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** The word for "some tool must be called". */
  toolChoiceAny: 'required' | 'any';
  /** Reasoning that the host wants back on assistant messages with tool calls: its text, or OpenRouter's blocks. */
  reasoningBack: 'none' | 'reasoning_content' | 'reasoning' | 'reasoning_details';
  /** `stream_options: {include_usage: true}`: ask for it, or leave it out (the host sends usage unasked or rejects the field). */
  streamUsage: 'ask' | 'omit';
  /** How effort is expressed: not at all, OpenAI's `reasoning_effort`, or `thinking: {type}`. */
  effort: 'none' | 'reasoning_effort' | 'thinking_type';
  /** The reasoning efforts the host knows, weakest first; others clamp to the nearest. */
  effortLevels: readonly string[];
  /** A user's message straight after a tool's result is refused: an assistant's line stands between. */
  assistantAfterTool: boolean;
  /** Image URLs as a plain string instead of `{url}`. */
  imageUrlAsString: boolean;
  /** Extra fields of the request body (`tool_stream: true`). */
  extraBody: Readonly<Record<string, unknown>>;
};

/** A host that follows the wire's own vendor; a row states only the differences. */
export const NO_QUIRKS: Quirks = {
  toolIds: 'any',
  maxTokensField: 'max_tokens',
  toolChoiceAny: 'required',
  reasoningBack: 'none',
  streamUsage: 'ask',
  effort: 'none',
  effortLevels: ['low', 'medium', 'high'],
  assistantAfterTool: false,
  imageUrlAsString: false,
  extraBody: {},
};
