/** What the demo shows: the user's words, the client's work as it happens, ccmux's notices. At most 80 columns. */
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const WIDTH = 78;

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
  opening(): void;
  turn(number: number, typed: string): void;
  /** Shows a line of the client's stream. */
  show(line: StreamLine): void;
  /** The turn is over: says who answered it. */
  credit(): void;
  notice(text: string): void;
  note(text: string): void;
  /** The models that have answered, in order, one entry per turn. */
  answeredBy(): string[][];
};

/** @param write to the terminal; @param project its path is cut from what the tools name. */
export function createStage(write: (text: string) => void, project: string): Stage {
  const turns: string[][] = [];
  let column = 0;
  let model = '';

  const paint = (name: string) => (name.startsWith('claude') ? pc.yellow : pc.blue);
  const line = (text = '') => {
    if (column > 0) write('\n');
    column = 0;
    write(`${text}\n`);
  };
  const wrapped = (text: string, indent: string, hanging = indent) => {
    const rows = wrapAnsi(text, WIDTH - stringWidth(stripVTControlCharacters(hanging))).split('\n');
    rows.forEach((row, index) => line(`${index === 0 ? indent : hanging}${row}`));
  };
  /** Words as they stream in, broken at the edge. */
  const flow = (text: string) => {
    for (const word of text.split(/(?<=\s)|(?=\n)/)) {
      if (word === '\n') {
        write('\n');
        column = 0;
        continue;
      }
      if (column > 0 && column + stringWidth(word.trimEnd()) > WIDTH) {
        write('\n');
        column = 0;
      }
      if (column === 0) {
        write('    ');
        column = 4;
      }
      write(word);
      column += stringWidth(word);
    }
  };
  const toolLine = (name: string, input: Record<string, unknown>) =>
    line(
      `  ${paint(model)('●')} ${pc.bold(name)} ${String(input['file_path'] ?? input['command'] ?? '').replace(`${project}/`, '')}`,
    );

  return {
    opening() {
      line();
      line(pc.bold('ccmux demo'));
      wrapped(
        'The real Claude Code, two simulated providers on loopback: Claude first, then Gemini. No key, no network, and a folder that is gone afterwards.',
        '',
      );
    },
    turn(number, typed) {
      turns.push([]);
      model = '';
      line();
      line(`${pc.dim(String(number))} ${pc.bold(pc.green('❯'))} ${pc.bold(typed)}`);
    },
    show({ type, event, message }) {
      if (type === 'stream_event' && event?.type === 'message_start' && event.message) {
        model = event.message.model;
        const answered = turns.at(-1);
        if (answered && answered.at(-1) !== model) answered.push(model);
      } else if (type === 'stream_event' && event?.delta?.type === 'text_delta') {
        if (column === 0) {
          write(`  ${paint(model)('●')} `);
          column = 4;
        }
        flow(event.delta.text ?? '');
      } else if (type === 'assistant' && Array.isArray(message?.content)) {
        for (const block of message.content)
          if (block.type === 'tool_use') toolLine(block.name ?? '', block.input ?? {});
      } else if (type === 'user' && Array.isArray(message?.content)) {
        for (const block of message.content) {
          const text = typeof block.content === 'string' ? block.content : '';
          const rows = text.trim().split('\n');
          if (
            block.type === 'tool_result' &&
            rows.length <= 6 &&
            rows.every((row) => row.length < 70 && !/^\s*\d+[→\t]/.test(row))
          )
            rows.forEach((row, index) =>
              line(pc.dim(`    ${index === 0 ? '⎿ ' : '  '}${row.replaceAll(`${project}/`, '')}`)),
            );
        }
      }
    },
    credit() {
      const names = turns.at(-1) ?? [];
      if (column > 0) line();
      line(`    ${pc.dim('answered by')} ${names.map((name) => paint(name)(name)).join(pc.dim(', then '))}`);
    },
    notice(text) {
      if (column > 0) line();
      wrapped(pc.bold(pc.magenta(text)), `  ${pc.magenta('┃')} `);
    },
    note(text) {
      line();
      wrapped(pc.dim(text), '  ');
    },
    answeredBy: () => turns,
  };
}
