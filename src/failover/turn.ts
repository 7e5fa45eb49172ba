import type { Asker, RequestClass } from '../claude/asker.ts';
import { AUXILIARY_PROMPTS, AUXILIARY_SYSTEM, COMPACTION_PROMPTS } from '../claude/claude-code-2.1.330.ts';
import { typedIn } from '../claude/typed-text.ts';
import { familyOf } from './cooldown.ts';

/** Where a request belongs. */
export type TurnFacts = {
  /** What the request is for, by its header, or by its form where there is none. */
  requestClass: RequestClass;
  /** `main`: the user's own conversation. `side`: titles, probes, compaction. `subagent`: an agent's own conversation. */
  thread: 'main' | 'side' | 'subagent';
  /** A message that the user typed begins a turn. */
  startsTurn: boolean;
  /** The whole text that the user typed; '' for none. */
  prompt: string;
  /**
   * The last assistant step holds a tool call but no thinking, while `thinking.type` is `enabled`: in this mode Claude
   * refuses to go on from another model's step.
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

/**
 * @param isNewPrompt whether no turn has begun with this prompt id yet. A typed turn always has a new one (a client's
 *   retry has the old one), but a new one is not proof: a finished background agent also opens a main-thread request
 *   with a new id that nobody typed.
 */
export function readTurn(
  request: TurnRequest,
  asker: Asker,
  isNewPrompt: (prompt: string) => boolean = () => true,
): TurnFacts {
  const { last, step } = lastExchange(request.messages);
  const hasResults = last.some((block) => block.type === 'tool_result');
  const typed = readTyped(last);
  const requestClass = asker.requestClass ?? guessClass(request, asker, last);
  const thread = THREADS[requestClass];
  // A document or an image after tool results belongs to them (Claude Code puts a read PDF there).
  const saidSomething = typed !== '' || (!hasResults && last.some((block) => isMedia(block)));
  const startsTurn = thread === 'main' && saidSomething && (asker.prompt === undefined || isNewPrompt(asker.prompt));
  const calls = step.some((block) => block.type === 'tool_use');
  const thinks = step.some((block) => block.type === 'thinking' || block.type === 'redacted_thinking');
  return {
    requestClass,
    thread,
    startsTurn,
    prompt: startsTurn ? typed : '',
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

export function blocksOf(content: string | readonly Block[]): Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : [...content];
}

function isMedia(block: Block): boolean {
  return block.type === 'image' || block.type === 'document';
}

/** What the user typed in these blocks. */
export function readTyped(blocks: readonly Block[]): string {
  return typedIn(blocks.map(textOf));
}

function textOf(block: Block): string {
  return block.type === 'text' && typeof block.text === 'string' ? block.text : '';
}

const THREADS: Record<RequestClass, TurnFacts['thread']> = {
  main: 'main',
  subagent: 'subagent',
  workflow: 'subagent',
  compaction: 'side',
  auxiliary: 'side',
  side_reply: 'side',
};

/**
 * The purpose of a request without a class header. Observed with Claude Code 2.1.330: subagents name themselves in a
 * header. The main thread always has tools or thinking; the requests beside it (quota probe, titles, web page
 * summaries, web search) have neither, and further marks of their own. A bare request without these marks counts as the
 * user's.
 */
function guessClass(request: TurnRequest, asker: Asker, last: readonly Block[]): RequestClass {
  if (asker.agent !== undefined) return 'subagent';
  if (request.max_tokens !== undefined && request.max_tokens <= 1) return 'auxiliary';
  if (begins(last, COMPACTION_PROMPTS)) return 'compaction';
  if (begins(last, AUXILIARY_PROMPTS)) return 'auxiliary';
  const tools = request.tools ?? [];
  // The web search tool asks in a request of its own, with Anthropic's search as the only tool.
  if (tools.length > 0) return tools.every((tool) => tool.type?.startsWith('web_search_')) ? 'auxiliary' : 'main';
  const thinks = request.thinking !== undefined && request.thinking.type !== 'disabled';
  // The main thread thinks even without tools (`--tools ""`).
  if (thinks) return 'main';
  if (request.output_config?.format !== undefined) return 'auxiliary';
  if (AUXILIARY_SYSTEM.test(systemText(request.system))) return 'auxiliary';
  return familyOf(request.model) === 'haiku' ? 'auxiliary' : 'main';
}

function begins(blocks: readonly Block[], patterns: readonly RegExp[]): boolean {
  return blocks.some((block) => patterns.some((pattern) => pattern.test(textOf(block))));
}

function systemText(system: TurnRequest['system']): string {
  if (typeof system === 'string') return system;
  return (system ?? []).map((block) => block.text ?? '').join('\n');
}
