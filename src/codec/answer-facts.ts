import type { Usage } from '../events.ts';
import { isRecord } from '../ground/check.ts';
import { readCost, withWireUsage } from './usage.ts';

/**
 * What an answer in Anthropic's wire holds, as far as it has come. It is read once: a provider that writes the answer
 * knows it and says so (`Reply.holds`); only the bytes of the user's own Claude are read as they pass (`proxy/tap.ts`).
 */
export type AnswerFacts = {
  messageId?: string;
  model?: string;
  stopReason?: string;
  usage?: Usage;
  /** The host did not count the input: `usage` holds an estimate, which teaches nothing. */
  isInputEstimated?: boolean;
  /** What the host itself says that it has cost. */
  costUsd?: number;
  /** The first content block has begun (or a whole message is there): worth committing. */
  hasContent: boolean;
  /** `message_stop` has come, or a whole JSON message. */
  complete: boolean;
  /** An error inside the answer, as its JSON text. */
  error?: string;
};

/** Of an answer that has not begun. */
export function noAnswerYet(): AnswerFacts {
  return { hasContent: false, complete: false };
}

/** Adds what one event of a stream says. @param text of the event, where it is there already. */
export function addEvent(facts: AnswerFacts, event: { type: string }, text?: string): void {
  const { type, message, delta, usage } = event as { type: string } & Record<string, unknown>;
  switch (type) {
    case 'message_start':
      if (isRecord(message)) addMessage(facts, message);
      break;
    case 'content_block_start':
      facts.hasContent = true;
      break;
    case 'message_delta':
      // An answer may hold no content block at all (a refusal, an empty turn): its end is worth as much.
      facts.hasContent = true;
      if (isRecord(delta)) addStopReason(facts, delta['stop_reason']);
      addUsage(facts, usage);
      break;
    case 'message_stop':
      facts.hasContent = true;
      facts.complete = true;
      break;
    case 'error':
      // Behind the end it is not about this answer any more.
      if (!facts.complete) facts.error = text ?? JSON.stringify(event);
      break;
    default:
      break;
  }
}

/** Adds what an answer in one piece says: a message, a count of tokens, or an error. */
export function addWhole(facts: AnswerFacts, body: unknown, text?: string): void {
  const message = isRecord(body) ? body : {};
  if (message['type'] === 'error' || message['error'] !== undefined) {
    facts.error = text ?? JSON.stringify(body);
    return;
  }
  addMessage(facts, message);
  addStopReason(facts, message['stop_reason']);
  facts.hasContent = true;
  facts.complete = true;
}

function addMessage(facts: AnswerFacts, { id, model, usage }: Record<string, unknown>): void {
  if (typeof id === 'string' && id !== '') facts.messageId = id;
  if (typeof model === 'string' && model !== '') facts.model = model;
  addUsage(facts, usage);
}

function addStopReason(facts: AnswerFacts, reason: unknown): void {
  if (typeof reason === 'string' && reason !== '') facts.stopReason = reason;
}

function addUsage(facts: AnswerFacts, told: unknown): void {
  const usage = withWireUsage(facts.usage, told);
  if (usage) facts.usage = usage;
  const cost = readCost(told);
  if (cost !== undefined) facts.costUsd = cost;
}
