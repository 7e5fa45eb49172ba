import { isRecord } from '../../ground/check.ts';
import { asRecord } from '../json.ts';
import { hasError, NONE, stringsOf, type Fields, type NormalisedChunk } from './normalise-chunk.ts';
import { withoutSenselessCounts } from '../usage.ts';

/** A chunk of Gemini's stream. */
export function normaliseGeminiChunk(chunk: unknown): NormalisedChunk {
  // Without `alt=sse`, and in errors, Gemini wraps its chunks into an array.
  if (Array.isArray(chunk)) return chunk.length > 0 ? normaliseGeminiChunk(chunk.find(hasError) ?? chunk[0]) : NONE;
  if (!isRecord(chunk)) return NONE;
  if (hasError(chunk)) return { kind: 'error', error: chunk };
  const { candidates, usageMetadata, promptFeedback } = chunk;
  return {
    kind: 'chunk',
    chunk: {
      ...(Array.isArray(candidates) && { candidates: (candidates as unknown[]).filter(isRecord).map(candidateOf) }),
      ...(isRecord(usageMetadata) && { usageMetadata: countsOf(usageMetadata) }),
      ...(isRecord(promptFeedback) && { promptFeedback: stringsOf(promptFeedback, ['blockReason']) }),
    },
  };
}

function countsOf({ trafficType: _traffic, serviceTier: _tier, ...counts }: Fields): Fields {
  return withoutSenselessCounts(counts);
}

function candidateOf(candidate: Fields): Fields {
  const { parts } = asRecord(candidate['content']);
  return {
    ...(Array.isArray(parts) && { content: { role: 'model', parts: parts.filter(isRecord).map(partOf) } }),
    ...stringsOf(candidate, ['finishReason', 'finishMessage', 'continuationToken']),
  };
}

function partOf(part: Fields): Fields {
  const { functionCall: called, inlineData: data, thought } = part;
  return {
    ...stringsOf(part, ['text', 'thoughtSignature']),
    ...(typeof thought === 'boolean' && { thought }),
    ...(isRecord(called) && { functionCall: callOf(called) }),
    ...(isRecord(data) && { inlineData: data }),
  };
}

function callOf(called: Fields): Fields {
  const { id: _id, name: _name, ...rest } = called;
  return { ...rest, ...stringsOf(called, ['id', 'name']) };
}
