import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runFollow } from '../../src/cli/report-follow.ts';
import type { Event } from '../../src/events.ts';
import { registerRunning } from '../../src/state/running.ts';
import { journalFile } from '../../src/state/store.ts';
import { journey } from '../report/story.ts';
import { fakeIo } from './io.ts';

const ID = '20261122-140000-3f2a';

let folder: string;
let sessions: string;
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-follow-'));
  sessions = join(folder, 'ccmux', 'sessions');
  await mkdir(sessions, { recursive: true });
  stop = new AbortController();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lines = (events: Event[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

function run(session = ID): () => void {
  const stateDir = join(folder, 'ccmux');
  return registerRunning({
    stateDir,
    session,
    pid: process.pid,
    controlUrl: 'http://127.0.0.1:1/x/ccmux',
    claudeCwd: '/',
  });
}

function follow(options: { session?: string; json?: boolean } = {}) {
  const { io, written } = fakeIo({ XDG_STATE_HOME: folder });
  const gone: (() => void)[] = [];
  const once = (_event: 'error', listener: () => void) => gone.push(listener);
  const stdout = { ...io.stdout, once };
  return { written, gone, code: runFollow(options, { ...io, stdout, everyMs: 5, signal: stop.signal }) };
}

it('tells what happened and what happens, to the end of the session', async () => {
  const events = journey();
  const file = journalFile(sessions, ID);
  await writeFile(file, lines(events.slice(0, 2)));
  const over = run();
  const { written, code } = follow();
  await vi.waitFor(() => expect(written.out).toContain('the worker pool deadlocks'));
  expect(written.out).toMatch(/^14:00:00 {2}session 3f2a91 begins · order: Claude, Gemini, OpenRouter/);
  // Half a line, in the middle of a letter, is not told.
  const rest = Buffer.from(lines(events.slice(2)).replace('and if both', 'ünd if both'));
  const half = rest.indexOf('ü') + 1;
  await appendFile(file, rest.subarray(0, half));
  await vi.waitFor(() => expect(written.out).toContain('answered by Gemini in 4.2 s'));
  expect(written.out).not.toContain('nd if both');
  await appendFile(file, rest.subarray(half));
  over();
  expect(await code).toBe(0);
  expect(written.out).toContain('ünd if both jobs fail?');
  expect(written.out).toMatch(/14:31:40 {2}session ends with exit code 0\n$/);
  expect(written.out.split('\n')).toHaveLength(events.length + 1);
  expect(written.err).toBe('');
});

it('prints the journal itself for other programs, the damaged lines too', async () => {
  const text = `${lines(journey().slice(0, 3))}{"type":"exch\n${lines(journey().slice(-1))}`;
  await writeFile(journalFile(sessions, ID), text);
  const { written, code } = follow({ session: '3f2a', json: true });
  expect(await code).toBe(0);
  expect(written.out).toBe(text);
});

it('says that it waits where no session runs, and goes on with the next one', async () => {
  const { written, code } = follow();
  await vi.waitFor(() =>
    expect(written.err).toBe('ccmux: no session is running. Waiting for one; Ctrl-C ends this.\n'),
  );
  await writeFile(journalFile(sessions, ID), lines(journey()));
  run();
  expect(await code).toBe(0);
  expect(written.out).toContain('session ends');
});

it('names the one of several that it follows, and one that was killed', async () => {
  await writeFile(journalFile(sessions, ID), lines(journey().slice(0, 4)));
  run('20261122-120000-0000');
  const killed = run();
  const { written, code } = follow();
  await vi.waitFor(() => expect(written.out).not.toBe(''));
  killed();
  expect(await code).toBe(0);
  expect(written.err).toBe(`ccmux: 2 sessions are running; this is ${ID}\nccmux: session ${ID} ended abruptly\n`);
});

it('ends with Ctrl-C, and where nobody reads it any more', async () => {
  await writeFile(journalFile(sessions, ID), lines(journey().slice(0, 4)));
  run();
  const first = follow();
  await vi.waitFor(() => expect(first.written.out).not.toBe(''));
  for (const leave of first.gone) leave();
  expect(await first.code).toBe(0);
  const waiting = follow();
  stop.abort();
  expect(await waiting.code).toBe(0);
});

it('says why there is nothing to follow', async () => {
  await writeFile(journalFile(sessions, ID), '{"type":"session-start","format":2,"version":"9.0.0"}\n');
  await expect(follow({ session: ID }).code).rejects.toThrow(
    /was written by a newer ccmux \(9\.0\.0\): that one shows it/,
  );
  await writeFile(join(sessions, 'only-report.json'), '{}');
  await expect(follow({ session: 'only-report' }).code).rejects.toThrow(
    'session only-report has left no journal. Its report: ccmux report only-report',
  );
});
