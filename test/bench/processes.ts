/** What is measured, each as a process of its own, as in life: one's work must not hold up another's clock. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Running = { url: string; pid: number; stop(): void; ended: Promise<unknown> };

export const CCMUX = fileURLToPath(new URL('../../bin/ccmux.js', import.meta.url));

/** Starts one of this folder's programs, by Node alone: what runs TypeScript for us would weigh in its memory. */
export async function start(file: string, ...args: string[]): Promise<Running> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [] });
  const [url] = (await once(child, 'message')) as [string];
  return { url, pid: child.pid!, stop: () => child.kill(), ended: once(child, 'exit') };
}

/** A home in which Claude and a fallback are both at this address, and `claude` does what a line of shell says. */
export function createHome(upstream: string, claude: string): { env: NodeJS.ProcessEnv; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'ccmux-bench-'));
  const config = join(home, '.config', 'ccmux');
  mkdirSync(config, { recursive: true });
  const local = { kind: 'openai-compatible', baseUrl: `${upstream}/v1`, models: { default: 'm' } };
  const settings = {
    order: ['claude', 'local'],
    failover: { retries: 0 },
    providers: { local: { ...local, contextWindow: 10_000_000 } },
  };
  writeFileSync(join(config, 'config.json'), JSON.stringify(settings));
  writeFileSync(join(home, 'claude'), `#!/bin/sh\n${claude}\n`);
  chmodSync(join(home, 'claude'), 0o755);
  return {
    env: {
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      PATH: `${home}:/usr/bin:/bin`,
      ANTHROPIC_BASE_URL: upstream,
    },
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

export function createCcmuxHome(upstream: string): ReturnType<typeof createHome> {
  return createHome(upstream, 'echo "$ANTHROPIC_BASE_URL"; exec cat >/dev/null');
}

/** The built ccmux, with a `claude` that says its address and then does nothing. */
export async function startCcmux(upstream: string, home = createCcmuxHome(upstream)): Promise<Running> {
  const { env, remove } = home;
  const child = spawn(process.execPath, [CCMUX, 'claude', '-p', 'hi'], {
    env,
    cwd: env['HOME'],
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const url = await firstLine(child);
  return {
    url,
    pid: child.pid!,
    stop: () => child.stdin.end(),
    ended: once(child, 'exit').then(remove),
  };
}

export function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout!.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    stdout!.on('end', () => reject(new Error('it ended without a line')));
  });
}

/** CPU time so far, milliseconds. Linux counts it in hundredths of a second. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory, MB. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}
