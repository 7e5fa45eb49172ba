import { createHash } from 'node:crypto';
import { CAVEAT, STEP, noteLines, stepLines, sumLines, type Line, type Outcome } from './demo-outcome.ts';

/** The four sessions side by side as one page that needs nothing else, each note as it was sent. No script is in it. */
export function comparisonPage(outcomes: readonly Outcome[]): string {
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  const pairs = outcomes.filter((_, index) => index % 2 === 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ccmux: what the next model was told</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>The same 25 minutes, handed over four times</h1>
<p>Claude hunts a race in a payment module until its limit strikes, in the middle of a tool loop; Gemini goes on.</p>
<div class="wide" tabindex="0" role="region" aria-label="Side by side">
<table>
<thead>
<tr><td></td>${pairs.map(({ thinking }) => `<th scope="colgroup" colspan="2">thinking ${thinking}</th>`).join('')}</tr>
<tr><td></td>${outcomes.map(({ memory }) => `<th scope="col">memory ${memory}</th>`).join('')}</tr>
</thead>
${body('What Gemini was told', noteLines(outcomes), outcomes.length)}
${body('What Gemini did', stepLines(outcomes), outcomes.length)}
${body('In all', sumLines(outcomes), outcomes.length)}
</table>
</div>
<p class="quiet"><b>${STEP.again}</b>: Claude had done it, and no file had changed since. ${escaped(CAVEAT)}</p>
${outcomes.map(noteSection).join('\n')}
</main>
</body>
</html>
`;
}

function body(title: string, lines: readonly Line[], columns: number): string {
  const rows = lines.map(({ label, cells }) => {
    const name = /[/=]|--/.test(label) ? `<code>${escaped(label)}</code>` : escaped(label);
    return `<tr><th scope="row">${name}</th>${cells.map(cellOf).join('')}</tr>`;
  });
  return `<tbody>
<tr><th scope="rowgroup" colspan="${columns + 1}" class="part">${title}</th></tr>
${rows.join('\n')}
</tbody>`;
}

function cellOf(text: string): string {
  const look = text === STEP.again ? ' class="again"' : text === STEP.spared || text === 'none' ? ' class="quiet"' : '';
  return `<td${look}>${escaped(text)}</td>`;
}

function noteSection({ thinking, memory, note }: Outcome): string {
  if (note?.text === undefined) return '';
  return `<h2>The note with thinking ${thinking}, memory ${memory}, as it was sent</h2>
<pre tabindex="0">${escaped(note.text)}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; --paper: #f8f7f3; --panel: #fff; --line: #e3dfd5; --ink: #1d1c19; --quiet: #646058; --warn: #855700; --warn-soft: #fbf0d9; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141311; --panel: #1d1c19; --line: #35322c; --ink: #eceae4; --quiet: #a7a298; --warn: #eab954; --warn-soft: #33290f; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 0.25rem; }
h2 { font-size: 1rem; margin: 2rem 0 0.5rem; }
.wide { overflow-x: auto; margin: 1.25rem 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; min-width: 40rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.9rem; text-align: left; font-weight: normal; }
thead th { font-weight: 600; border-bottom: 1px solid var(--line); }
thead th[colspan]:last-child, td:nth-child(4), thead tr:last-child th:nth-child(4) { border-left: 1px solid var(--line); }
tbody .part { padding-top: 1rem; font-weight: 600; }
tbody:last-child tr:not(:first-child) { font-weight: 600; }
tbody tr:not(:first-child) { border-top: 1px solid var(--line); }
.again { color: var(--warn); background: var(--warn-soft); }
.quiet { color: var(--quiet); }
code, pre { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 0.85rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: 0.9rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
`;
