import { afterAll, expect, it, test } from 'vitest';
import { comparingWords } from '../../src/meaning/by-words.ts';
import { NONE, precisionOf, readLabelled, recallOf, rowText, tallyOf, type Labelled } from './labelled.ts';

/** How well prompts find their routes, on a labelled set that was written for it. */

const sets = readLabelled();
const lines: string[] = [];
afterAll(() => void process.stdout.write(`${lines.join('\n')}\n`));

function decide({ routes, prompts }: Labelled) {
  const compare = comparingWords(Object.values(routes));
  return prompts.map(({ label, text, half }) => {
    const { meant } = compare(text);
    return { label, half, route: meant === undefined ? undefined : Object.keys(routes)[meant] };
  });
}

const byLanguage = Map.groupBy(
  sets.flatMap((set) => decide(set).map((one) => ({ ...one, language: set.language }))),
  ({ language }) => language,
);
const all = [...byLanguage.values()].flat();
const halfOf = (rows: typeof all, half: Labelled['prompts'][number]['half']) => rows.filter((row) => row.half === half);

test('the set: at least 200 prompts, in ten languages and more, a third of them of no route', () => {
  expect(all.length).toBeGreaterThanOrEqual(200);
  expect(byLanguage.size).toBeGreaterThanOrEqual(10);
  expect(all.filter(({ label }) => label === NONE).length / all.length).toBeGreaterThan(1 / 3);
  const texts = sets.flatMap(({ prompts }) => prompts.map(({ text }) => text));
  expect(Math.max(...texts.map(({ length }) => length))).toBeGreaterThan(500);
});

it('finds the routes of prompts by words, on the half that nothing was calibrated on', () => {
  const tally = tallyOf(halfOf(all, 'report'));
  lines.push('Routes by example, compared by words (threshold calibrated on the other half of the prompts):');
  for (const [language, rows] of byLanguage) lines.push(rowText(language, tallyOf(halfOf(rows, 'report'))));
  lines.push(rowText('all', tally), rowText('the half of the calibration', tallyOf(halfOf(all, 'calibration'))));
  // A wrong match sends a message to somebody else; one that is missed goes as configured.
  expect(precisionOf(tally)).toBeGreaterThan(0.9);
  expect(recallOf(tally)).toBeGreaterThan(0.75);
});

test('a decision takes less than 2 ms, also of a prompt of a megabyte', () => {
  const compare = comparingWords(sets.flatMap(({ routes }) => Object.values(routes)));
  const texts = sets.flatMap(({ prompts }) => prompts.map(({ text }) => text));
  const paste = `${'    at com.acme.db.Pool.borrow(Pool.java:211)\n'.repeat(25_000)}\nwhat does this stack trace say`;
  const timed = [...texts, paste, 'x'.repeat(1_000_000), 'word '.repeat(200_000)].map((text) => {
    const began = performance.now();
    compare(text);
    return performance.now() - began;
  });
  const sorted = timed.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  lines.push(`  a decision against ${sets.length * 3} routes takes ${median.toFixed(2)} ms (median)`);
  expect(median).toBeLessThan(2);
  // A busy machine may stop the process meanwhile.
  expect(sorted.at(-4)).toBeLessThan(50);
});
