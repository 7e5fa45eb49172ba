import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/events.ts';
import { openJournal } from '../../src/state/journal.ts';
import { listRunning, registerRunning } from '../../src/state/running.ts';
import {
  journalFile,
  listSessions,
  loadSummary,
  pruneSessions,
  resolveSession,
  saveSummary,
} from '../../src/state/store.ts';
import { summarise } from '../../src/state/fold.ts';
import { DAMAGES } from '../helpers/damage.ts';
import { journey, START } from '../report/story.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A journal last written `age` seconds before the others' clock. */
async function journalOf(id: string, age: number, events: Event[] = journey()): Promise<void> {
  const journal = openJournal(journalFile(folder, id));
  for (const event of events) journal.write(event.type === 'session-start' ? { ...event, session: id } : event);
  await journal.close();
  await utimes(journalFile(folder, id), START / 1000 - age, START / 1000 - age);
}

describe('sessions on disk', () => {
  it('are listed, the latest first', async () => {
    await journalOf('aaa111', 30);
    await journalOf('bbb222', 10);
    await journalOf('ccc333', 20);
    expect(await listSessions(folder)).toEqual(['bbb222', 'ccc333', 'aaa111']);
    expect(await listSessions(join(folder, 'nowhere'))).toEqual([]);
  });

  it.each([
    ['missing', undefined],
    ['torn', '{"version":1,"resp'],
  ])('are rebuilt from the journal when the report is %s', async (_, text) => {
    await journalOf('aaa111', 0);
    if (text !== undefined) await writeFile(join(folder, 'aaa111.json'), text);
    expect(await loadSummary(folder, 'aaa111')).toEqual({ ...summarise(journey()), session: 'aaa111' });
  });

  it.each(DAMAGES)('are read, found and pruned beside %s', async (_, put, cause) => {
    await journalOf('aaa111', 20);
    put(journalFile(folder, 'bbb222'));
    put(join(folder, 'ccc333.json'));
    expect(await loadSummary(folder, 'aaa111')).toMatchObject({ session: 'aaa111' });
    await expect(loadSummary(folder, 'bbb222')).rejects.toThrow(`cannot be read (${cause})`);
    expect(await resolveSession(folder, 'last')).toBe('aaa111');
    await pruneSessions(folder, 0);
    expect(await listSessions(folder)).not.toContain('aaa111');
    await mkdir(join(folder, 'running'));
    put(join(folder, 'running', 'bbb222.json'));
    expect(listRunning(folder)).toEqual([]);
  });

  it('are told of although the first line is lost', async () => {
    const [start, ...rest] = journey();
    await journalOf('aaa111', 0, rest);
    const whole = summarise([start!, ...rest]);
    const summary = await loadSummary(folder, 'aaa111');
    expect(summary).toMatchObject({ session: 'aaa111', turns: whole.turns, startedAt: whole.responses[0]!.at });
    expect(summary?.responses.length).toBe(whole.responses.length);
  });

  it('of a newer ccmux are named, also when one asks for the last', async () => {
    await journalOf('aaa111', 30);
    await writeFile(join(folder, 'bbb222.json'), '{"version":2,"ccmux":"9.0.0"}');
    expect(await resolveSession(folder, 'last')).toBe('bbb222');
    await expect(loadSummary(folder, 'bbb222')).rejects.toThrow(
      `${join(folder, 'bbb222.json')} was written by a newer ccmux (9.0.0): that one shows it. Others: ccmux report --list`,
    );
  });

  it('are read from the report when it is there', async () => {
    await saveSummary(folder, summarise(journey()));
    expect(await loadSummary(folder, '3f2a91')).toEqual(summarise(journey()));
    expect((await stat(join(folder, '3f2a91.json'))).mode & 0o777).toBe(0o600);
    expect(await loadSummary(folder, 'nobody')).toBeUndefined();
  });
});

