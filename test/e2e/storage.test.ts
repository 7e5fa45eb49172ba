import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { ccmuxCommand, claudeCommand, runCcmux, start } from '../helpers/claude.ts';
import { answersOf, useQuickClient } from '../helpers/quick-client.ts';

/** A state folder that cannot be written costs the report, never the session: and the user is told, once. */

async function aPlace() {
  const { place } = await makeCast({
    claude: () => claudeLimit(inAnHour()),
    gemini: () => answer('Gemini was here.'),
  });
  useQuickClient(place);
  return place;
}

const OBSTACLES: [name: string, obstruct: (state: string) => void, cause: string][] = [
  ['is a file', (state) => writeFileSync(state, ''), 'a file stands where a folder should be'],
  ['is a circle of links', (state) => symlinkSync(state, state), 'its links lead in a circle'],
  [
    'lies below a file',
    (state) => {
      rmSync(dirname(state), { recursive: true, force: true });
      writeFileSync(dirname(state), '');
    },
    'a file stands where a folder should be',
  ],
];

it.each(OBSTACLES)('answers when the state folder %s, and says what is missing, once', async (_, obstruct, cause) => {
  const place = await aPlace();
  mkdirSync(dirname(place.ccmuxState), { recursive: true });
  obstruct(place.ccmuxState);
  const run = await start(place, claudeCommand('ccmux', ['-p', 'one', 'two'])).finished;
  expect(run.code).toBe(0);
  expect(answersOf(run.stdout).map(({ text }) => text)).toEqual(['Gemini was here.', 'Gemini was here.']);
  const told = run.stderr.split('\n').filter((line) => line.includes('cannot be written'));
  expect(told).toEqual([
    `ccmux: ${place.ccmuxState} cannot be written (${cause}): no report of this session, and no \`ccmux status\` or \`use\` from another terminal. Failover works.`,
  ]);
  expect(run.stderr).not.toMatch(/\n\s+at |please report/);

  const unseen = `running sessions leave no trace here, because ${place.ccmuxState} cannot be written (${cause})`;
  const unread = `${join(place.ccmuxState, 'sessions')} cannot be read (${cause}). See: ccmux doctor`;
  for (const [args, said] of [
    [['status'], unseen],
    [['use', 'gemini'], unseen],
    [['report'], unread],
    [['report', '--list'], unread],
  ] as const) {
    const { stdout, stderr } = await runCcmux(place, [...args]);
    expect(stdout + stderr).toContain(said);
    expect(stderr).not.toMatch(/\n\s+at /);
  }
});

it('shows the other sessions when one journal or report is damaged', async () => {
  const place = await aPlace();
  for (let session = 0; session < 4; session++) {
    await start(place, claudeCommand('ccmux', ['-p', `session ${session}`])).finished;
  }
  const sessions = join(place.ccmuxState, 'sessions');
  const ids = readdirSync(sessions)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length));
  const [first, second, third, fourth] = ids.toSorted();
  // A report that is JSON and yet none, a journal of noise, and one that is a folder.
  writeFileSync(join(sessions, `${first}.json`), '{"version":1,"responses":[null],"providers":7}');
  writeFileSync(join(sessions, `${second}.json`), '{');
  writeFileSync(join(sessions, `${second}.jsonl`), Buffer.from([0, 255, 10, 123, 10]));
  for (const ending of ['json', 'jsonl']) rmSync(join(sessions, `${third}.${ending}`));
  mkdirSync(join(sessions, `${third}.jsonl`));

  const list = await runCcmux(place, ['report', '--list', '--json']);
  expect(list.code).toBe(0);
  expect(JSON.parse(list.stdout).map(({ session }: { session: string }) => session)).toEqual([fourth, first]);
  expect(list.stderr).toBe(
    `ccmux: session ${third} cannot be read: ${join(sessions, `${third}.jsonl`)} cannot be read (a folder stands where a file should be). See: ccmux doctor\n` +
      `ccmux: session ${second} cannot be read: neither its journal nor its report can be understood\n`,
  );
  const last = await runCcmux(place, ['report', '--json']);
  // Written to last, and read from its journal.
  expect(JSON.parse(last.stdout)).toMatchObject({ session: first, turns: 1 });
});

it('goes on where no place for its own files can be had, and never loops', async () => {
  const place = await aPlace();
  Object.assign(place.env, { XDG_RUNTIME_DIR: '/proc/none', TMPDIR: '/proc/none', XDG_STATE_HOME: '/proc/none' });
  const run = await start(place, claudeCommand('ccmux', ['-p', 'one'])).finished;
  expect(answersOf(run.stdout).map(({ text }) => text)).toEqual(['Gemini was here.']);
  expect(run.stderr).toContain('can be written: notices wait for the exit. Failover works.');
  expect(run.stderr).not.toMatch(/\n\s+at |please report/);
});

it('says in one line that the folder it was started in is gone, as claude does', async () => {
  const place = await aPlace();
  const command = `mkdir gone && cd gone && rmdir ../gone && exec "$@"`;
  const run = await start(place, ['/bin/sh', '-c', command, 'sh', ...claudeCommand('ccmux', ['-p', 'one'])]).finished;
  expect(run.code).toBe(1);
  expect(run.stderr).toBe(
    'ccmux: the folder you are in no longer exists (it was deleted or moved). Change to one that does.\n',
  );
});

it('says in one line that its output does not fit on the disk', async () => {
  const place = await aPlace();
  const run = await start(place, ['/bin/sh', '-c', 'exec "$@" >/dev/full', 'sh', ...ccmuxCommand(['--help'])]).finished;
  expect(run.code).toBe(1);
  expect(run.stderr).toBe('ccmux: the output cannot be written (the disk is full)\n');
});

it('leaves no empty folder behind', async () => {
  const place = await aPlace();
  await start(place, claudeCommand('ccmux', ['-p', 'one'])).finished;
  const empty = readdirSync(place.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(entry.parentPath, entry.name)).length === 0)
    .map(({ name }) => name);
  // The state folder's own, which the next session uses again.
  expect(empty).toEqual(['running']);
  expect(readdirSync(place.env['TMPDIR']!)).toEqual([]);
});
