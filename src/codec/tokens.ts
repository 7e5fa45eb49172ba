import type { ContentBlock, Message, MessagesRequest, Source } from './anthropic.ts';

/**
 * How many tokens a request will cost, estimated from its bytes. No tokenizer is shipped: they are megabytes, differ by
 * provider, and Google's and Anthropic's are not public. A ratio that each answer corrects is accurate enough to decide
 * whether a request fits.
 */
export type Ratio = {
  /** UTF-8 bytes of prose per token; denser text is weighed before (see `measure`). */
  bytesPerToken: number;
  /** Answers that corrected it; 0: the stated prior. */
  samples: number;
};

/**
 * The prior: o200k (OpenAI) on bodies like Claude Code's, whose text is instructions, tool schemas and source code.
 * Other families' vocabularies are of like size.
 */
export const PRIOR: Ratio = { bytesPerToken: 4.6, samples: 0 };

/** Tool inputs and results (source code, paths, output) have this many times the tokens of prose of the same length. */
const DENSE = 1.28;

/** Tokens that a wire adds around each message, tool and block. */
const PER_MESSAGE = 4;
const PER_TOOL = 12;
/** An image of the size that Claude Code sends (scaled to at most 1568 pixels a side). */
const PER_IMAGE = 1_500;
/** A PDF page is about 1,500 to 3,000 tokens and, as files go, some 50 KB. */
const PDF_BYTES_PER_TOKEN = 25;

/** A provider's token estimate, which its answers correct. */
export type TokenCounter = {
  /** Input tokens of a request, estimated. */
  count(request: MessagesRequest): number;
  /** Corrects the ratio. @param tokens the provider's count for this request, cached tokens included. */
  learn(request: MessagesRequest, tokens: number): void;
  ratio(): Ratio;
};

/** A counter that begins with the prior. */
export function createTokenCounter(): TokenCounter {
  let ratio = PRIOR;
  return {
    count: (request) => estimateTokens(request, ratio),
    learn(request, tokens) {
      const { textBytes, otherTokens } = measure(request);
      ratio = correct(ratio, textBytes, tokens - otherTokens);
    },
    ratio: () => ratio,
  };
}

/** Input tokens of a request. Images and PDFs count by their kind, never by their base64 text. */
export function estimateTokens(request: MessagesRequest, ratio: Ratio): number {
  const sum = measure(request);
  return Math.ceil(sum.textBytes / ratio.bytesPerToken + sum.otherTokens);
}

type Measure = { textBytes: number; otherTokens: number };

/**
 * A cache of measurements: a request is measured once for all providers, and the parts that a thread's requests share
 * (`proxy/transcripts.ts`) once for the whole thread.
 */
const measured = new WeakMap<object, Measure>();

/**
 * The parts of an estimate. `textBytes`: UTF-8 bytes of prose, plus those of tool inputs and results times `DENSE`.
 * `otherTokens`: images, PDFs and the frame around messages and tools.
 */
export function measure(request: MessagesRequest): Measure {
  return once(request, () => {
    const sum = { textBytes: 0, otherTokens: 0 };
    const add = (part: Measure) => {
      sum.textBytes += part.textBytes;
      sum.otherTokens += part.otherTokens;
    };
    const { system, messages, tools } = request;
    if (Array.isArray(system)) add(once(system, () => measureParts({ system })));
    else add(measureParts({ system }));
    for (const message of messages) add(once(message, () => measureParts({ message })));
    if (tools) add(once(tools, () => measureParts({ tools })));
    return sum;
  });
}

function once(part: object, measureIt: () => Measure): Measure {
  const known = measured.get(part) ?? measureIt();
  measured.set(part, known);
  return known;
}

function measureParts(parts: {
  system?: MessagesRequest['system'];
  message?: Message;
  tools?: MessagesRequest['tools'];
}): Measure {
  const sum = { textBytes: 0, otherTokens: 0 };
  const text = (value: unknown, weight = 1): void => {
    if (typeof value === 'string') sum.textBytes += Buffer.byteLength(value) * weight;
    else if (value !== undefined && value !== null)
      sum.textBytes += Buffer.byteLength(JSON.stringify(value) ?? '') * weight;
  };
  const source = (value: Source | undefined, kind: string): void => {
    if (value?.type === 'base64')
      sum.otherTokens += kind === 'image' ? PER_IMAGE : Math.ceil((value.data.length * 0.75) / PDF_BYTES_PER_TOKEN);
    else if (value?.type === 'text') text(value.data);
    else if (value?.type === 'content') blocks(value.content, 1);
    else sum.otherTokens += PER_IMAGE;
  };
  const blocks = (value: string | ContentBlock[] | undefined, weight: number): void => {
    if (!Array.isArray(value)) return text(value, weight);
    for (const block of value) {
      if (block.type === 'text') text(block['text'], weight);
      else if (block.type === 'image' || block.type === 'document') source(block['source'] as Source, block.type);
      else if (block.type === 'tool_use') {
        text(block['name']);
        text(block['input'], DENSE);
        sum.otherTokens += PER_TOOL;
      } else if (block.type === 'tool_result') {
        blocks(block['content'] as string | ContentBlock[], DENSE);
        sum.otherTokens += PER_TOOL;
      } else if (block.type !== 'thinking' && block.type !== 'redacted_thinking') text(block);
    }
  };

  blocks(parts.system, 1);
  if (parts.message) {
    blocks(parts.message.content, 1);
    sum.otherTokens += PER_MESSAGE;
  }
  for (const tool of parts.tools ?? []) {
    text(tool.name);
    text(tool.description);
    text(tool.input_schema);
    sum.otherTokens += PER_TOOL;
  }
  return sum;
}

/** How far one answer may move the ratio, and the ratio's bounds. */
const WEIGHT_OF_ONE = 0.3;
const LEAST = 1.5;
const MOST = 8;

/**
 * The ratio after an answer reported what a request really cost.
 * @param bytes text bytes of the request.
 * @param tokens the provider's count for them. Small requests are too inexact to count.
 */
export function correct(ratio: Ratio, bytes: number, tokens: number): Ratio {
  if (bytes < 2_000 || tokens <= 0) return ratio;
  const seen = Math.min(MOST, Math.max(LEAST, bytes / tokens));
  const weight = ratio.samples === 0 ? 0.7 : WEIGHT_OF_ONE;
  return { bytesPerToken: ratio.bytesPerToken * (1 - weight) + seen * weight, samples: ratio.samples + 1 };
}
