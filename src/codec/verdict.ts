import { UpstreamError, type Defect, type Wire } from '../errors.ts';
import type { StopReason } from './anthropic.ts';
import { stoppedLine, type Ending } from './ending.ts';
import { answerFailure } from './stream-failure.ts';
import type { Warn } from './target.ts';

/** Who answered, and the answer's cap. */
export type Answerer = {
  wire: Wire;
  /** The provider's name for the user. */
  label: string;
  model: string;
  /** The client's cap, tokens. */
  maxTokens: number;
  warn: Warn;
};

/** The contents of an answer at its end. */
export type Held = { ending: Ending; hasText: boolean; hasCalls: boolean; hasThoughts: boolean };

/** Below this cap an answer of hidden reasoning alone is expected (Claude Code's probe asks for 1 token). */
const TINY_CAP = 1_024;

/**
 * Decides whether an ending is an answer.
 * @returns how to end it; `line` is a last text that says who stopped it and why.
 * @throws UpstreamError if it is not: before content another provider is asked, afterwards the client gets an error.
 */
export function judge(held: Held, answerer: Answerer): { reason: StopReason; line?: string } {
  const { label, model, warn } = answerer;
  const { ending } = held;
  const isEmpty = !held.hasCalls && !held.hasText;
  const fail = (defect: Defect, code: string, message: string): UpstreamError =>
    new UpstreamError(answerFailure(answerer.wire, defect, code, message));
  switch (ending.type) {
    case 'finished':
      if (isEmpty && !(ending.reason === 'max_tokens' && answerer.maxTokens < TINY_CAP)) {
        if (ending.reason === 'max_tokens')
          throw fail('spent', ending.raw, `${label} reached the output limit while thinking`);
        if (held.hasThoughts) throw fail('thoughts', ending.raw, `${label} thought and did not answer`);
        throw fail('empty', ending.raw, `${label} answered nothing`);
      }
      return { reason: ending.reason };
    case 'blocked':
      if (isEmpty) throw fail('refused', ending.raw, `${label} refused to answer: ${ending.raw}`);
      warn('refusal', `${model} stopped an answer: ${ending.raw}`);
      return { reason: held.hasCalls ? 'tool_use' : 'end_turn', line: stoppedLine(label, ending.raw) };
    case 'broken':
      if (ending.unknown)
        warn('finish reason', `${model} ended an answer with a word that is not known: ${ending.raw}`);
      throw fail('broken', ending.raw, `${label} broke the answer off: ${ending.raw}`);
  }
}
