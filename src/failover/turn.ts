import { familyOf } from './rest.ts';

/** Where a request belongs. */
export type TurnFacts = {
  /** `main`: the user's own conversation. `side`: titles, probes, compaction. `subagent`: an agent's own conversation. */
  thread: 'main' | 'side' | 'subagent';
  /** The user has just said something new. */
  startsTurn: boolean;
  /** The request brings tool results: the model is in the middle of its work. */
  insideToolLoop: boolean;
  /** What the user typed, whole; '' if nothing. */
  prompt: string;
  /**
   * The last assistant step holds a tool call but no thinking, while `thinking.type` is `enabled`: Claude refuses to
   * go on from a step that somebody else made in this mode.
   */
  needsOwnThinking: boolean;
};

/** What is read of a request: the loose shape of Anthropic's Messages wire. */
export type TurnRequest = {
  model: string;
  messages: readonly { role: string; content: string | readonly { type: string }[] }[];
  system?: string | readonly { text?: string }[];
  tools?: readonly { type?: string }[];
  max_tokens?: number;
  thinking?: { type: string };
  output_config?: { format?: unknown };
};

type Block = { type: string; text?: unknown };

/** @param headers lower-case names. */
export function readTurn(request: TurnRequest, headers: Record<string, string>): TurnFacts {
  const { last, step } = lastExchange(request.messages);
  const hasResults = last.some((block) => block.type === 'tool_result');
  const typed = readTyped(last);
  const thread = threadOf(request, headers, last);
  // A document or an image after tool results belongs to them (Claude Code puts a read PDF there).
  const saidSomething = typed !== '' || (!hasResults && last.some((block) => isMedia(block)));
  const startsTurn = thread === 'main' && saidSomething;
  const calls = step.some((block) => block.type === 'tool_use');
  const thinks = step.some((block) => block.type === 'thinking' || block.type === 'redacted_thinking');
  return {
    thread,
    startsTurn,
    insideToolLoop: hasResults && !startsTurn,
    prompt: thread === 'main' ? typed : '',
    needsOwnThinking: request.thinking?.type === 'enabled' && hasResults && calls && !thinks,
  };
}

/** The blocks of everything the client said since the last assistant step, and that step's own blocks. */
function lastExchange(messages: TurnRequest['messages']): { last: Block[]; step: Block[] } {
  const said: Block[][] = [];
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message === undefined) continue;
    // Claude Code puts `role: "system"` messages in the middle of a conversation; they are not the user's.
    if (message.role === 'system') continue;
    if (message.role === 'assistant') return { last: said.toReversed().flat(), step: blocksOf(message.content) };
    said.push(blocksOf(message.content));
  }
  return { last: said.toReversed().flat(), step: [] };
}

function blocksOf(content: string | readonly Block[]): Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : [...content];
}

function isMedia(block: Block): boolean {
  return block.type === 'image' || block.type === 'document';
}

function textOf(block: Block): string {
  return block.type === 'text' && typeof block.text === 'string' ? block.text : '';
}

