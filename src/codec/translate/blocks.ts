import type { MessageEvent, ServerBlock } from '../anthropic.ts';
import { createHalfJoiner, mendHalves } from '../halves.ts';
import { serverBlockEvents } from '../search-blocks.ts';

/** One block of an answer, while it is being written. A call without input is not complete yet. */
export type Block =
  | { kind: 'text'; chunks: string[] }
  | { kind: 'call'; id: string; name: string; input: Record<string, unknown> | undefined }
  | { kind: 'server'; block: ServerBlock };

/**
 * Content blocks in Anthropic's order: one open at a time, numbered from 0. Texts are passed on as they come; a call is
 * complete when it is added. Later blocks wait while a call is being collected, so that the blocks keep the model's
 * order.
 */
export function createBlockWriter(): {
  text(delta: string): void;
  /** Ends the current text block. */
  endText(): void;
  /** Keeps a place for a call that is still being collected. */
  startCall(): Block & { kind: 'call' };
  /** Adds a whole block of one of the host's own tools. */
  server(block: ServerBlock): void;
  /** Removes the place of a call that could not be repaired. */
  dropCall(call: Block): void;
  /** The events that can be sent now. */
  drain(): MessageEvent[];
  /** Closes what is open. A call without input is left out. */
  finish(): MessageEvent[];
} {
  const waiting: Block[] = [];
  let openText: { index: number } | undefined;
  let next = 0;
  let textEnded = true;
  const halves = createHalfJoiner();

  function addText(text: string): void {
    if (text === '') return;
    const last = waiting.at(-1);
    if (last?.kind === 'text' && !textEnded) last.chunks.push(text);
    else waiting.push({ kind: 'text', chunks: [text] });
    textEnded = false;
  }

  function endText(): void {
    addText(halves.end());
    textEnded = true;
  }

  function closeText(): MessageEvent[] {
    if (openText === undefined) return [];
    const { index } = openText;
    openText = undefined;
    return [{ type: 'content_block_stop', index }];
  }

  function write(block: Block): MessageEvent[] {
    if (block.kind === 'text') {
      const events: MessageEvent[] = [];
      if (openText === undefined) {
        // Claude rejects a transcript with a text of white space alone: such a block is never begun.
        if (block.chunks.every((chunk) => chunk.trim() === '')) return [];
        openText = { index: next++ };
        events.push({ type: 'content_block_start', index: openText.index, content_block: { type: 'text', text: '' } });
      }
      const { index } = openText;
      for (const text of block.chunks.splice(0))
        events.push({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } });
      return events;
    }
    const index = next++;
    if (block.kind === 'server') return serverBlockEvents(block.block, index);
    return [
      {
        type: 'content_block_start',
        index,
        content_block: { type: 'tool_use', id: block.id, name: block.name, input: {} },
      },
      {
        type: 'content_block_delta',
        index,
        delta: { type: 'input_json_delta', partial_json: mendHalves(JSON.stringify(block.input)) },
      },
      { type: 'content_block_stop', index },
    ];
  }

  function drain(): MessageEvent[] {
    const events: MessageEvent[] = [];
    for (let block = waiting[0]; block !== undefined; block = waiting[0]) {
      if (block.kind === 'call' && block.input === undefined) break;
      if (block.kind !== 'text') events.push(...closeText());
      events.push(...write(block));
      // The last text may still grow.
      if (block.kind === 'text' && waiting.length === 1 && !textEnded) break;
      waiting.shift();
      if (block.kind === 'text') events.push(...closeText());
    }
    return events;
  }

  return {
    text: (delta) => addText(halves.push(delta)),
    endText,
    startCall() {
      endText();
      const call: Block & { kind: 'call' } = { kind: 'call', id: '', name: '', input: undefined };
      waiting.push(call);
      return call;
    },
    server(block) {
      endText();
      waiting.push({ kind: 'server', block });
    },
    dropCall(call) {
      const at = waiting.indexOf(call);
      if (at >= 0) waiting.splice(at, 1);
    },
    drain,
    finish() {
      endText();
      const kept = waiting.filter((block) => block.kind !== 'call' || block.input !== undefined);
      waiting.splice(0, waiting.length, ...kept);
      return [...drain(), ...closeText()];
    },
  };
}
