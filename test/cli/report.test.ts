import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runReport } from '../../src/cli/report.ts';
import type { ReportOptions } from '../../src/cli/report.ts';
import type { Event } from '../../src/events.ts';
import { openJournal } from '../../src/state/journal.ts';
import { registerRunning } from '../../src/state/running.ts';
import { journalFile, saveSummary } from '../../src/state/store.ts';
import { summarise } from '../../src/state/fold.ts';
import { journey, START } from '../report/story.ts';
import { fakeIo } from './io.ts';

let folder: string;
let sessions: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-report-'));
  sessions = join(folder, 'ccmux', 'sessions');
  env = { XDG_STATE_HOME: folder, HOME: '/home/ada', PWD: folder };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The journey as another session, some days later. */
async function record(session: string, days: number, events: Event[] = journey()): Promise<void> {
  const journal = openJournal(journalFile(sessions, session));
  for (const event of events) {
    const at = event.at + days * 86_400_000;
    journal.write(event.type === 'session-start' ? { ...event, at, session } : { ...event, at });
  }
  await journal.close();
}

async function report(options: ReportOptions = {}, terminal: { tty?: boolean; columns?: number } = {}) {
  const { io, written } = fakeIo(env, terminal);
  const opened: string[] = [];
  const now = () => START + 10 * 86_400_000;
  const openFile = async (path: string) => void opened.push(path);
  const code = await runReport(options, { ...io, now, openFile });
  return { code, opened, ...written };
}

describe('ccmux report', () => {
  it('greets who has no sessions yet', async () => {
    const line = 'No sessions yet. Start one with: ccmux claude\n';
    expect(await report()).toMatchObject({ code: 0, out: line });
    expect(await report({ list: true })).toMatchObject({ code: 0, out: line });
    expect(await report({ list: true, json: true })).toMatchObject({ code: 0, out: '[]\n' });
    await expect(report({ json: true })).rejects.toThrow('there are no sessions yet');
  });

  it('tells the last session, plainly into a pipe and in colour to a terminal', async () => {
    await record('20261122-140000-3f2a', 0);
    const piped = await report();
    expect(piped.out).toMatch(/^Session 20261122-140000-3f2a · 22 Nov 2026, 14:00\n32 min · 8 messages/);
    expect(piped.out).toContain('~/race-condition');
    expect(piped.out).not.toContain('\x1b');
    expect((await report({}, { tty: true, columns: 60 })).out).toContain('\x1b[');
    env['NO_COLOR'] = '1';
    expect((await report({}, { tty: true, columns: 60 })).out).not.toContain('\x1b[');
  });

  it('tells the session that is named by the beginning or the end of its id', async () => {
    await record('20261122-140000-3f2a', 0);
    await record('20261123-140000-77b1', 1);
    expect((await report({ session: '3f2a' })).out).toContain('Session 20261122-140000-3f2a');
    expect((await report({ session: '20261123' })).out).toContain('Session 20261123-140000-77b1');
    await expect(report({ session: '3f2b' })).rejects.toThrow(
      'there is no session "3f2b". Did you mean 20261122-140000-3f2a? List them with: ccmux report --list',
    );
    await expect(report({ session: '2026' })).rejects.toThrow('2 sessions are called "2026"');
  });

  it('prints the summary as JSON', async () => {
    await record('a', 0);
    expect(JSON.parse((await report({ json: true })).out)).toEqual({ ...summarise(journey()), session: 'a' });
  });

  it('tells a session that still runs from one that crashed', async () => {
    await record('20261122-140000-3f2a', 0, journey().slice(0, 11));
    expect((await report()).out).toContain('ended abruptly');
    expect(JSON.parse((await report({ json: true })).out)).not.toHaveProperty('running');
    registerRunning({
      stateDir: join(folder, 'ccmux'),
      session: '20261122-140000-3f2a',
      pid: process.pid,
      controlUrl: 'http://127.0.0.1:1/x/ccmux',
      claudeCwd: '/',
    });
    expect((await report()).out).toContain('still running');
    expect(JSON.parse((await report({ json: true })).out)).toMatchObject({ running: true });
    expect((await report({ html: '-' })).out).toContain('"running":true');
  });

  it('lists the sessions, newest first', async () => {
    await record('20261124-140000-0c9e', 2, journey().slice(0, 11));
    await record('20261122-140000-3f2a', 0);
    await record('20261123-140000-77b1', 1, journey().slice(0, 11));
    registerRunning({
      stateDir: join(folder, 'ccmux'),
      session: '20261124-140000-0c9e',
      pid: process.pid,
      controlUrl: 'http://127.0.0.1:1/x/ccmux',
      claudeCwd: '/',
    });
    expect((await report({ list: true }, { columns: 100 })).out).toMatchInlineSnapshot(`
      "session  started        lasted  messages  failovers  spent  folder
      0c9e     24 Nov 14:00  running         5          –      –  ~/race-condition
      77b1     23 Nov 14:00   16 min         5          –      –  ~/race-condition
      3f2a     22 Nov 14:00   32 min         8          1  $0.04  ~/race-condition
      "
    `);
    const listed = JSON.parse((await report({ list: true, json: true })).out);
    expect(listed[2]).toEqual({
      session: '20261122-140000-3f2a',
      startedAt: START,
      endedAt: START + 1_900_000,
      cwd: '/home/ada/race-condition',
      turns: 8,
      answers: 8,
      failovers: 1,
      spentUsd: 0.042,
      unknownPrices: false,
      running: false,
    });
  });

  it('writes the page where it is told to, for the user alone', async () => {
    await record('20261122-140000-3f2a', 0);
    await saveSummary(sessions, { ...summarise(journey()), session: '20261122-140000-3f2a' });
    const file = join(folder, 'page.html');
    expect(await report({ html: file })).toMatchObject({ code: 0, out: `${file}\n`, opened: [] });
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/i);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const named = join(folder, 'ccmux-report-20261122-140000-3f2a.html');
    expect((await report({ html: true, open: true })).opened).toEqual([named]);
    expect((await report({ open: true })).opened).toEqual([join(sessions, '20261122-140000-3f2a.html')]);
    expect((await report({ html: '-' })).out).toMatch(/^<!doctype html>/i);
    await expect(report({ html: join(folder, 'no', 'such', 'folder.html') })).rejects.toThrow(
      /could not be written .* Name another: --html <file>/,
    );
  });
});
