import { execFileSync, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The last version of Chroma's server that npm has for Linux with glibc 2.36. Newer ones, and other machines' ones, come
 * with `pip install chromadb`.
 */
const FROM_NPM = 'chromadb-js-bindings-linux-x64-gnu@1.0.3';

/** A real server with its data in a folder. */
export type ChromaServer = { url: string; data: string; stop(): Promise<void> };

/** @returns undefined where there is none: neither `chroma` on the PATH, nor one that npm could bring. */
export async function startChromaServer(): Promise<ChromaServer | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-chroma-'));
  const program = findProgram(folder);
  if (!program) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const data = join(folder, 'data');
  const port = await freePort();
  const [command = '', ...before] = program;
  const options = ['run', '--path', data, '--port', String(port), '--host', '127.0.0.1'];
  const running = spawn(command, [...before, ...options], { cwd: folder, stdio: 'ignore' });
  const stop = async () => {
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const { ok } = await fetch(`${url}/api/v2/heartbeat`).catch(() => ({ ok: false }));
    if (ok) return { url, data, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`${program.join(' ')} does not start`);
}

function findProgram(folder: string): string[] | undefined {
  if (succeeds('chroma', ['--version'])) return ['chroma'];
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', FROM_NPM];
  if (!succeeds('npm', install)) return undefined;
  const module = join(folder, 'node_modules', FROM_NPM.split('@')[0]!);
  const code = `require(${JSON.stringify(module)}).cli(['chroma', ...process.argv.slice(1)])`;
  return succeeds(process.execPath, ['-e', `require(${JSON.stringify(module)})`])
    ? [process.execPath, '-e', code, '--']
    : undefined;
}

function succeeds(command: string, options: string[]): boolean {
  try {
    execFileSync(command, options, { stdio: 'ignore', timeout: 120_000 });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
