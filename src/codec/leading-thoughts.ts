const OPENING = ['<think>', '<thinking>', '<thought>'];

/** A piece of text, split into answer and reasoning. */
export type Sorted = { text: string; thought: string };

/**
 * Tells reasoning from answer where a host writes both into the text: `<think>…</think>` at the very beginning, as
 * DeepSeek R1, Qwen 3 and others were trained to, when nothing in front of them parses it. Later in a text such a tag
 * is part of the answer. Pieces may be cut anywhere.
 */
export function createThoughtSorter(): {
  push(text: string): Sorted;
  /** A part of the text has ended: the held-back beginning belongs to it, not to a later part. */
  endPart(): Sorted;
  /** The end of the text: the held-back part is what it has looked like so far. */
  end(): Sorted;
} {
  let state: 'start' | 'thought' | 'gap' | 'text' = 'start';
  let held = '';
  let closing = '';

  function push(piece: string): Sorted {
    const sorted: Sorted = { text: '', thought: '' };
    held += piece;
    if (state === 'start') {
      const begun = held.trimStart();
      const opening = OPENING.find((tag) => begun.startsWith(tag));
      if (opening !== undefined) {
        state = 'thought';
        closing = opening.replace('<', '</');
        held = begun.slice(opening.length);
      } else if (OPENING.some((tag) => tag.startsWith(begun))) return sorted;
      else state = 'text';
    }
    if (state === 'thought') {
      const end = held.indexOf(closing);
      const safe = end === -1 ? held.length - partAtEnd(held, closing) : end;
      sorted.thought = held.slice(0, safe);
      held = held.slice(safe);
      if (end === -1) return sorted;
      held = held.slice(closing.length);
      state = 'gap';
    }
    if (state === 'gap') {
      held = held.trimStart();
      if (held === '') return sorted;
      state = 'text';
    }
    sorted.text = held;
    held = '';
    return sorted;
  }

  return {
    push,
    endPart() {
      if (state !== 'start') return { text: '', thought: '' };
      const text = held;
      held = '';
      if (text.trim() !== '') state = 'text';
      return { text, thought: '' };
    },
    end() {
      const rest = held;
      held = '';
      return state === 'thought' ? { text: '', thought: rest } : { text: rest, thought: '' };
    },
  };
}

/** The number of characters at the end that may begin the tag. */
function partAtEnd(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length;
  return 0;
}

/**
 * Calls that a model wrote into its text, because its server does not know its template: Hermes and Qwen
 * (`<tool_call>`), Anthropic's old form, Llama (`<function=…>`, `<|python_tag|>`), Mistral, Kimi and DeepSeek.
 */
const WRITTEN_CALL =
  /^\s*(?:<tool_calls?>|<function_calls>|<invoke name=|<function=\w|<\|python_tag\|>|<\|tool_calls?_(?:begin|section_begin)\|>|<｜tool▁calls▁begin｜>|\[TOOL_CALLS\])/m;

/** True for a text that contains a tool call as text, which no client runs. */
export function holdsWrittenCall(text: string): boolean {
  return WRITTEN_CALL.test(text);
}
