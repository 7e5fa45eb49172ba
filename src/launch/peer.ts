/**
 * The process at the other end of a loopback connection: consent must come from the user, and a model's commands are
 * descendants of Claude Code. Linux tells by `/proc`, macOS and the BSDs by `lsof` and `ps`; elsewhere it is unknown. A
 * program that leaves its process tree on purpose and empties its environment looks like the user: this keeps honest
 * commands out, it is not a sandbox.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { SYSTEM } from '../ground/system.ts';

/** The two ports of a connection, seen from ccmux. */
export type Connection = { remotePort: number; localPort: number };

/** Variables of every program that Claude Code, or this session, runs. */
const INHERITED = /(?:^|\0)(?:CLAUDECODE|CCMUX_SESSION)=/;
/** Deeper than any process tree. */
const MOST_ANCESTORS = 200;

/** @returns the pid at the other end, if it can be found. */
export async function ownerOf(connection: Connection): Promise<number | undefined> {
  if (SYSTEM.processes === 'proc') return ownerByProc(connection);
  if (SYSTEM.processes === 'unknown') return undefined;
  const { remotePort, localPort } = connection;
  return readLsof(await output('lsof', ['-nP', '-Fpn', `-iTCP:${remotePort}`, '-sTCP:ESTABLISHED']), {
    remotePort,
    localPort,
  });
}

/** True if a process is another one or its descendant; undefined if unknown. */
export async function isWithin(pid: number, ancestor: number): Promise<boolean | undefined> {
  let current: number | undefined = pid;
  for (let depth = 0; depth < MOST_ANCESTORS && current !== undefined && current > 1; depth += 1) {
    if (current === ancestor) return true;
    current = await parentOf(current);
  }
  return current === undefined ? undefined : false;
}

/** True if a process started with the variables of a Claude Code command. Its own later changes do not show. */
export async function inheritsSession(pid: number): Promise<boolean> {
  if (SYSTEM.processes !== 'proc') return false;
  return INHERITED.test(await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''));
}

/**
 * True if a process runs below Claude Code, judged without a session: it or an ancestor has the variables of a Claude
 * Code command.
 */
export async function runsInSession(pid: number = process.pid): Promise<boolean> {
  if (pid === process.pid && (process.env['CLAUDECODE'] ?? process.env['CCMUX_SESSION']) !== undefined) return true;
  let current: number | undefined = pid;
  for (let depth = 0; depth < MOST_ANCESTORS && current !== undefined && current > 1; depth += 1) {
    if (await inheritsSession(current)) return true;
    current = await parentOf(current);
  }
  return false;
}

async function ownerByProc({ remotePort, localPort }: Connection): Promise<number | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => '')),
  );
  const inode = tables.map((table) => readInode(table, { remotePort, localPort })).find((found) => found !== undefined);
  if (inode === undefined) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // Usually it is the client: checking processes younger than ccmux first saves reading the descriptors of all others.
  pids.sort((a, b) => Number(Number(b) > process.pid) - Number(Number(a) > process.pid));
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    if (links.includes(`socket:[${inode}]`)) return Number(pid);
  }
  return undefined;
}

/** The client's socket in a table of `/proc/net`: its local port is ccmux's remote port. (proc(5)) */
export function readInode(table: string, { remotePort, localPort }: Connection): string | undefined {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of table.split('\n')) {
    const [, from, to, , , , , , , inode] = line.trim().split(/\s+/);
    if (from?.endsWith(hex(remotePort)) && to?.endsWith(hex(localPort)) && inode !== '0') return inode;
  }
  return undefined;
}

/** `p<pid>` lines, each with the `n<address>-><address>` lines of that process below it. */
export function readLsof(text: string, { remotePort, localPort }: Connection): number | undefined {
  let pid: number | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    else if (line.startsWith('n') && line.includes(`:${remotePort}->`) && line.endsWith(`:${localPort}`)) return pid;
  }
  return undefined;
}

async function parentOf(pid: number): Promise<number | undefined> {
  if (SYSTEM.processes === 'unknown') return undefined;
  if (SYSTEM.processes === 'proc') {
    // The name, in parentheses, may hold anything.
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return Number.isInteger(parent) && stat !== '' ? parent : undefined;
  }
  const parent = Number((await output('ps', ['-o', 'ppid=', '-p', String(pid)])).trim());
  return parent > 0 ? parent : undefined;
}

async function output(command: string, args: string[]): Promise<string> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => execFile(command, args, { timeout: 2000 }, (_error, stdout) => resolve(stdout)));
}
