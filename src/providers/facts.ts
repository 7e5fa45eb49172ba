import type { MessagesRequest } from '../codec/anthropic.ts';
import { readNeeds } from '../codec/needs.ts';
import { estimateTokens, PRIOR } from '../codec/tokens.ts';

/** What a request asks of whoever answers it. */
export type RequestNeeds = {
  needs: { tools: boolean; images: boolean; pdfs: boolean };
  /** Estimated input tokens. */
  inputTokens: number;
  maxTokens: number;
};

export function readRequestNeeds(request: MessagesRequest): RequestNeeds {
  return { needs: readNeeds(request), inputTokens: estimateTokens(request, PRIOR), maxTokens: request.max_tokens ?? 0 };
}
