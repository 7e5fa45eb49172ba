import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogRows } from '../../src/providers/catalog.ts';
import { startHost, type Host } from './host.ts';
import { SCENARIOS } from './scenarios.ts';
import { pageOf } from './page.ts';
import { tableOf, type Cell } from './table.ts';

/** Every row of the catalogue through the same scenarios; what came of it is printed, whatever came of it. */
const cells = new Map<string, Map<string, Cell>>();

describe.each(catalogRows().map((row) => [row.id, row] as const))('%s', (id, row) => {
  let host: Host;
  const results = new Map<string, Cell>();
  cells.set(id, results);
  beforeAll(async () => {
    host = await startHost(row);
  });
  afterAll(() => host.close());

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (name, scenario) => {
    results.set(name, { mark: 'fail' });
    for (const list of [host.simulator.requests, host.simulator.rejections, host.simulator.aborts, host.received])
      list.length = 0;
    host.losses.clear();
    const heavy = host.wire === 'missing' && name !== 'names the missing package';
    const why = heavy ? `${row.optionalPackage} is not installed` : await scenario.run(host);
    results.set(name, why === undefined ? { mark: 'pass', losses: [...host.losses].toSorted() } : { mark: 'n/a', why });
    expect(results.get(name)?.mark).not.toBe('fail');
  });
});

it('has at least 30 scenarios, each with its own name', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(30);
});

const NAMES = SCENARIOS.map(({ name }) => name);

it('is what README.md says (if not: npm run conformance)', async ({ skip }) => {
  const all = [...cells.values()].flatMap((row) => NAMES.map((name) => row.get(name)));
  // Only some of them were run, or one has failed: then this is no news.
  if (all.some((cell) => cell === undefined || cell.mark === 'fail')) skip();
  const page = pageOf(cells, NAMES);
  expect(page).not.toContain('say in page.ts');
  await expect(page).toMatchFileSnapshot('README.md');
});

afterAll(() => {
  console.log(tableOf(cells, NAMES));
});
