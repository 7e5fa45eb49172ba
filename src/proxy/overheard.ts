import { buffer } from 'node:stream/consumers';
import { createParser } from 'eventsource-parser';
import type { ContentBlock, Message } from '../codec/anthropic.ts';
import { isRecord } from '../ground/check.ts';
import { decodeBody } from '../providers/encoding.ts';
import type { Answering } from './client.ts';
import { headersOf } from './headers.ts';

/** An answer as its client got it. Each but the last of a session comes back in the next request; that one does not. */
export type Overheard = {
  /** To be used in place of the one that it listens to. */
  answering: Answering;
  /** What it said, for the transcript; undefined where nothing can be understood. */
  read(): Promise<Message | undefined>;
};

/** More is no answer that anybody reads. */
const MOST_BYTES = 8 * 1024 * 1024;

export function overhear(answering: Answering): Overheard {
  let chunks: Buffer[] = [];
  let length = 0;
  let encoding: string | undefined;
  return {
    answering: {
      ...answering,
      commit(status, rawHeaders, own) {
        encoding = headersOf(rawHeaders)['content-encoding'];
        answering.commit(status, rawHeaders, own);
      },
      write(chunk) {
        length += chunk.length;
        if (length > MOST_BYTES) chunks = [];
        // A copy: a chunk may be a slice of something larger.
        else chunks.push(Buffer.from(chunk));
        return answering.write(chunk);
      },
    },
    async read() {
      try {
        const text = await plainText(chunks, encoding);
        const content = /^\s*\{/.test(text) ? contentOf(JSON.parse(text)) : readEvents(text);
        return content.length === 0 ? undefined : { role: 'assistant', content };
      } catch {
        // Cut, or in an encoding that nobody knows: the session ends without it.
        return undefined;
      }
    },
  };
}

async function plainText(chunks: readonly Buffer[], encoding: string | undefined): Promise<string> {
  const bytes = Buffer.concat(chunks);
  // A stream that a ping had opened went on without the encoding of its answer.
  if (encoding === undefined || /^\s*(?:\{|event:|data:|:)/.test(bytes.toString('utf8', 0, 64)))
    return bytes.toString();
  const whole = (async function* () {
    yield bytes;
  })();
  return (await buffer(decodeBody(whole, encoding, 'anthropic'))).toString();
}

function contentOf(message: unknown): ContentBlock[] {
  const content = isRecord(message) ? message['content'] : undefined;
  return Array.isArray(content) ? (content as ContentBlock[]) : [];
}

/** The blocks that a stream spells out. */
function readEvents(text: string): ContentBlock[] {
  const blocks = new Map<unknown, ContentBlock>();
  const inputs = new Map<unknown, string>();
  const parser = createParser({
    onEvent({ data }) {
      const { type, index, content_block: block, delta } = JSON.parse(data) as Record<string, unknown>;
      if (type === 'content_block_start' && isRecord(block)) blocks.set(index, { ...block } as ContentBlock);
      const open = blocks.get(index);
      if (type !== 'content_block_delta' || !open || !isRecord(delta)) return;
      for (const field of ['text', 'thinking']) {
        if (typeof delta[field] === 'string')
          Object.assign(open, { [field]: `${Object(open)[field] ?? ''}${delta[field]}` });
      }
      if (typeof delta['partial_json'] === 'string')
        inputs.set(index, `${inputs.get(index) ?? ''}${delta['partial_json']}`);
    },
  });
  parser.feed(`${text}\n\n`);
  for (const [index, input] of inputs) Object.assign(blocks.get(index)!, { input: inputOf(input) });
  return [...blocks.values()];
}

/** A call that was cut off has the words that it got to. */
function inputOf(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}
