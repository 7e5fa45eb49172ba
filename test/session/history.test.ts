import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPageHistory } from '../../src/session/history.ts';
import { summarise } from '../../src/state/fold.ts';
import { saveSummary } from '../../src/state/store.ts';
import { journey, START } from '../report/story.ts';

const DAY = 86_400_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-page-history-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function keep(session: string): Promise<void> {
  await saveSummary(folder, { ...summarise(journey()), session });
  await utimes(join(folder, `${session}.json`), START / 1000 + 2000, START / 1000 + 2000);
}

it('holds today and the six days before', async () => {
  await keep('20261122-140000-3f2a');
  await writeFile(join(folder, '20261122-150000-bad0.json'), '{"version":2}');
  await utimes(join(folder, '20261122-150000-bad0.json'), START / 1000, START / 1000);
  const history = await createPageHistory(folder, () => START + 6 * DAY)();
  expect(history).toMatchObject({
    since: new Date(2026, 10, 22).getTime(),
    total: { sessions: 1, answers: 8 },
    sessions: [{ key: '20261122-140000-3f2a' }],
    unreadable: 1,
  });
  expect((await createPageHistory(folder, () => START + 7 * DAY)()).total.sessions).toBe(0);
});

it('reads once for those who look within half a minute', async () => {
  let now = START + 3_600_000;
  const history = createPageHistory(folder, () => now);
  const [one, two] = await Promise.all([history(), history()]);
  expect(one).toBe(two);
  await keep('20261122-140000-3f2a');
  expect((await history()).total.sessions).toBe(0);
  now += 31_000;
  expect((await history()).total.sessions).toBe(1);
});

it('reads again after a reading that failed', async () => {
  const file = join(folder, 'sessions');
  await writeFile(file, '');
  const history = createPageHistory(file, () => START);
  await expect(history()).rejects.toThrow('a file stands where a folder should be');
  await rm(file);
  expect((await history()).total.sessions).toBe(0);
});
