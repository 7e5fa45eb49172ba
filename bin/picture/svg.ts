import stringWidth from 'string-width';
import { runsOf, type Run } from './ansi.ts';

const CELL = { width: 8.4, height: 19 };
const FONT_SIZE = 14;
const MARGIN = { x: 18, top: 62, bottom: 6 };
const COLOURS = { foreground: '#d8dee9', background: '#15181e', bar: '#1d2129', line: '#2b303b' };

/**
 * A terminal's screen as an SVG in a window of its own. Each run is stretched to its cells, so that columns stay columns
 * in whatever font a reader has.
 */
export function terminalSvg(capture: string, { columns, title }: { columns: number; title: string }): string {
  const lines = runsOf(capture);
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN.x);
  const height = lines.length * CELL.height + MARGIN.top + MARGIN.bottom;
  const rows = lines.flatMap((runs, row) => rowOf(runs, row));
  const font = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${font}" font-size="${FONT_SIZE}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="10" fill="${COLOURS.background}" stroke="${COLOURS.line}"/>
<path d="M0 10a10 10 0 0 1 10-10h${width - 20}a10 10 0 0 1 10 10v22h-${width}z" fill="${COLOURS.bar}"/>
<circle cx="20" cy="16" r="5.5" fill="#e06c75"/><circle cx="38" cy="16" r="5.5" fill="#e5c07b"/><circle cx="56" cy="16" r="5.5" fill="#98c379"/>
<text x="${width / 2}" y="21" fill="#8a93a3" font-size="12" text-anchor="middle">${escaped(title)}</text>
<g>
${rows.join('\n')}
</g>
</svg>
`;
}

function rowOf(runs: readonly Run[], row: number): string[] {
  const top = MARGIN.top + row * CELL.height;
  const parts: string[] = [];
  let column = 0;
  for (const run of runs) {
    const cells = stringWidth(run.text);
    const [x, length] = [MARGIN.x + column * CELL.width, cells * CELL.width];
    column += cells;
    if (run.background !== undefined) {
      parts.push(
        `<rect x="${x.toFixed(1)}" y="${top - 14}" width="${length.toFixed(1)}" height="${CELL.height}" fill="${colourOf(run.background)}"/>`,
      );
    }
    const words = run.text.trim();
    if (words === '') continue;
    // Spaces at the ends would be dropped, and those inside are kept as such: the run fills exactly its cells.
    const from = MARGIN.x + (column - cells + run.text.indexOf(words)) * CELL.width;
    const filled = (stringWidth(words) * CELL.width).toFixed(1);
    parts.push(`<text x="${from.toFixed(1)}" y="${top}" textLength="${filled}"${styleOf(run)}>${glyphs(words)}</text>`);
  }
  return parts;
}

function styleOf({ colour, bold, dim, italic, underline }: Run): string {
  return [
    ` fill="${colourOf(colour ?? 'foreground')}"`,
    bold && ' font-weight="bold"',
    dim && ' opacity="0.6"',
    italic && ' font-style="italic"',
    underline && ' text-decoration="underline"',
  ]
    .filter(Boolean)
    .join('');
}

function colourOf(colour: string): string {
  return colour === 'foreground' || colour === 'background' ? COLOURS[colour] : colour;
}

/** Signs that many monospaced fonts lack, as the nearest that they have. */
const RARE: Readonly<Record<string, string>> = { '⎿': '└', '⏵': '▸', '⏸': '‖', '⏺': '●', ' ': '\u00A0' };

function glyphs(text: string): string {
  return escaped(text.replaceAll(/[⎿⏵⏸⏺ ]/g, (sign) => RARE[sign]!));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
