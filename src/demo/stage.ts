/** What the demo shows: the user's words, the client's work as it happens, ccmux's notices. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Text reads well up to here. */
const WIDEST = 78;
/** On a terminal that is narrower still, the terminal breaks the lines. */
const NARROWEST = 24;

/** One line of `claude --output-format stream-json`, as far as the stage needs it. */
export type StreamLine = {
  type: string;
  is_error?: boolean;
  result?: string;
  event?: {
    type: string;
    message?: { model: string };
    delta?: { type: string; text?: string };
    content_block?: { type: string };
  };
  message?: {
    model?: string;
    content: string | { type: string; name?: string; input?: Record<string, unknown>; content?: unknown }[];
  };
};

export type Stage = {
  opening(text: string): void;
  /** What is played next. */
  act(title: string): void;
  /** Types the user's words, `typeMs` a character. @param mark the message's number, or when it is typed. */
  turn(mark: string, typed: string, typeMs: number): Promise<void>;
  /** What a model thinks, which may be hidden from everybody else. */
  thought(text: string): void;
  /** Shows a line of the client's stream. */
  show(line: StreamLine): void;
  /** The turn is over: says who answered it. */
  credit(): void;
  notice(text: string): void;
  note(text: string): void;
  /** A program's output beside the conversation: the client's own error, the footer, another terminal. */
  aside(kind: 'error' | 'footer' | 'shell', text: string): void;
  /** The models that have answered, in order, one entry per turn. */
  answeredBy(): string[][];
};

/** @param write to the terminal, which has so many columns; @param project its path is cut from what the tools name. */
export function createStage(write: (text: string) => void, columns: number, project: string): Stage {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns - 2));
  const turns: string[][] = [];
  let column = 0;
  let model = '';
  let heldBack = '';
  let speaking = false;

  const paint = (name: string) => (name.startsWith('claude') ? pc.yellow : pc.blue);
  const line = (text = '') => {
    release();
    if (column > 0) write('\n');
    column = 0;
    write(`${text}\n`);
  };
  const wrapped = (text: string, indent: string, hanging = indent) => {
    const rows = wrapAnsi(text, width - stringWidth(stripVTControlCharacters(hanging))).split('\n');
    rows.forEach((row, index) => line(`${index === 0 ? indent : hanging}${row}`));
  };
  /** Text as it streams in, broken between words; a word waits until it is whole. */
  const flow = (text: string) => {
    const words = (heldBack + text).split(/(?<=\s)|(?=\n)/);
    heldBack = /\s$/.test(words.at(-1) ?? '') ? '' : (words.pop() ?? '');
    for (const word of words) put(word);
  };
  const release = () => {
    if (heldBack) put(heldBack);
    heldBack = '';
  };
  const put = (word: string) => {
    if (column > 4 && column + stringWidth(word.trimEnd()) > width) {
      write('\n');
      column = 0;
    }
    if (column === 0 && word !== '\n') {
      write('    ');
      column = 4;
    }
    write(word);
    column = word === '\n' ? 0 : column + stringWidth(word);
  };
  const toolLine = (name: string, input: Record<string, unknown>) => {
    const what = String(input['file_path'] ?? input['command'] ?? '').replace(`${project}/`, '');
    line(`  ${paint(model)('●')} ${pc.bold(name)} ${cut(what, width - name.length - 5)}`);
  };

  return {
    opening(text) {
      line();
      line(pc.bold('ccmux demo'));
      wrapped(text, '');
    },
    act(title) {
      line();
      wrapped(pc.bold(title), '');
    },
    async turn(mark, typed, typeMs) {
      turns.push([]);
      model = '';
      line();
      write(`${pc.dim(mark)} ${pc.bold(pc.green('❯'))} `);
      const hanging = mark.length + 3;
      for (const character of wrapAnsi(typed, width - hanging)) {
        write(character === '\n' ? `\n${' '.repeat(hanging)}` : pc.bold(character));
        if (typeMs > 0) await sleep(typeMs);
      }
      write('\n');
    },
    show({ type, event, message }) {
      if (type === 'stream_event' && event?.type === 'message_start' && event.message) {
        model = event.message.model;
        const answered = turns.at(-1);
        if (answered && answered.at(-1) !== model) answered.push(model);
        speaking = false;
      } else if (type === 'stream_event' && event?.delta?.type === 'text_delta') {
        if (!speaking) {
          write(`  ${paint(model)('●')} `);
          column = 4;
          speaking = true;
        }
        flow(event.delta.text ?? '');
      } else if (type === 'stream_event' && event?.type === 'content_block_stop') {
        release();
      } else if (type === 'assistant' && Array.isArray(message?.content)) {
        for (const block of message.content)
          if (block.type === 'tool_use') toolLine(block.name ?? '', block.input ?? {});
      } else if (type === 'user' && Array.isArray(message?.content)) {
        for (const block of message.content) {
          const text = typeof block.content === 'string' ? block.content : '';
          const rows = text.trimEnd().split('\n');
          if (
            block.type === 'tool_result' &&
            rows.length <= 6 &&
            rows.every((row) => row.length < 70 && !/^\s*\d+[→\t]/.test(row))
          )
            rows.forEach((row, index) =>
              line(pc.dim(`    ${index === 0 ? '⎿ ' : '  '}${cut(row.replaceAll(`${project}/`, ''), width - 6)}`)),
            );
        }
      }
    },
    credit() {
      const names = turns.at(-1) ?? [];
      if (names.length > 0)
        wrapped(`${pc.dim('answered by')} ${names.map((name) => paint(name)(name)).join(pc.dim(', then '))}`, '    ');
    },
    thought(text) {
      wrapped(pc.dim(pc.italic(text)), `  ${pc.dim('✻')} `, '    ');
    },
    notice(text) {
      // It may come in the middle of a word: that one goes on below.
      const word = heldBack;
      heldBack = '';
      wrapped(pc.bold(pc.magenta(text)), `  ${pc.magenta('┃')} `);
      heldBack = word;
    },
    note(text) {
      line();
      wrapped(pc.dim(text), '  ');
    },
    aside(kind, text) {
      if (kind === 'error') wrapped(pc.red(text), `  ${pc.red('●')} `, '    ');
      // The footer comes in the colours of a terminal.
      else
        wrapped(
          pc.isColorSupported ? text : stripVTControlCharacters(text),
          kind === 'shell' ? `  ${pc.dim('$')} ` : '  ',
          '    ',
        );
    },
    answeredBy: () => turns,
  };
}

/** Commands and what they print have no wide characters here. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
