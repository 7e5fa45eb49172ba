/** `losses`: what was dropped or changed on the way, by kind. */
export type Cell = { mark: 'pass'; losses: string[] } | { mark: 'fail' } | { mark: 'n/a'; why: string };

const MARKS = { pass: '✓', fail: '✗', 'n/a': '·' } as const;
const LOSSY = '~';

/** Providers down, scenarios across, one character each; below it the scenarios' names and why a cell does not apply. */
export function tableOf(cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>, scenarios: readonly string[]): string {
  const width = Math.max(...[...cells.keys()].map((id) => id.length));
  const ruler = scenarios
    .map((_, at) => ((at + 1) % 10 === 0 ? String((at + 1) / 10) : String((at + 1) % 10)))
    .join('');
  const lines = [`${'conformance'.padEnd(width)}  ${ruler}`];
  for (const [id, row] of cells) {
    const marks = scenarios.map((name) => markOf(row.get(name))).join('');
    lines.push(`${id.padEnd(width)}  ${marks}`);
  }
  lines.push('', '✓ holds   ~ holds, and something is lost and said   ✗ does not   · does not apply', '');
  scenarios.forEach((name, at) => lines.push(`${String(at + 1).padStart(2)} ${name}`));
  lines.push('', 'Does not apply:');
  for (const [why, places] of reasons(cells, scenarios)) {
    lines.push(`  ${why}`);
    for (const [ids, numbers] of places) lines.push(`    ${ranges(numbers)}: ${ids}`);
  }
  return lines.join('\n');
}

function markOf(cell: Cell | undefined): string {
  if (cell?.mark === 'pass' && cell.losses.length > 0) return LOSSY;
  return MARKS[cell?.mark ?? 'fail'];
}

/** Why, then who with which scenarios. */
function reasons(
  cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>,
  scenarios: readonly string[],
): Map<string, Map<string, number[]>> {
  const found = new Map<string, Map<string, number[]>>();
  scenarios.forEach((name, at) => {
    const byWhy = new Map<string, string[]>();
    for (const [id, row] of cells) {
      const cell = row.get(name);
      if (cell?.mark === 'n/a') byWhy.set(cell.why, [...(byWhy.get(cell.why) ?? []), id]);
    }
    for (const [why, ids] of byWhy) {
      const places = found.get(why) ?? new Map<string, number[]>();
      const key = ids.join(', ');
      places.set(key, [...(places.get(key) ?? []), at + 1]);
      found.set(why, places);
    }
  });
  return found;
}

/** `1-4 8 10-12` */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
}
