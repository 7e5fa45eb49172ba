import { styleText } from 'node:util';
import { layTable, type Column } from '../report/table.ts';
import { dollars } from '../words/money.ts';
import { duration } from '../words/time.ts';
import { STEPS, TAKE_OVER, type StepName } from './drill-steps.ts';
import type { Drilled, StepResult } from './drill-verdict.ts';

type Style = { width: number; color: boolean };

const MARKS: Record<StepResult['mark'], [mark: string, colour: 'green' | 'yellow' | 'red' | 'dim']> = {
  held: ['✓', 'green'],
  lost: ['·', 'dim'],
  weak: ['!', 'yellow'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
};

/** Providers down, steps across, and below the table what did not hold, and what translation lost. */
export async function drillText(drilled: readonly Drilled[], { width, color }: Style): Promise<string> {
  const { default: wrap } = await import('wrap-ansi');
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const steps = [...Object.entries(STEPS), ['over', TAKE_OVER]] as [StepName | 'over', string][];
  const shown = steps.filter(([name]) => drilled.some((one) => one.steps[name]));
  const resultOf = (one: Drilled, name: StepName | 'over'): StepResult => one.steps[name] ?? { mark: 'skipped' };
  const columns: Column[] = [
    { head: '', cells: drilled.map(({ label }) => label), atLeast: 12 },
    ...shown.map(([name, head]): Column => {
      const results = drilled.map((one) => resultOf(one, name));
      return {
        head,
        cells: results.map(({ mark, ms }) => `${MARKS[mark][0]}${ms === undefined ? '' : ` ${duration(ms)}`}`),
        paint: (cell, row) => paint(MARKS[results[row]!.mark][1], cell),
      };
    }),
    { head: 'cost', cells: drilled.map(({ usd }) => (usd === 0 ? '$0' : dollars(usd))), align: 'right' },
  ];
  const notes = drilled.flatMap((one) => [
    ...shown.flatMap(([name, head]) => {
      const { mark, detail } = resultOf(one, name);
      return detail === undefined ? [] : [`${paint(MARKS[mark][1], MARKS[mark][0])} ${one.label}, ${head}: ${detail}`];
    }),
    ...one.losses.map((loss) => `· ${one.label}: ${loss}`),
  ]);
  const table = layTable(columns, width, (text) => paint('bold', text));
  const lines = notes.map((note) => wrap(note, width - 2, { hard: true }).replaceAll('\n', '\n  '));
  return `${[...table, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n')}\n`;
}
