import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';
import type { StopReason } from './anthropic.ts';

type Finish = LanguageModelV4FinishReason['unified'];

/**
 * Why a complete answer ended, or undefined where the finish means that it is not complete.
 * A call decides over what the host says: Gemini ends with STOP and several chat hosts with `stop` after a call.
 */
export function toStopReason(finish: Finish, hasCalls: boolean): StopReason | undefined {
  switch (finish) {
    case 'length':
      return 'max_tokens';
    case 'content-filter':
      return 'refusal';
    case 'stop':
    case 'tool-calls':
    case 'other':
      return hasCalls ? 'tool_use' : 'end_turn';
    case 'error':
    case 'interrupted':
      return undefined;
  }
}
