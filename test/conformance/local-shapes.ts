import { randomBytes } from 'node:crypto';
import { Transform } from 'node:stream';

/** How a program on the user's own machine differs from Anthropic, where both speak Anthropic's wire. */
export type LocalShape = {
  toolId(): string;
  /** Thoughts come without a signature. */
  unsigned?: boolean;
  /** No `ping` between the events. */
  noPing?: boolean;
  /** Usage has neither cache fields nor a tier. */
  bareUsage?: boolean;
  /** What follows the last event. */
  after?: string;
  /** An error in the program's own form. */
  error(status: number, message: string): object;
};

const letters = (count: number) => randomBytes(count).toString('hex').slice(0, count);

/**
 * Ollama: docs.ollama.com/api/anthropic-compatibility. vLLM: `entrypoints/anthropic`. llama.cpp: tools/server/README.md
 * and the errors that its issues quote.
 */
export const LOCAL_SHAPES: Record<string, LocalShape> = {
  ollama: {
    toolId: () => `call_${letters(8)}`,
    unsigned: true,
    noPing: true,
    bareUsage: true,
    error: (status, message) => ({
      type: 'error',
      error: {
        type: status === 404 ? 'not_found_error' : status < 500 ? 'invalid_request_error' : 'api_error',
        message,
      },
    }),
  },
  lmstudio: {
    toolId: () => String(100_000_000 + (parseInt(letters(7), 16) % 900_000_000)),
    unsigned: true,
    error: (_, message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
  },
  vllm: {
    toolId: () => `chatcmpl-tool-${letters(32)}`,
    unsigned: true,
    noPing: true,
    after: 'data: [DONE]\n\n',
    error: (status, message) => ({
      type: 'error',
      error: { type: status < 500 ? 'BadRequestError' : 'InternalServerError', message },
    }),
  },
  llamacpp: {
    toolId: () => letters(32),
    unsigned: true,
    noPing: true,
    error: (status, message) => ({
      error: { code: status, message, type: status === 503 ? 'unavailable_error' : 'invalid_request_error' },
    }),
  },
};

/** A host's answer as it streams from the simulated Anthropic, in the program's own shape. */
export function reshapedStream(shape: LocalShape): Transform {
  const ids = new Map<string, string>();
  let rest = '';
  const reshaped = (frame: string): string => {
    const json = /^data: (.*)$/m.exec(frame)?.[1];
    const event = json === undefined ? undefined : parsed(json);
    if (event === undefined) return `${frame}\n\n`;
    if (event.type === 'ping' && shape.noPing) return '';
    if (event.delta?.type === 'signature_delta' && shape.unsigned) return '';
    reshape(event, shape, ids);
    const after = event.type === 'message_stop' ? (shape.after ?? '') : '';
    return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n${after}`;
  };
  return new Transform({
    transform(chunk: Buffer, _, done) {
      // Latin-1 keeps every byte, wherever characters are cut.
      rest += chunk.toString('latin1');
      const frames = rest.split('\n\n');
      rest = frames.pop()!;
      const text = frames.map((frame) => reshaped(Buffer.from(frame, 'latin1').toString())).join('');
      done(null, Buffer.from(text));
    },
    flush(done) {
      done(null, Buffer.from(rest, 'latin1'));
    },
  });
}

/** A whole message, or an error. */
export function reshapedBody(shape: LocalShape, status: number, text: string): string {
  const body = parsed(text);
  if (body === undefined) return text;
  if (status >= 400) return JSON.stringify(shape.error(status, body.error?.message ?? text));
  reshape(body, shape, new Map());
  return JSON.stringify(body);
}

function reshape(event: any, shape: LocalShape, ids: Map<string, string>): void {
  const blocks = [event.content_block, ...(event.content ?? [])].filter(Boolean);
  for (const block of blocks) {
    if (block.type === 'thinking' && shape.unsigned) delete block.signature;
    if (block.type !== 'tool_use') continue;
    if (!ids.has(block.id)) ids.set(block.id, shape.toolId());
    block.id = ids.get(block.id);
  }
  for (const usage of [event.usage, event.message?.usage].filter(Boolean)) {
    delete usage.service_tier;
    if (shape.bareUsage && usage.input_tokens !== undefined) {
      // The count of a prompt includes what was in the cache.
      usage.input_tokens += usage.cache_read_input_tokens ?? 0;
      delete usage.cache_read_input_tokens;
      delete usage.cache_creation_input_tokens;
    }
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
