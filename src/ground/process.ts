import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A process's identity for later. The pid alone is not enough: the system reuses it, and in another container it names
 * another process.
 */
export type ProcessIdentity = {
  pid: number;
  /** When it started, in the kernel's ticks since the boot (field 22 of proc(5)'s stat). Absent where unknown. */
  started?: string;
  /** The boot and the pid namespace that the pid belongs to. Absent where unknown. */
  space?: string;
};

/** `unknown`: it belongs to another container, or to another boot that shares this disk. */
export type Liveness = 'alive' | 'gone' | 'unknown';

/** This process, or another one of this machine. */
export function identityOf(pid: number = process.pid): ProcessIdentity {
  const started = startOf(pid);
  const space = spaceOf();
  return { pid, ...(started !== undefined && { started }), ...(space !== undefined && { space }) };
}

/** Whether this process still runs. */
export function livenessOf({ pid, started, space }: ProcessIdentity): Liveness {
  if (space !== undefined && space !== spaceOf()) return 'unknown';
  if (!hasProcess(pid) || hasEnded(pid)) return 'gone';
  return started !== undefined && startOf(pid) !== started ? 'gone' : 'alive';
}

/** Killed, and its parent has not asked for its exit code: as in a container whose first process asks for none. */
function hasEnded(pid: number): boolean {
  return statOf(pid)?.[0] === 'Z';
}

/** Signal 0 asks whether the process exists; EPERM means that it does and belongs to another user. */
function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** The fields behind the name, which may hold spaces and brackets: the state is the first. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function spaceOf(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
