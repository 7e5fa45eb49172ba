/** What a terminal shows, as runs of characters of one look: of `tmux capture-pane -e`, which knows colours and no cursor. */
export type Run = {
  text: string;
  /** A colour of CSS; undefined: the terminal's own. */
  colour?: string;
  background?: string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
};

type Look = Omit<Run, 'text'> & { inverse?: boolean };

/** Colours of the palette 0 to 15. */
const PALETTE = [
  '#3b4252', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9',
  '#7f8796', '#ff7b86', '#b5e890', '#ffd68a', '#82c7ff', '#dd9bf0', '#7fd6e0', '#ffffff',
]; // prettier-ignore

/** @returns a list of runs for each line. */
export function runsOf(capture: string): Run[][] {
  let look: Look = {};
  return capture
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      const runs: Run[] = [];
      // oxlint-disable-next-line no-control-regex -- escape sequences are what is read
      for (const part of line.split(/(\u001B\[[\d;:]*m|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\))/)) {
        if (part.startsWith('\u001B[')) look = changed(look, part.slice(2, -1).split(/[;:]/).map(Number));
        else if (part !== '' && !part.startsWith('\u001B')) runs.push({ ...shown(look), text: part });
      }
      return runs;
    });
}

function shown({ inverse, ...look }: Look): Omit<Run, 'text'> {
  if (!inverse) return look;
  const { colour = 'foreground', background = 'background', ...others } = look;
  return { ...others, colour: background, background: colour };
}

function changed(look: Look, codes: number[]): Look {
  let next: Look = { ...look };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(at + 1));
      next[code === 38 ? 'colour' : 'background'] = colour;
      at += used;
    } else next = simple(next, code);
  }
  return next;
}

function simple(look: Look, code: number): Look {
  const { colour, background, bold, dim, ...others } = look;
  if (code === 0) return {};
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 4) return { ...look, underline: true };
  if (code === 7) return { ...look, inverse: true };
  if (code === 22) return { ...others, ...defined({ colour, background }) };
  if (code === 23) return { ...look, italic: false };
  if (code === 24) return { ...look, underline: false };
  if (code === 27) return { ...look, inverse: false };
  if (code === 39) return { ...others, ...defined({ background, bold, dim }) };
  if (code === 49) return { ...others, ...defined({ colour, bold, dim }) };
  if (code >= 30 && code <= 37) return { ...look, colour: PALETTE[code - 30]! };
  if (code >= 90 && code <= 97) return { ...look, colour: PALETTE[code - 82]! };
  if (code >= 40 && code <= 47) return { ...look, background: PALETTE[code - 40]! };
  if (code >= 100 && code <= 107) return { ...look, background: PALETTE[code - 92]! };
  return look;
}

/** `5;208` or `2;255;135;0`. @returns the colour, and how many numbers it took. */
function extended([kind, ...numbers]: number[]): [colour: string, used: number] {
  if (kind === 2) return [`rgb(${numbers.slice(0, 3).join(' ')})`, 4];
  return [paletteColour(numbers[0] ?? 0), 2];
}

function paletteColour(index: number): string {
  if (index < 16) return PALETTE[index]!;
  if (index >= 232) return grey(8 + (index - 232) * 10);
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level).join(' ')})`;
}

function grey(value: number): string {
  return `rgb(${value} ${value} ${value})`;
}

function defined<T extends object>(fields: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
