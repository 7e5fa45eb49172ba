import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leave, noteHandover } from '../../src/launch/handover.ts';
import { writePrivately } from '../../src/launch/private-file.ts';

let root: string;
let run: string;
let configDir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ccmux-handover-'));
  [run, configDir] = [join(root, 'run'), join(root, 'claude')];
  mkdirSync(join(configDir, 'daemon', 'gateway-routed'), { recursive: true });
  mkdirSync(run);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const settingsAt = (address: string) => JSON.stringify({ env: { ANTHROPIC_BASE_URL: address } });
const GATEWAY = settingsAt('https://gateway.example');

/** The settings file of a session whose ccmux has the process number that is given. */
function session(name: string, settings = GATEWAY): string {
  const path = join(run, `${name}-aaaaaaaaaaaa.json`);
  writeFileSync(path, settingsAt('http://127.0.0.1:1/token'));
  noteHandover(path, { configDir, settings });
  return path;
}

/** Claude Code's record of a session in the background. */
function job(id: string, flags: unknown): void {
  mkdirSync(join(configDir, 'jobs', id), { recursive: true });
  writeFileSync(
    join(configDir, 'jobs', id, 'state.json'),
    JSON.stringify({ sessionId: `${id}-`, respawnFlags: flags }),
  );
  writeFileSync(join(configDir, 'daemon', 'gateway-routed', id), '');
}

it('leaves nothing where no session in the background holds the file', () => {
  const path = session('1');
  job('00000001', ['--settings', '/somebody/elses.json']);
  job('00000002', 'damaged');
  mkdirSync(join(configDir, 'jobs', '00000003'));
  writeFileSync(join(configDir, 'jobs', 'pins.json'), '{}');
  expect(leave(path)).toEqual([]);
  expect(readdirSync(run)).toEqual([]);
});

it.each([
  ['as a word of its own', (path: string) => ['--settings', path, '--permission-mode', 'auto']],
  ['with an equals sign', (path: string) => [`--settings=${path}`]],
])('leaves the file to a session that names it %s, until that is gone', (_, flags) => {
  const path = session('1');
  job('0badcafe', flags(path));
  expect(leave(path)).toEqual(['0badcafe']);
  expect(readFileSync(path, 'utf8')).toBe(GATEWAY);
  expect(leave(path)).toEqual(['0badcafe']);
  rmSync(join(configDir, 'jobs', '0badcafe'), { recursive: true });
  expect(leave(path)).toEqual([]);
  expect(readdirSync(run)).toEqual([]);
});

it('hands over in place of a ccmux that was killed, and sweeps what was left to a session that is gone', () => {
  const [killed, left] = [session('999999998'), session('999999997-5-0badf00d')];
  job('11111111', ['--settings', killed]);
  job('22222222', ['--settings', left]);
  leave(left);
  rmSync(join(configDir, 'jobs', '22222222'), { recursive: true });
  const file = writePrivately([run], '{}')!;
  expect(readFileSync(killed, 'utf8')).toBe(GATEWAY);
  // Its process counts in another machine's numbers, but nobody waits for that one any more.
  expect(existsSync(left)).toBe(false);
  file.remove();
});

it('takes away the mark of an own address where there is none, and only there', () => {
  const marks = () => readdirSync(join(configDir, 'daemon', 'gateway-routed'));
  const [ours, theirs] = [session('1', settingsAt('https://api.anthropic.com')), session('2')];
  job('11111111', ['--settings', ours]);
  job('22222222', ['--settings', theirs]);
  leave(ours);
  leave(theirs);
  expect(marks()).toEqual(['22222222']);
});

it('leaves alone what another version wrote', () => {
  const path = session('999999998');
  const note = JSON.stringify({ version: 2, configDir: [configDir] });
  writeFileSync(`${path}.handover`, note);
  expect(leave(path)).toEqual([]);
  expect(readFileSync(`${path}.handover`, 'utf8')).toBe(note);
  expect(existsSync(path)).toBe(true);
});