/** How requests begin that Claude Code writes itself with the whole conversation before them (2.1.330). */
const SIDE_PROMPTS = [
  /^CRITICAL: Respond with TEXT ONLY/, // compaction
  /^Your task is to create a detailed summary of (?:the|our|this) conversation/, // compaction, older versions
  /^\[SUGGESTION MODE:/, // what the user might type next
  /^The user stepped away and is coming back/, // recap
];

/**
 * Observed with Claude Code 2.1.330: subagents name themselves in a header. The main thread always has tools or
 * thinking; the requests beside it (quota probe, titles, web page summaries, web search) have neither, and further
 * marks of their own. A bare request without any such mark is taken for the user's.
 */
function threadOf(request: TurnRequest, headers: Record<string, string>, last: readonly Block[]): TurnFacts['thread'] {
  if (headers['x-claude-code-agent-id'] !== undefined) return 'subagent';
  if (request.max_tokens !== undefined && request.max_tokens <= 1) return 'side';
  if (last.some((block) => SIDE_PROMPTS.some((pattern) => pattern.test(textOf(block))))) return 'side';
  const tools = request.tools ?? [];
  // The web search tool asks in a request of its own, with Anthropic's search as the only tool.
  if (tools.length > 0) return tools.every((tool) => tool.type?.startsWith('web_search_')) ? 'side' : 'main';
  const thinks = request.thinking !== undefined && request.thinking.type !== 'disabled';
  // The main thread thinks even without tools (`--tools ""`).
  if (thinks) return 'main';
  if (request.output_config?.format !== undefined) return 'side';
  if (SIDE_SYSTEM.test(systemText(request.system))) return 'side';
  return familyOf(request.model) === 'haiku' ? 'side' : 'main';
}

/** System prompts of title, topic and summary requests. */
const SIDE_SYSTEM =
  /You are naming a coding session|generate a (?:concise|succinct) title|new conversation topic|summariz(?:e|ing) (?:this|conversations)/i;

function systemText(system: TurnRequest['system']): string {
  if (typeof system === 'string') return system;
  return (system ?? []).map((block) => block.text ?? '').join('\n');
}

/** Messages that Claude Code writes in the user's place (2.1.330): they go on with a turn, they start none. */
const SYNTHETIC = [
  /^Your response above was cut off mid-stream/,
  /^\[Request interrupted by user(?: for tool use)?\]$/,
  /^Continue from where you left off\. (?:This session|Note: this session)/,
  /^\[SYSTEM NOTIFICATION - NOT USER INPUT\]/,
  /^Stop hook (?:feedback|error):/,
  /^This session is being continued from a previous conversation/,
  /^Caveat: The messages below were generated by the user while running local commands/,
];

/** Wrappers that hold nothing the user typed. */
const WRAPPERS = new RegExp(
  `<(${[
    'system-reminder',
    'local-command-caveat',
    'local-command-stdout',
    'local-command-stderr',
    'bash-stdout',
    'bash-stderr',
    'task-notification',
    'teammate-message',
    'cross-session-message',
    'new-diagnostics',
    'ide_selection',
    'ide_opened_file',
    'tick',
  ].join('|')})(?:\\s[^>]*)?>[\\s\\S]*?</\\1>`,
  'g',
);

/** What the user typed in these blocks: reminders, wrappers and Claude Code's own messages are taken away. */
function readTyped(blocks: readonly Block[]): string {
  const texts = blocks.map(textOf);
  // A command followed by its local output was carried out by Claude Code itself (`/compact`, `/model`).
  const command = texts.findLast(
    (text, index) =>
      commandIn(text) !== undefined && !isLocalOutput(text) && !texts.slice(index + 1).some(isLocalOutput),
  );
  // A command's expansion comes in the same message and was not typed.
  if (command !== undefined) return commandIn(command) ?? '';
  return texts
    .map(withoutWrappers)
    .filter((text) => text !== '' && !SYNTHETIC.some((pattern) => pattern.test(text)))
    .join('\n\n');
}

function isLocalOutput(text: string): boolean {
  return /<local-command-std(?:out|err)>/.test(text);
}

/** `<command-name>/init</command-name> … <command-args>x</command-args>` → `/init x`. */
function commandIn(text: string): string | undefined {
  const name = /<command-name>([\s\S]*?)<\/command-name>/.exec(text)?.[1]?.trim();
  if (name === undefined || name === '' || !text.trimStart().startsWith('<command-')) return undefined;
  const given = /<command-args>([\s\S]*?)<\/command-args>/.exec(text)?.[1]?.trim() ?? '';
  return given === '' ? name : `${name} ${given}`;
}

function withoutWrappers(text: string): string {
  return text
    .replaceAll(WRAPPERS, '')
    .replaceAll(/<command-(name|message|args|contents)>[\s\S]*?<\/command-\1>/g, '')
    .replaceAll(/<bash-input>([\s\S]*?)<\/bash-input>/g, '! $1')
    .trim();
}
