import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runReport } from '../../src/cli/report.ts';
import type { ReportOptions } from '../../src/cli/report.ts';
import type { Event } from '../../src/events.ts';
import { GROUPINGS } from '../../src/state/figures.ts';
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
  await leftAt(`${session}.jsonl`, days);
}

/** What was written last tells when a session ended. */
async function leftAt(name: string, days: number): Promise<void> {
  const at = new Date(START + days * 86_400_000 + 1_900_000);
  await utimes(join(sessions, name), at, at);
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
      /cannot be written: its folder is not there\. Name another: ccmux report --html <file>/,
    );
  });
});

describe('ccmux report about many sessions', () => {
  beforeEach(async () => {
    await record('20261122-140000-3f2a', 0);
    await record('20261123-140000-77b1', 1, journey().slice(0, 11));
    await saveSummary(sessions, { ...summarise(journey()), session: '20261122-140000-3f2a' });
    await leftAt('20261122-140000-3f2a.json', 0);
  });

  it('tells the figures of a period in groups', async () => {
    expect((await report({ since: '2026-11-22', by: 'day' })).out).toMatchInlineSnapshot(`
      "22 Nov 2026 to 2 Dec 2026
      2 sessions · 13 messages · 13 answers · 1 failover · 1 min 44 s away from Claude
      Tokens: 15.6k in, 4.5k out, 545k cached
      Spent on paid providers: est. $0.04 · $1.32* notional
      Average time of an answer: Claude 2.8 s, others 4.0 s
      3 to 5 min not lost (an estimate: 1 outage by a limit, 3 to 5 min the manual
      way)

      By day
        day         answers  failovers        away  spent  notional  min not lost
        2026-11-22        8          1  1 min 44 s  $0.04    $0.72*   est. 3 to 5
        2026-11-23        5          –           –      –    $0.60*             –

      * notional: what the answers that a plan paid for (Claude's) would cost at API
      prices. Not counted as spent.
      "
    `);
    expect((await report({ since: '2026-11-22', until: '2026-11-22', by: 'provider' })).out).toMatchInlineSnapshot(`
      "22 Nov 2026
      1 session · 8 messages · 8 answers · 1 failover · 1 min 44 s away from Claude
      Tokens: 9.6k in, 2.8k out, 335k cached
      Spent on paid providers: est. $0.04 · $0.72* notional
      Average time of an answer: Claude 2.8 s, others 4.0 s
      3 to 5 min not lost (an estimate: 1 outage by a limit, 3 to 5 min the manual
      way)

      By provider
        provider  answers  failovers        away  spent  notional  min not lost
        Claude          6          –           –      –    $0.72*             –
        Gemini          2          1  1 min 44 s  $0.04         –   est. 3 to 5

      * notional: what the answers that a plan paid for (Claude's) would cost at API
      prices. Not counted as spent.
      "
    `);
    expect((await report({ by: 'session' }, { columns: 120 })).out).toMatchInlineSnapshot(`
      "All sessions that are kept
      2 sessions · 13 messages · 13 answers · 1 failover · 1 min 44 s away from Claude
      Tokens: 15.6k in, 4.5k out, 545k cached
      Spent on paid providers: est. $0.04 · $1.32* notional
      Average time of an answer: Claude 2.8 s, others 4.0 s
      3 to 5 min not lost (an estimate: 1 outage by a limit, 3 to 5 min the manual way)

      By session
        session       started  answers  failovers        away    in   out  spent  notional  min not lost  folder
        77b1     23 Nov 14:00        5          –           –  6.0k  1.8k      –    $0.60*             –  ~/race-condition
        3f2a     22 Nov 14:00        8          1  1 min 44 s  9.6k  2.8k  $0.04    $0.72*   est. 3 to 5  ~/race-condition

      * notional: what the answers that a plan paid for (Claude's) would cost at API prices. Not counted as spent.
      "
    `);
    expect((await report({ since: '24h' })).out).toMatchInlineSnapshot(`
      "1 Dec 2026, 14:00 to 2 Dec 2026, 14:00
      Nothing was asked in any session.
      "
    `);
  });

  it('is no wider than the terminal', async () => {
    for (const columns of [40, 60, 80, 120]) {
      for (const by of GROUPINGS) {
        const { out } = await report({ by }, { columns });
        for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('prints them for other programs', async () => {
    expect((await report({ by: 'project', csv: true })).out).toMatchInlineSnapshot(`
      "project,sessions,messages,answers,answers_by_others,failovers,away_ms,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,spent_usd,answers_without_price,notional_usd,claude_average_ms,others_average_ms,outages_by_limit,estimated_minutes_not_lost_least,estimated_minutes_not_lost_most
      /home/ada/race-condition,2,13,13,2,1,103900,15600,4550,533000,11700,0.042,0,1.32,2791,4050,1,3,5
      "
    `);
    expect((await report({ by: 'day', markdown: true })).out).toMatchInlineSnapshot(`
      "**All sessions that are kept**

      | day | sessions | messages | answers | failovers | away from Claude | in | out | cached | spent (est.) | notional\\* | Claude's average | others' average | min not lost (est.) |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | 2026-11-22 | 1 | 8 | 8 | 1 | 1 min 44 s | 9.6k | 2.8k | 335k | $0.04 | $0.72 | 2.8 s | 4.0 s | 3 to 5 |
      | 2026-11-23 | 1 | 5 | 5 | 0 | – | 6.0k | 1.8k | 210k | $0.00 | $0.60 | 2.8 s | – | – |
      | **all** | 2 | 13 | 13 | 1 | 1 min 44 s | 15.6k | 4.5k | 545k | $0.04 | $1.32 | 2.8 s | 4.0 s | 3 to 5 |

      \\* notional: what the answers that a plan paid for (Claude's) would cost at API prices. Not counted as spent.

      3 to 5 min not lost (an estimate: 1 outage by a limit, 3 to 5 min the manual way).
      "
    `);
    const { out } = await report({ since: '2026-11-22', by: 'model', json: true });
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      by: 'model',
      since: new Date(2026, 10, 22).getTime(),
      total: { sessions: 2, failovers: 1, minutesNotLost: { estimate: true, least: 3, most: 5 } },
      groups: [{ key: 'claude-opus-4-8' }, { key: 'gemini-3-pro-preview' }],
      unreadable: [],
    });
  });

  it('names what it cannot count, and counts the others', async () => {
    await writeFile(join(sessions, '20261124-100000-aaaa.json'), '{"version":2}');
    await writeFile(join(sessions, '20261124-100000-bbbb.json'), '{"version":1,"resp');
    const damaged = { ...summarise(journey()), session: '20261124-100000-cccc' };
    await saveSummary(sessions, { ...damaged, switches: [{ ...damaged.switches[0]!, at: 'noon' as never }] });
    const { out, err, code } = await report({ by: 'session' });
    expect(code).toBe(0);
    expect(out).toContain('2 sessions');
    expect(err.split('\n').sort().join('\n')).toMatch(
      /\nccmux: session 20261124-100000-aaaa is not counted: .* was written by a newer ccmux.*\nccmux: session 20261124-100000-bbbb is not counted: neither its journal nor its report can be understood\nccmux: session 20261124-100000-cccc is not counted: its report is damaged$/,
    );
    const { unreadable } = JSON.parse((await report({ json: true, since: '2026-11-22' })).out) as {
      unreadable: object[];
    };
    expect(unreadable).toHaveLength(3);
    // The list names them, too: what is damaged is not the same as what is not there.
    expect((await report({ list: true })).err).toContain('session 20261124-100000-bbbb cannot be read');
  });

  it('opens no journal beside a report, and nothing that is older than the period', async () => {
    for (let day = 2; day < 60; day += 1) {
      const session = `20261201-000000-${String(day).padStart(4, '0')}`;
      await saveSummary(sessions, { ...summarise(journey()), session });
      // Whoever opened it would say that a newer ccmux wrote it.
      await writeFile(join(sessions, `${session}.jsonl`), '{"type":"session-start","format":2}\n');
      await writeFile(join(sessions, `20261001-000000-${day}.json`), '{"version":2}');
      await leftAt(`20261001-000000-${day}.json`, -7);
    }
    const { out, err } = await report({ since: '2026-11-22' });
    expect(err).toBe('');
    expect(out).toContain('60 sessions');
  });

  it('counts a session that still runs, from its journal', async () => {
    expect((await report({ since: '2026-11-23', until: '2026-11-23' })).out).toContain('1 session · 5 messages');
  });

  it.each<[ReportOptions, string]>([
    [{ since: '7d', session: '3f2a' }, '--since and the session 3f2a do not go together'],
    [{ by: 'day', list: true }, '--by and --list do not go together'],
    [{ csv: true, markdown: true }, '--csv and --markdown do not go together'],
    [{ csv: true, json: true }, '--json and --csv do not go together'],
    [{ since: '7d', html: true }, '--since and --html do not go together'],
    [{ list: true, session: '3f2a' }, '--list and the session 3f2a do not go together'],
    [{ all: true, json: true }, '--json and --all do not go together'],
  ])('refuses %j', async (options, message) => {
    await expect(report(options)).rejects.toThrow(`${message}. See: ccmux help report`);
  });
});

it('leaves nothing out of the whole report, not even the timeline of a quiet session', async () => {
  await record('20261123-140000-77b1', 1, journey().slice(0, 11));
  expect((await report()).out).not.toContain('Timeline');
  const { out } = await report({ all: true });
  expect(out).toMatch(/\nTimeline\n +CCC/);
  expect(out).toContain('Every response');
});
