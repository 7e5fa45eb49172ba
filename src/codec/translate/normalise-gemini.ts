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
    ...groundingOf(candidate),
  };
}

/** What its own search has found, and the pages that it has read. */
function groundingOf({ groundingMetadata: grounding, urlContextMetadata: context }: Fields): Fields {
  const { webSearchQueries: queries, groundingChunks: chunks } = asRecord(grounding);
  const { urlMetadata: pages } = asRecord(context);
  return {
    ...((Array.isArray(queries) || Array.isArray(chunks)) && {
      groundingMetadata: {
        webSearchQueries: Array.isArray(queries) ? queries.filter((query) => typeof query === 'string') : [],
        groundingChunks: recordsOf(chunks).flatMap(({ web }) => {
          const { uri, title } = stringsOf(asRecord(web), ['uri', 'title']);
          return uri === undefined ? [] : [{ web: { uri, ...(title !== undefined && { title }) } }];
        }),
      },
    }),
    ...(Array.isArray(pages) && {
      urlContextMetadata: {
        urlMetadata: recordsOf(pages)
          .map((page) => stringsOf(page, ['retrievedUrl', 'urlRetrievalStatus']))
          .filter((page) => Object.keys(page).length === 2),
      },
    }),
  };
}

function recordsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
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
