import { createParser } from 'eventsource-parser';

/** What the client got. */
export type Got = {
  status: number;
  contentType: string;
  /** As it came, and decoded. */
  raw: Buffer;
  body: Buffer;
  /** False: the connection broke, or the body cannot be decoded. */
  ended: boolean;
};

/** What it is worth to the client. */
export type Verdict =
  | { kind: 'answer'; text: string }
  | { kind: 'error'; inside: boolean }
  /** Neither a whole valid answer nor a valid error. */
  | { kind: 'nonsense'; why: string };

/** Anthropic's names (platform docs, errors). */
const ERROR_TYPES = new Set([
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'api_error',
  'timeout_error',
  'overloaded_error',
]);

/** Judges what the client got, by Anthropic's published wire alone. */
export function judge(got: Got, stream: boolean): Verdict {
  if (!got.ended) return nonsense('the connection broke');
  if (got.status !== 200) {
    const why = errorTrouble(parse(got.body.toString()));
    return why === undefined && got.status >= 400
      ? { kind: 'error', inside: false }
      : nonsense(why ?? `a ${got.status}`);
  }
  if (!stream) return judgeMessage(got);
  if (!got.contentType.startsWith('text/event-stream')) return nonsense(`a stream of ${got.contentType}`);
  return judgeStream(got.body.toString());
}

const nonsense = (why: string): Verdict => ({ kind: 'nonsense', why });

function judgeMessage(got: Got): Verdict {
  if (!got.contentType.startsWith('application/json')) return nonsense(`a message of ${got.contentType}`);
  const message = parse(got.body.toString());
  if (message?.type !== 'message' || message.role !== 'assistant' || typeof message.id !== 'string')
    return nonsense(`no message: ${got.body.toString().slice(0, 80)}`);
  if (!Array.isArray(message.content) || typeof message.stop_reason !== 'string') return nonsense('half a message');
  if (typeof message.usage?.output_tokens !== 'number') return nonsense('no usage');
  return { kind: 'answer', text: message.content.map((block: { text?: string }) => block.text ?? '').join('') };
}

function judgeStream(body: string): Verdict {
  let why: string | undefined;
  let state = 'new' as 'new' | 'between' | 'block' | 'ending' | 'over' | 'failed';
  let index = -1;
  let text = '';
  const expect = (right: boolean, what: string) => void (right || (why ??= what));
  const parser = createParser({
    onEvent({ event: name, data }) {
      const event = parse(data);
      expect(event !== undefined && event.type === name, `event ${name} holds ${data.slice(0, 60)}`);
      expect(state !== 'over' && state !== 'failed', `${name} behind the end`);
      switch (event?.type) {
        case 'ping':
          return;
        case 'message_start':
          expect(state === 'new' && typeof event.message?.id === 'string', 'a second message_start');
          state = 'between';
          return;
        case 'content_block_start':
          expect(state === 'between' && event.index === index + 1, 'a block out of turn');
          index = event.index;
          state = 'block';
          return;
        case 'content_block_delta':
          expect(state === 'block' && event.index === index, 'a delta out of turn');
          text += event.delta?.text ?? '';
          return;
        case 'content_block_stop':
          expect(state === 'block' && event.index === index, 'a stop out of turn');
          state = 'between';
          return;
        case 'message_delta':
          expect(state === 'between' && typeof event.delta?.stop_reason === 'string', 'a message_delta out of turn');
          state = 'ending';
          return;
        case 'message_stop':
          expect(state === 'ending', 'a message_stop out of turn');
          state = 'over';
          return;
        case 'error':
          why ??= errorTrouble(event);
          state = 'failed';
          return;
        default:
        // New events may come at any time (platform docs, streaming).
      }
    },
  });
  parser.feed(body);
  if (why !== undefined) return nonsense(why);
  if (state === 'failed') return { kind: 'error', inside: true };
  return state === 'over' ? { kind: 'answer', text } : nonsense(`the stream ends in state ${state}`);
}

function errorTrouble(body: any): string | undefined {
  if (body?.type !== 'error') return `no error: ${JSON.stringify(body)?.slice(0, 80)}`;
  if (!ERROR_TYPES.has(body.error?.type)) return `unknown error type ${body.error?.type}`;
  return typeof body.error.message === 'string' && body.error.message !== '' ? undefined : 'an error without a word';
}

function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
