/** One session of many exchanges: what it keeps, how late its events come, and how quick its page, report and exit are. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, bodyOf } from './client.ts';
import { CCMUX, createCcmuxHome, residentMb, start, startCcmux, type Running } from './processes.ts';

const STREAMS = 64;
const MONITOR = fileURLToPath(new URL('monitor.mjs', import.meta.url));

type Seen = { heapMb: number; handles: number; p99Ms: number };

/** @param print one line of figures: at the beginning, and at the end. */
export async function scale(
  exchanges: number,
  print: (name: string, figures: number[], unit?: string) => void,
): Promise<void> {
  const upstream = await start('upstream.ts');
  const home = createCcmuxHome(upstream.url);
  const seenIn = join(home.env['HOME']!, 'seen.json');
  const env: NodeJS.ProcessEnv = { ...home.env, MONITOR: seenIn };
  const execArgv = ['--import', MONITOR];
  const ccmux = await startCcmux(upstream.url, { env, remove: () => {} }, execArgv);
  const body = bodyOf(2e3);
  const send = async (count: number, { url }: Running = ccmux) => {
    let left = count;
    const stream = async () => {
      while (left-- > 0) {
        const { status, text } = await ask(url, body);
        if (status !== 200 || !text.includes('message_stop')) throw new Error(`broken: ${status} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: STREAMS }, stream));
  };

  // Every stream has its connections, and what is loaded late is loaded.
  await send(STREAMS * 10);
  const before = await look(ccmux, seenIn);
  const residentBefore = residentMb(ccmux.pid);
  await send(exchanges);
  const after = await look(ccmux, seenIn);
  console.log(`\n${exchanges} exchanges, ${STREAMS} at once${' '.repeat(24)}before     after`);
  print('heap after a collection', [before.heapMb, after.heapMb], 'MB');
  print('resident memory', [residentBefore, residentMb(ccmux.pid)], 'MB');
  print('handles', [before.handles, after.handles]);
  const floor = await start('pipe.mjs', [upstream.url], { execArgv, env: { MONITOR: seenIn } });
  await send(STREAMS * 10, floor);
  await look(floor, seenIn);
  await send(exchanges, floor);
  // As many as there are streams are ready at once, and the loop is as late as all of them take together.
  print("delay of the event loop, p99: floor's, ccmux's", [(await look(floor, seenIn)).p99Ms, after.p99Ms], 'ms');
  floor.stop();
  console.log(`${''.padEnd(48)}   measured   target`);
  const page = await timed(() => fetch(`${ccmux.url}/ccmux/`).then((response) => response.text()));
  print('the page', [page], 'ms');
  print('its state', [await timed(() => fetch(`${ccmux.url}/ccmux/status`).then((response) => response.json()))], 'ms');
  const exit = await timed(async () => {
    ccmux.stop();
    await ccmux.ended;
  });
  print('exit', [exit, 300], 'ms');
  const report = await timed(async () => spawnSync(process.execPath, [CCMUX, 'report'], { env, cwd: env['HOME'] }));
  print('ccmux report', [report], 'ms');
  home.remove();
  upstream.stop();
}

async function look({ pid }: Running, seenIn: string): Promise<Seen> {
  // The last answers are recorded some moments after their last byte.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  rmSync(seenIn, { force: true });
  process.kill(pid, 'SIGPWR');
  for (;;) {
    // Throws where it has ended.
    process.kill(pid, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    try {
      return JSON.parse(readFileSync(seenIn, 'utf8')) as Seen;
    } catch {
      // Not written yet, or half.
    }
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
