import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { connect as connectTo, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { connect, type Server } from '../../src/state/team/server.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const found = isThere();
if (!found && process.env['CI'] === 'true') throw new Error('redis-server is missing: apt-get install redis-server');

/** Tests that need a server are skipped where it is missing, but not in CI. */
export const withRedis = { skip: !found };

export type Redis = {
  port: number;
  url: string;
  start(): Promise<void>;
  /** As by a power cut. */
  kill(): Promise<void>;
  /** Stops it without closing a connection: it is there, and silent. */
  freeze(): void;
  thaw(): void;
  /** A connection of the test's own. */
  connect(): Promise<Server>;
  /** Runs `redis-cli`. @returns what it prints. */
  cli(...words: string[]): string;
};

/**
 * A real server on a port of its own, gone when the test has finished.
 * @param options of `redis-server`. By default it keeps every write on disk, as README advises.
 */
export async function startRedis(...options: string[]): Promise<Redis> {
  const port = await freePort();
  const folder = temporaryFolder('ccmux-redis-');
  let running: ChildProcess | undefined;
  const redis: Redis = {
    port,
    url: `valkey://127.0.0.1:${port}/0`,
    async start() {
      const kept = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
      const listen = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
      running = spawn('redis-server', [...listen, ...kept, ...options], { stdio: 'ignore' });
      await untilItListens(port);
    },
    async kill() {
      const gone = new Promise((resolve) => running?.once('exit', resolve));
      running?.kill('SIGKILL');
      await gone;
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    connect: () => connect({ host: '127.0.0.1', port, database: 0 }),
    cli: (...words) => execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }),
  };
  onTestFinished(() => void running?.kill('SIGKILL'));
  await redis.start();
  return redis;
}

async function untilItListens(port: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one try after another
    if (await answers(port)) return;
    if (tries > 400) throw new Error('redis-server does not start');
    // oxlint-disable-next-line no-await-in-loop
    await sleep(25);
  }
}

/** Whatever it says: without a password only that one is needed. While it loads its file, it says so. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('data', (text) => (resolve(!String(text).startsWith('-LOADING')), socket.destroy()));
    socket.on('error', () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function isThere(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
