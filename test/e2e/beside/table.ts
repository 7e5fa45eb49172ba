import type { Seen } from './situation.ts';

export type Row = {
  name: string;
  plain: Seen | undefined;
  /** What differed, in the words of the situation; `undefined` for what nobody expected. */
  differences: { facet: keyof Seen; why: string | undefined }[];
};

const FACETS = { code: 'exit code', stdout: 'stdout', upstream: 'upstream' } as const;

/** Situations down; what plain `claude` did, and in what ccmux differed from it. */
export function besideTable(rows: readonly Row[]): string {
  const lines = [['situation', 'plain claude', 'ccmux claude'], ...rows.map(cellsOf)];
  const widths = [0, 1].map((column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  return lines
    .map(([name, plain, ccmux]) => `${name!.padEnd(widths[0]!)}  ${plain!.padEnd(widths[1]!)}  ${ccmux}`)
    .join('\n');
}

function cellsOf({ name, plain, differences }: Row): string[] {
  if (!plain) return [name, 'did not run', '✗'];
  const requests = plain.upstream.length === 1 ? '1 request' : `${plain.upstream.length} requests`;
  const how = differences.map(({ facet, why }) => `${FACETS[facet]}: ${why ?? '✗ not equal'}`);
  return [name, `exit ${plain.code} · ${requests}`, how.length === 0 ? '=' : how.join(' · ')];
}
