import { afterAll, expect, it } from 'vitest';
import { BACKGROUND } from './situations-background.ts';
import { DESCRIPTORS } from './situations-descriptors.ts';
import { IDENTITY } from './situations-identity.ts';
import { LAUNCH } from './situations-launch.ts';
import { TRUST } from './situations-trust.ts';
import { MODELS } from './situations-models.ts';
import { WHOSE } from './situations-whose.ts';
import { firstDifference, type Seen, type Situation } from './situation.ts';
import { besideTable, type Row } from './table.ts';

/** The first promise: never worse than plain `claude`, and towards Claude nothing else than it. */

const SITUATIONS: Situation[] = [...BACKGROUND, ...DESCRIPTORS, ...IDENTITY, ...LAUNCH, ...MODELS, ...TRUST, ...WHOSE];
const rows: Row[] = [];

it.each(SITUATIONS.map((situation) => [situation.name, situation] as const))('%s', async (name, situation) => {
  const row: Row = { name, plain: undefined, differences: [] };
  rows.push(row);
  const run = await situation.stage();
  const plain = (row.plain = await run('plain'));
  const ccmux = await run('ccmux');
  for (const facet of ['code', 'stdout', 'upstream'] as const) {
    const wanted = expected(facet, plain, situation);
    const [before, after, theirs] = [plain[facet], ccmux[facet], wanted].map((value) => JSON.stringify(value, null, 1));
    if (before !== after) row.differences.push({ facet, why: situation.differs?.[facet]?.why });
    if (after !== theirs)
      row.differences = row.differences.map((one) => (one.facet === facet ? { facet, why: undefined } : one));
    expect(
      after === theirs ? undefined : firstDifference(theirs!, after!),
      `${facet}, expected ≠ seen`,
    ).toBeUndefined();
    if (situation.differs?.[facet]) expect(after, `${facet} is equal by now`).not.toBe(before);
  }
});

function expected<Facet extends keyof Seen>(facet: Facet, plain: Seen, { differs }: Situation): Seen[Facet] {
  return differs?.[facet] ? differs[facet].asCcmux(plain[facet]) : plain[facet];
}

it('names each situation once', () => {
  expect(new Set(SITUATIONS.map(({ name }) => name)).size).toBe(SITUATIONS.length);
});

afterAll(() => console.log(besideTable(rows)));
