import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Event } from '../../src/events.ts';
import { registerRunning } from '../../src/state/running.ts';
import { ask, answered, script, sessionStart } from '../report/story.ts';

const RESPONSES = 3000;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ccmux-pipe-'));
  const sessions = join(home, '.local', 'state', 'ccmux', 'sessions');
  mkdirSync(sessions, { recursive: true });
  const events: Event[] = script([0, sessionStart]);
  for (let turn = 1; turn <= RESPONSES; turn += 1) {
    events.push(
      ...script([turn, ask(turn, turn, `message ${turn}`)], [turn + 0.5, answered(turn, 'claude', 'opus', 500)]),
    );
  }
  writeFileSync(join(sessions, '3f2a91.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(args: string[]) {
  const env = { HOME: home, PATH: process.env['PATH'], TERM: 'xterm-256color' };
  const child = spawn(process.execPath, [resolve('bin/ccmux.js'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const code = new Promise<number | null>((done) => child.on('exit', done));
  return { child, code, err: () => err };
}

it.each<[args: string[], end: RegExp]>([
  [['report', '--all'], /message 3000\n.*Claude.*\n$/],
  [['report', '--json'], /\n}\n$/],
  [['report', '--html', '-'], /<\/html>\n$/],
  [['report', '3f2a91', '--follow', '--json'], /"exchange":3000.*\n$/],
])('%j reaches a slow reader whole', async (args, end) => {
  const { child, code, err } = run(args);
  // The pipe is long full before the first byte is taken from it.
  await delay(500);
  let text = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout as AsyncIterable<string>) {
    text += chunk;
    await delay(1);
  }
  expect(await code).toBe(0);
  expect(text.length).toBeGreaterThan(100_000);
  expect(text).toMatch(end);
  expect(err()).toBe(args.includes('--follow') ? 'ccmux: session 3f2a91 ended abruptly\n' : '');
});

it.each([[['report', '--all']], [['report', '--json']], [['report', '--by', 'day', '--csv']]])(
  '%j ends quietly where nobody reads on',
  async (args) => {
    const { child, code, err } = run(args);
    child.stdout.destroy();
    expect([await code, err()]).toEqual([0, '']);
  },
);

it.each([[['report', '--follow']], [['status', '--watch', '--json']]])(
  '%j does not outlive its reader',
  async (args) => {
    const over = registerRunning({
      stateDir: join(home, '.local', 'state', 'ccmux'),
      session: '3f2a91',
      pid: process.pid,
      controlUrl: 'http://127.0.0.1:1/x/ccmux',
      claudeCwd: home,
    });
    const { child, code, err } = run(args);
    child.stdout.destroy();
    expect([await code, err()]).toEqual([0, '']);
    over();
  },
);

it('ends with Ctrl-C while it follows', async () => {
  const { child, code } = run(['report', '--follow']);
  let waits = '';
  child.stderr.on('data', (text: Buffer) => (waits += text.toString()));
  await vi.waitFor(() => expect(waits).toContain('Waiting for one'), 15_000);
  child.kill('SIGINT');
  expect(await code).toBe(0);
});
