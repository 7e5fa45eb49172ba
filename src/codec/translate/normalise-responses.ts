import { isRecord } from '../../ground/check.ts';
import { asRecord } from '../json.ts';
import { hasError, NONE, stringsOf, type Fields, type NormalisedChunk } from './normalise-chunk.ts';
import { cleanWireUsage } from '../usage.ts';

/** Events that nothing reads: who answers, the date. */
const UNREAD = new Set(['response.created', 'response.in_progress']);

/** An event of OpenAI's Responses stream. The error event's facts stand in `error` or at the top: both were seen. */
export function normaliseResponsesChunk(chunk: unknown): NormalisedChunk {
  if (!isRecord(chunk)) return NONE;
  const { type } = chunk;
  if (type === 'error')
    return { kind: 'error', error: isRecord(chunk['error']) ? { error: chunk['error'] } : { error: chunk } };
  const response = asRecord(chunk['response']);
  if (type === 'response.failed' && isRecord(response['error']))
    return { kind: 'error', error: { error: response['error'] } };
  if (hasError(chunk)) return { kind: 'error', error: chunk };
  if (UNREAD.has(String(type))) return NONE;
  if (type === 'response.output_text.annotation.added') return citationOf(asRecord(chunk['annotation']));
  return { kind: 'chunk', chunk: eventOf(chunk, response) };
}

/** A page that the text cites. Other quotations are of files, which nothing reads. */
function citationOf({ type, url, title }: Fields): NormalisedChunk {
  if (type !== 'url_citation' || typeof url !== 'string') return NONE;
  const annotation = { type, url, title: typeof title === 'string' ? title : '', start_index: 0, end_index: 0 };
  return { kind: 'chunk', chunk: { type: 'response.output_text.annotation.added', annotation } };
}

function eventOf(event: Fields, response: Fields): Fields {
  switch (event['type']) {
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return { type: event['type'], sequence_number: 0, response: endOf(response) };
    case 'response.output_text.delta': {
      const { logprobs: _logprobs, ...rest } = event;
      return rest;
    }
    case 'response.output_item.added':
    case 'response.output_item.done':
      return isRecord(event['item']) ? { ...event, item: itemOf(event['item']) } : event;
    default:
      return event;
  }
}

function endOf(response: Fields): Fields {
  const { incomplete_details: details, usage } = response;
  return {
    ...(isRecord(details) &&
      typeof details['reason'] === 'string' && { incomplete_details: { reason: details['reason'] } }),
    ...((usage ?? null) !== null && { usage: cleanWireUsage(usage) }),
  };
}

function itemOf(item: Fields): Fields {
  switch (item['type']) {
    case 'function_call':
      return {
        id: item['call_id'],
        status: 'completed',
        ...stringsOf(item, ['type', 'id', 'call_id', 'name', 'status']),
        arguments: argumentsOf(item['arguments']),
      };
    case 'reasoning':
      return { type: item['type'], ...stringsOf(item, ['id', 'encrypted_content']) };
    case 'message':
      return { type: item['type'], ...stringsOf(item, ['id']) };
    case 'web_search_call':
      return {
        type: item['type'],
        status: 'completed',
        id: '',
        ...stringsOf(item, ['id', 'status']),
        action: actionOf(item),
      };
    default:
      return item;
  }
}

/** One search; what else it does with the web (opening a page, looking through it) costs nothing and finds nothing. */
function actionOf(item: Fields): Fields | null {
  const { type, queries, sources, ...action } = asRecord(item['action']);
  if (type !== 'search') return null;
  return {
    type,
    ...stringsOf(action, ['query']),
    ...(Array.isArray(queries) && { queries: queries.filter((query) => typeof query === 'string') }),
    ...(Array.isArray(sources) && {
      sources: sources.filter(
        (source) => isRecord(source) && source['type'] === 'url' && typeof source['url'] === 'string',
      ),
    }),
  };
}

function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isRecord(value) ? JSON.stringify(value) : '';
}
