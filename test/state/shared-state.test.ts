import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSharedState } from '../../src/state/shared-state.ts';
import { DAMAGES } from '../helpers/damage.ts';
import { inWords } from '../helpers/reasons.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-state-'));
  file = join(folder, 'state', 'providers.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const noon = new Date(2026, 10, 22, 12).getTime();
const cooldown = (until: number, family?: 'opus') => ({
  until,
  failure: 'rate_limit' as const,
  reason: inWords('429'),
  streak: 1,
  ...(family && { family }),
});

/** A session's view of the file, loaded; every fault is kept. */
async function open(now: () => number = () => noon) {
  const faults: unknown[] = [];
  const state = openSharedState({ file, now, onFault: (fault) => faults.push(fault) });
  await state.load();
  return { state, faults };
}

describe('shared state', () => {
  it('answers from memory at once and is there for the next session', async () => {
    const { state, faults } = await open();
    state.setCooldowns('claude', [cooldown(noon + 60_000)]);
    state.addSample('claude', 2800.4);
    state.count('gemini', { requests: 1, tokens: 1200 });
    state.addSpend('gemini', 0.25);
    state.setWindows('claude', [{ name: '5h', used: 1, source: 'wire' }]);
    const seen = () => ({
      cooldowns: state.cooldowns(),
      samples: state.samples('claude'),
      spent: state.spentToday(),
      windows: state.windows('claude'),
    });
    const before = seen();
    expect(before).toEqual({
      cooldowns: { claude: [cooldown(noon + 60_000)], gemini: [] },
      samples: [2800],
      spent: 0.25,
      windows: { at: noon, windows: [{ name: '5h', used: 1, source: 'wire' }] },
    });
    await state.close();
    const next = await open();
    expect(next.state.cooldowns()).toEqual(before.cooldowns);
    expect(next.state.samples('claude')).toEqual([2800]);
    expect(next.state.spentToday()).toBe(0.25);
    expect(next.state.known()).toEqual(['claude', 'gemini']);
    expect(next.state.savedAt()).toBe(noon);
    expect(faults).toEqual([]);
  });

  it('keeps what sessions read of a window, together, until it resets', async () => {
    const resetAt = noon + 5 * 3_600_000;
    const window = (used: number) => [{ name: '5h', used, resetAt, source: 'wire' as const }];
    const [first, second] = [(await open()).state, (await open(() => noon + 60_000)).state];
    first.setWindows('claude', window(0.4));
    second.setWindows('claude', window(0.42));
    await first.close();
    await second.close();
    const points = [
      [noon, 0.4],
      [noon + 60_000, 0.42],
    ];
    const later = (await open()).state;
    expect(later.used('claude', '5h')).toEqual({ resetAt, points });
    const after = (await open(() => resetAt + 1)).state;
    after.setWindows('claude', []);
    expect(after.used('claude', '5h')).toBeUndefined();
  });

  it.each([
    ['no series', { '5h': null }],
    ['points that are none', { '5h': { resetAt: 1, points: [[1, '2']] } }],
    ['no table', 'x'],
  ])('does without readings that are damaged: %s', async (_what, used) => {
    const facts = { cooldowns: [], samples: [7], recent: [], days: [], used };
    await mkdir(join(folder, 'state'));
    await writeFile(file, JSON.stringify({ version: 1, savedAt: noon, providers: { claude: facts } }));
    const { state, faults } = await open();
    expect([state.used('claude', '5h'), state.samples('claude'), faults]).toEqual([undefined, [7], []]);
  });

  it('keeps its file to the user', async () => {
    const { state } = await open();
    state.addSample('claude', 1);
    await state.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
  });

  it('keeps what another session did in the meantime', async () => {
    const [first, second] = [(await open()).state, (await open()).state];
    first.setCooldowns('claude', [cooldown(noon + 1000)]);
    second.setCooldowns('claude', [cooldown(noon + 9000, 'opus')]);
    second.setCooldowns('gemini', [cooldown(noon + 5000)]);
    await first.close();
    await second.close();
    const { state } = await open();
    expect(state.cooldowns()).toEqual({
      claude: [cooldown(noon + 1000), cooldown(noon + 9000, 'opus')],
      gemini: [cooldown(noon + 5000)],
    });
    state.setCooldowns('claude', []);
    await state.close();
    expect((await open()).state.cooldowns()['claude']).toEqual([]);
  });

  it('lets the longer of two cooldowns stand, and takes away only what was seen', async () => {
    const [first, second] = [(await open()).state, (await open()).state];
    first.setCooldowns('claude', [cooldown(noon + 60_000)]);
    second.setCooldowns('claude', [cooldown(noon + 1000)]);
    second.setCooldowns('claude', []);
    await first.close();
    await second.close();
    expect((await open()).state.cooldowns()['claude']).toEqual([cooldown(noon + 60_000)]);
  });

  it('picks up what another session writes', async () => {
    const { state } = await open();
    state.watch();
    const other = await open();
    other.state.setCooldowns('claude', [cooldown(noon + 1000)]);
    await other.state.close();
    await vi.waitFor(() => expect(state.cooldowns()['claude']).toEqual([cooldown(noon + 1000)]), { timeout: 10_000 });
    await state.close();
  });

  it('counts a rolling minute and a calendar day', async () => {
    let now = noon;
    const { state } = await open(() => now);
    const limits = { requestsPerMinute: 2, requestsPerDay: 10, tokensPerMinute: 1000 };
    state.count('gemini', { requests: 1, tokens: 100 });
    now += 20_000;
    state.count('gemini', { requests: 1, tokens: 200 });
    const midnight = new Date(2026, 10, 23).getTime();
    expect(state.counted('gemini', limits)).toEqual([
      { name: 'requestsPerMinute', used: 1, limit: 2, remaining: 0, resetAt: noon + 60_000, source: 'counted' },
      { name: 'requestsPerDay', used: 0.2, limit: 10, remaining: 8, resetAt: midnight, source: 'counted' },
      { name: 'tokensPerMinute', used: 0.3, limit: 1000, remaining: 700, source: 'counted' },
    ]);
    now = noon + 61_000;
    expect(state.counted('gemini', limits)[0]).toMatchObject({ used: 0.5, remaining: 1 });
    now = midnight + 1;
    expect(state.counted('gemini', limits)[1]).toMatchObject({ used: 0, remaining: 10 });
    expect(state.counted('nobody', { requestsPerDay: 5 })).toMatchObject([{ used: 0, remaining: 5 }]);
    await state.close();
  });

  it("knows today's spend, and when it does not know all of it", async () => {
    let now = noon;
    const { state } = await open(() => now);
    state.addSpend('gemini', 0.5);
    state.addSpend('openrouter', null);
    expect([state.spentToday(), state.spendUnknown()]).toEqual([0.5, true]);
    now += 24 * 3600_000;
    expect([state.spentToday(), state.spendUnknown()]).toEqual([0, false]);
    await state.close();
  });

  it.each([
    ['torn', '{"version":1,"savedAt":1,"provid'],
    ['empty', ''],
    ['another shape', '{"version":1,"savedAt":1,"providers":{"claude":{"cooldowns":7}}}'],
    ['not an object', 'null'],
  ])('moves a damaged file aside, says so once, and goes on: %s', async (_, text) => {
    const first = await open();
    first.state.addSample('claude', 1);
    await first.state.close();
    await writeFile(file, text);
    const { state, faults } = await open();
    expect(faults).toHaveLength(1);
    expect(String(faults[0])).toContain('could not be read, so it was moved to');
    state.addSample('claude', 7);
    await state.close();
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ providers: { claude: { samples: [7] } } });
    const aside = (await readdir(join(folder, 'state'))).find((name) => name.includes('damaged'));
    expect(await readFile(join(folder, 'state', aside ?? ''), 'utf8')).toBe(text);
  });

  it('leaves a file of a newer ccmux alone, says so once, and goes on in memory', async () => {
    const first = await open();
    first.state.addSample('claude', 1);
    await first.state.close();
    const text = '{"version":2,"savedAt":1,"providers":"elsewhere"}';
    await writeFile(file, text);
    const { state, faults } = await open();
    state.addSample('claude', 7);
    await state.close();
    expect(state.samples('claude')).toEqual([7]);
    expect(faults.map(String)).toEqual([`ForeignFile: ${file} was written by a newer ccmux`]);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await readdir(join(folder, 'state'))).toEqual(['providers.json']);
  });

  it('keeps what a newer ccmux has added beside what it knows', async () => {
    const first = await open();
    first.state.count('gemini', { requests: 1, tokens: 5 });
    first.state.setCooldowns('gemini', [cooldown(noon + 60_000)]);
    await first.state.close();
    const facts = JSON.parse(await readFile(file, 'utf8'));
    facts.more = { of: 'it' };
    facts.providers.gemini.shape = [1];
    facts.providers.gemini.days[0].images = 3;
    facts.providers.gemini.cooldowns[0].note = 'new';
    await writeFile(file, JSON.stringify(facts));
    const { state } = await open();
    state.count('gemini', { requests: 1, tokens: 5 });
    state.setCooldowns('claude', [cooldown(noon + 60_000)]);
    await state.close();
    const written = JSON.parse(await readFile(file, 'utf8'));
    expect(written).toMatchObject({
      more: { of: 'it' },
      providers: { gemini: { shape: [1], days: [{ requests: 2, images: 3 }], cooldowns: [{ note: 'new' }] } },
    });
  });

  it('lives on in memory when the disk cannot be written, and says so once', async () => {
    await writeFile(join(folder, 'state'), 'a file where the folder should be');
    const { state, faults } = await open();
    state.addSample('claude', 5);
    await state.close();
    expect(state.samples('claude')).toEqual([5]);
    expect(faults).toHaveLength(1);
  });

  it.each(DAMAGES)('lives on in memory beside %s in place of the file, and ends', async (_, put) => {
    await mkdir(join(folder, 'state'), { recursive: true });
    put(file);
    const { state, faults } = await open();
    state.addSample('claude', 5);
    await state.close();
    expect(state.samples('claude')).toEqual([5]);
    expect(faults).toHaveLength(1);
  });

  it('loses nothing when several processes count at once, whatever their clocks say and who is killed', async () => {
    const module = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href);
    // Hours and days away from each other, and from the file system's clock.
    const clocks = [0, 7_200_000, -86_400_000, 400_000, -3_000];
    const counting = `
      const shift = Number(process.argv[2]);
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...given) { given.length === 0 ? super(Real.now() + shift) : super(...given); }
        static now() { return Real.now() + shift; }
      };
      const { openSharedState } = await import(${module('state/shared-state.ts')});
      const state = openSharedState({ file: process.argv[1], onFault: (fault) => { throw fault; } });
      await state.load();
      for (let i = 0; i < 200; i++) {
        state.count('gemini', { requests: 1, tokens: 10 });
        state.addSpend('gemini', 0.5);
        if (i % 25 === 24) await new Promise((done) => setTimeout(done, 110));
      }
      await state.close();`;
    const killed = `
      const { withLock } = await import(${module('ground/lock.ts')});
      await withLock(process.argv[1] + '.lock', () => process.kill(process.pid, 'SIGKILL') && new Promise(() => {}));`;
    const run = (program: string, ...more: string[]) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, file, ...more]);
    const { state: first } = await open();
    first.addSample('gemini', 1);
    await first.close();
    await Promise.all([
      ...clocks.map((shift) => run(counting, `${shift}`)),
      ...[1, 2].map(() => expect(run(killed)).rejects.toMatchObject({ signal: 'SIGKILL' })),
    ]);
    const { days } = JSON.parse(await readFile(file, 'utf8')).providers.gemini;
    const sum = (of: 'requests' | 'tokens' | 'usd') =>
      days.reduce((all: number, day: Record<typeof of, number>) => all + day[of], 0);
    expect([sum('requests'), sum('tokens'), sum('usd')]).toEqual([1000, 10_000, 500]);
    expect(await readdir(join(folder, 'state'))).toEqual(['providers.json']);
  });

  it('takes no time that cannot be one, and forgets those that were written down', async () => {
    const { state } = await open();
    for (const ms of [100, -5, Number.NaN, Infinity, 40_000_000]) state.addSample('claude', ms);
    expect(state.samples('claude')).toEqual([100]);
    await state.close();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"samples":[100]', '"samples":[-3000,100,900000000]'));
    expect((await open()).state.samples('claude')).toEqual([100]);
  });

  it('counts no minute that has not come yet', async () => {
    let now = noon;
    const { state } = await open(() => now);
    const limits = { requestsPerMinute: 1 };
    state.count('gemini', { requests: 1, tokens: 0 });
    expect(state.counted('gemini', limits)[0]).toMatchObject({ used: 1 });
    now -= 3_600_000;
    expect(state.counted('gemini', limits)[0]).toMatchObject({ used: 0 });
    await state.close();
  });

  it('keeps the days apart when two clocks disagree about which it is', async () => {
    let now = noon;
    const { state } = await open(() => now);
    state.addSpend('gemini', 2);
    now += 24 * 3_600_000;
    state.addSpend('gemini', 1);
    expect(state.spentToday()).toBe(1);
    now = noon;
    expect(state.spentToday()).toBe(2);
    await state.close();
  });
});