describe('resolveSession', () => {
  beforeEach(async () => {
    await journalOf('aaa111', 30);
    await journalOf('aab222', 20);
    await journalOf('ccc333', 10, journey().slice(0, 1));
  });

  it.each([
    ['an id', 'aaa111', 'aaa111'],
    ['a beginning', 'aab', 'aab222'],
    ['the last in which something was asked', 'last', 'aab222'],
  ])('finds %s', async (_, wanted, id) => expect(await resolveSession(folder, wanted)).toBe(id));

  it('finds one whose first message was never answered', async () => {
    const events = journey();
    const asked = events.findIndex(({ type }) => type === 'exchange-start');
    await journalOf('ddd444', 5, events.slice(0, asked + 1));
    expect(await resolveSession(folder, 'last')).toBe('ddd444');
  });

  it.each([
    ['aa', '2 sessions are called "aa" (aab222, aaa111): name one of them'],
    ['aab223', 'there is no session "aab223". Did you mean aab222? List them with: ccmux report --list'],
    ['../../etc', 'there is no session "../../etc". List them with: ccmux report --list'],
  ])('says what is wrong with %s', async (wanted, message) => {
    await expect(resolveSession(folder, wanted)).rejects.toThrow(message);
  });

  it('says how to start when there is none', async () => {
    await expect(resolveSession(join(folder, 'none'), 'last')).rejects.toThrow(
      'there are no sessions yet. Start one with: ccmux claude',
    );
  });
});

describe('old sessions', () => {
  it('are removed whole, but for the newest and those that still run', async () => {
    await journalOf('aaa111', 40);
    await journalOf('bbb222', 30);
    await saveSummary(folder, { ...summarise(journey()), session: 'bbb222' });
    await utimes(join(folder, 'bbb222.json'), START / 1000 - 30, START / 1000 - 30);
    await writeFile(join(folder, 'bbb222.html'), 'page');
    await journalOf('ccc333', 20);
    await journalOf('ddd444', 10);
    await writeFile(join(folder, 'mine.txt'), 'not of ccmux');
    await pruneSessions(folder, 2, new Set(['aaa111']));
    expect((await readdir(folder)).toSorted()).toEqual(['aaa111.jsonl', 'ccc333.jsonl', 'ddd444.jsonl', 'mine.txt']);
    await pruneSessions(folder, 2);
    expect(await listSessions(folder)).toEqual(['ddd444', 'ccc333']);
  });

  it.each([
    ['a report', 'json', '{"version":2,"responses":[]}'],
    ['a report in another layout', 'json', '{\n  "version": "3-beta",\n  "more": 1 }'],
    ['a journal', 'jsonl', '{"type":"session-start","format":2,"version":"0.9.0","at":1}\n'],
  ])('stay where a newer ccmux wrote %s', async (_, ending, text) => {
    await journalOf('ccc333', 10);
    for (const [id, content] of [
      ['aaa111', text],
      ['bbb222', text.replace(/2|"3-beta"/, '1')],
    ] as const) {
      await writeFile(join(folder, `${id}.${ending}`), content);
      await utimes(join(folder, `${id}.${ending}`), START / 1000 - 30, START / 1000 - 30);
    }
    await pruneSessions(folder, 1);
    expect((await readdir(folder)).toSorted()).toEqual([`aaa111.${ending}`, 'ccc333.jsonl']);
  });

  it('are nobody’s concern where there are none', async () => {
    expect(await pruneSessions(join(folder, 'none'), 2)).toBeUndefined();
  });
});

describe('running sessions', () => {
  const running = {
    session: 'aaa111',
    pid: process.pid,
    controlUrl: 'http://127.0.0.1:1/t/ccmux',
    claudeCwd: '/home/ada',
  };

  it('are found while they run, and gone when they are done', async () => {
    expect(listRunning(folder)).toEqual([]);
    const dispose = registerRunning({ stateDir: folder, ...running });
    expect(listRunning(folder)).toEqual([running]);
    expect((await stat(join(folder, 'running', 'aaa111.json'))).mode & 0o777).toBe(0o600);
    dispose();
    dispose();
    expect(listRunning(folder)).toEqual([]);
  });

  it('are swept away when their process is gone', async () => {
    registerRunning({ stateDir: folder, ...running, pid: 2 ** 22 + 1 });
    await writeFile(join(folder, 'running', 'half.json'), '{"session":');
    expect(listRunning(folder)).toEqual([]);
    expect(await readdir(join(folder, 'running'))).toEqual(['half.json']);
  });

  it('of a newer ccmux are found, and swept by nobody else', async () => {
    registerRunning({ stateDir: folder, ...running, session: 'swept', pid: 2 ** 22 + 1 });
    const newer = (session: string, pid: number) =>
      writeFile(
        join(folder, 'running', `${session}.json`),
        JSON.stringify({ ...running, version: 2, session, pid, more: 1 }),
      );
    await newer('alive', process.pid);
    await newer('gone', 2 ** 22 + 1);
    expect(listRunning(folder).map(({ session }) => session)).toEqual(['alive']);
    expect(await readdir(join(folder, 'running'))).toEqual(['alive.json', 'gone.json']);
  });
});
