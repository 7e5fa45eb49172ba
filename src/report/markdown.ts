import { styleText } from 'node:util';
import stringWidth from 'string-width';
import wrap from 'wrap-ansi';

/*
 * ccmux's own pages, in a terminal: headings, paragraphs, lists, tables, fenced code, and inside of a line code, bold and
 * links. A page holds nothing else, which a test checks.
 */

export type Look = {
  width: number;
  color: boolean;
  /** What is shown of a link beside its text. */
  link(target: string): string;
};

/** A space at which no line is broken: a command stays on one line. */
const GLUE = '\u00A0';
const LONGEST_GLUED = 40;

/** Wider lines are hard to read. */
const WIDEST = 100;

/** @returns lines, each within the width, except code that is longer. */
export function renderMarkdown(page: string, look: Look): string {
  const narrow = { ...look, width: Math.max(20, Math.min(look.width, WIDEST)) };
  const blocks = blocksOf(page).map((block) => RENDER[block.kind](block.lines, narrow));
  return `${blocks.join('\n\n')}\n`.replaceAll(GLUE, ' ');
}

type Kind = 'heading' | 'code' | 'table' | 'list' | 'paragraph';
type Block = { kind: Kind; lines: string[] };

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const line of page.split(/\r?\n/)) {
    if (open?.kind === 'code' && (open.lines.length === 1 || open.lines.at(-1) !== '```')) {
      open.lines.push(line);
      continue;
    }
    const kind = kindOf(line, open?.kind);
    if (kind === undefined) open = undefined;
    else if (open?.kind === kind && kind !== 'heading' && kind !== 'code') open.lines.push(line);
    else blocks.push((open = { kind, lines: [line] }));
  }
  return blocks;
}

/** @param before the block that is open: an indented line continues its list. */
function kindOf(line: string, before: Kind | undefined): Kind | undefined {
  if (line.trim() === '') return undefined;
  if (line.startsWith('```')) return 'code';
  if (/^#+ /.test(line)) return 'heading';
  if (line.startsWith('|')) return 'table';
  if (/^(-|\d+\.) /.test(line) || (before === 'list' && line.startsWith(' '))) return 'list';
  return 'paragraph';
}

const RENDER: Record<Kind, (lines: string[], look: Look) => string> = {
  heading([line = ''], look) {
    const [, marks = '', text = ''] = /^(#+) (.*)$/.exec(line) ?? [];
    if (!look.color) return text.toUpperCase();
    return paint(marks.length === 1 ? ['bold', 'underline'] : 'bold', inline(text, look), look);
  },
  code: (lines, look) =>
    lines
      .slice(1, -1)
      .map((line) => paint('cyan', `    ${line}`.trimEnd(), look))
      .join('\n'),
  paragraph: (lines, look) => wrapped(inline(lines.join(' '), look), look.width),
  list(lines, look) {
    const items: string[] = [];
    for (const line of lines) {
      if (line.startsWith(' ')) items[items.length - 1] += ` ${line.trim()}`;
      else items.push(line);
    }
    return items
      .map((item) => {
        const mark = /^(-|\d+\.) /.exec(item)?.[0] ?? '- ';
        return indented(inline(item.slice(mark.length), look), look.width, mark);
      })
      .join('\n');
  },
  table(lines, look) {
    const [head = [], , ...rows] = lines.map((line) => cellsOf(line).map((cell) => inline(cell, look)));
    const terms = Math.max(...rows.map(([term = '']) => stringWidth(term)));
    const isNarrow = head.length === 2 && terms <= look.width * 0.4;
    const gap = head.length > 2 ? '\n\n' : '\n';
    return rows.map((row) => (isNarrow ? columns(row, terms, look) : record(head, row, look))).join(gap);
  },
};

function columns([term = '', meaning = '']: string[], width: number, look: Look): string {
  return indented(meaning, look.width, term + ' '.repeat(width + 2 - stringWidth(term)));
}

/** A row of many or long cells: its first cell, and the others below it, from the third on with their column's name. */
function record(head: string[], [term = '', ...cells]: string[], look: Look): string {
  const lines = cells.flatMap((cell, at) => {
    if (cell === '') return [];
    const name = at === 0 ? '' : `${paint('dim', `${head[at + 1]}:`, look)} `;
    return [indented(name + cell, look.width, '    ')];
  });
  return [wrapped(paint('bold', term, look), look.width), ...lines].join('\n');
}

/** Cells between bars; a bar inside of code is escaped. */
function cellsOf(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

function inline(text: string, look: Look): string {
  // Code first: what it holds is no markup.
  return text
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (part.startsWith('`')) return paint('cyan', glued(look.color ? part.slice(1, -1) : part), look);
      return part
        .replaceAll(
          /\[([^\]]+)\]\(([^)]+)\)/g,
          (_, words: string, target: string) => `${words} (${glued(look.link(target))})`,
        )
        .replaceAll(/\*\*([^*]+)\*\*/g, (_, words: string) => paint('bold', words, look));
    })
    .join('');
}

function glued(text: string): string {
  return text.length > LONGEST_GLUED ? text : text.replaceAll(' ', GLUE);
}

/** @param mark before the first line; the others begin below its end. */
function indented(text: string, width: number, mark: string): string {
  const indent = stringWidth(mark);
  return mark + wrapped(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

function wrapped(text: string, width: number): string {
  return wrap(text, Math.max(width, 10), { hard: true });
}

function paint(style: Parameters<typeof styleText>[0], text: string, { color }: Look): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
