/** What is measured, each as a process of its own, as in life: one's work must not hold up another's clock. */
import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Running = { url: string; pid: number; stop(): void; ended: Promise<unknown> };

export const CCMUX = fileURLToPath(new URL('../../bin/ccmux.js', import.meta.url));
export const FOOTER = fileURLToPath(new URL('../../dist/footer.js', import.meta.url));

/**
 * Starts one of this folder's programs, by Node alone.
 * @param args its arguments. @param under Node's own, and more variables.
 */
export async function start(
  file: string,
  args: string[] = [],
  under: { execArgv?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Running> {
  const { execArgv = [], env } = under;
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv,
    env: { ...process.env, ...env },
  });
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
export async function startCcmux(
  upstream: string,
  home = createCcmuxHome(upstream),
  nodeOptions: string[] = [],
): Promise<Running> {
  const { env, remove } = home;
  const child = spawn(process.execPath, [...nodeOptions, CCMUX, 'claude', '-p', 'hi'], {
    env,
    cwd: env['HOME'],
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const url = await firstLine(child);
  // It still loads what answers, and a request waits for that.
  await (await fetch(`${url}/ccmux/nothing`)).text();
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

/** CPU time of its threads so far, milliseconds: by the scheduler, which counts nanoseconds, and `stat` only ticks of 10 ms. */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1').split(' ')[0]));
  return spent.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

/** Resident memory, MB. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

/** nginx as a relay that buffers requests and passes answers on at once; undefined where it is not installed. */
export async function startNginx(upstream: string): Promise<Running | undefined> {
  if (spawnSync('nginx', ['-v']).error) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-bench-nginx-'));
  const port = await freePort();
  const config = `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
    events { }
    http {
      access_log off; client_max_body_size 100m; client_body_buffer_size 8m; proxy_buffering off;
      client_body_temp_path ${folder}/1; proxy_temp_path ${folder}/2; fastcgi_temp_path ${folder}/3;
      uwsgi_temp_path ${folder}/4; scgi_temp_path ${folder}/5;
      upstream claude { server ${new URL(upstream).host}; keepalive 64; }
      server {
        listen 127.0.0.1:${port}; keepalive_requests 1000000;
        location / { proxy_pass http://claude; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 20));
  const ended = once(child, 'exit').then(() => rmSync(folder, { recursive: true, force: true }));
  return { url, pid: child.pid!, stop: () => child.kill(), ended };
}

/** The last version that npm can install alone, without a native module. */
const ROUTER = '@musistudio/claude-code-router@2.0.0';

/** Claude Code Router as a relay to Claude, which is the default of its kind; npm installs it for the time of a run. */
export async function startRouter(upstream: string): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), 'ccmux-bench-router-'));
  const options = ['--prefix', home, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  const { status } = spawnSync('npm', ['install', ...options, ROUTER], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm could not install ${ROUTER}`);
  const port = await freePort();
  const claude = {
    name: 'claude',
    api_base_url: `${upstream}/v1/messages`,
    api_key: 'sk-bench',
    models: ['claude-opus-5-5'],
    transformer: { use: ['Anthropic'] },
  };
  mkdirSync(join(home, '.claude-code-router'));
  const Router = { default: 'claude,claude-opus-5-5' };
  const config = { PORT: port, HOST: '127.0.0.1', LOG: false, NON_INTERACTIVE_MODE: true, Providers: [claude], Router };
  writeFileSync(join(home, '.claude-code-router', 'config.json'), JSON.stringify(config));
  const program = join(home, 'node_modules', '@musistudio', 'claude-code-router', 'dist', 'cli.js');
  const env = { HOME: home, PATH: '/usr/bin:/bin' };
  const child = spawn(process.execPath, [program, 'start'], { env, cwd: home, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 50));
  const ended = once(child, 'exit').then(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  return { url, pid: child.pid!, stop: () => child.kill(), ended };
}

/** Some programs cannot say which port they were given. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
