/**
 * Who gets a signal, and from whom. `claude` runs in ccmux's own process group, so it already got a signal from the
 * terminal, which goes to the whole group, but not one that was sent to ccmux alone.
 *
 * | signal                      | comes from                          | ccmux                                     |
 * |-----------------------------|-------------------------------------|-------------------------------------------|
 * | SIGINT                      | Ctrl-C: the group has it            | lives on, does not send it a second time  |
 * |                             | `kill`, not in a terminal's front   | sends it on                               |
 * | SIGTERM, SIGHUP, SIGQUIT    | `kill`, a supervisor, a closed tty  | sends it on; a second one ends nobody     |
 * |                             |                                     | twice                                     |
 * | SIGUSR1, SIGUSR2, SIGALRM   | `kill`, a supervisor, a watcher     | the same: each of them would end claude   |
 * |                             |                                     | by default, and SIGUSR1 would start       |
 * |                             |                                     | Node's debugger in ccmux                  |
 * | SIGTSTP, SIGCONT, SIGWINCH  | Ctrl-Z, `fg`, a resized window      | nothing: Claude Code stops the whole      |
 * |                             |                                     | group (`kill(0, SIGTSTP)`, 2.1.330), and  |
 * |                             |                                     | the shell wakes the whole group           |
 * | SIGKILL                     |                                     | gone at once; the child lives on, without |
 * |                             |                                     | an address that answers                   |
 *
 * On Windows the console itself gives Ctrl-C, Ctrl-Break and the closing of its window to all programs in it, and one
 * that is sent would end the child at once: nothing is sent on (`signals` in ground/system.ts).
 *
 * In every case ccmux stays until the child has ended, and exits with its status: the child's own, or 128 + n.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { SYSTEM } from '../ground/system.ts';

/**
 * Keeps ccmux alive as long as the child, and forwards signals that only ccmux got.
 *
 * @param inFront true if Ctrl-C reaches the child by itself.
 * @returns a function that restores the default behaviour.
 */
export function relaySignals(
  child: { kill(signal: NodeJS.Signals): void },
  self: Pick<NodeJS.Process, 'on' | 'off'> = process,
  inFront: () => boolean = isInFront,
  { signals } = SYSTEM,
): () => void {
  const relay = (signal: NodeJS.Signals) => {
    if (signals.sent) child.kill(signal);
  };
  const interrupt = () => {
    if (!inFront()) relay('SIGINT');
  };
  for (const signal of signals.ending) self.on(signal, relay);
  self.on('SIGINT', interrupt);
  return () => {
    for (const signal of signals.ending) self.off(signal, relay);
    self.off('SIGINT', interrupt);
  };
}

/**
 * Before `claude` runs and after it has ended, a signal ends ccmux by an exit, which removes the session's settings file.
 * @param status that of `claude`, which a second Ctrl-C does not change; undefined before it runs: 128 + n.
 * @returns a function that puts the default behaviour back.
 */
export function endOnSignal(status?: number, self: Pick<NodeJS.Process, 'on' | 'off' | 'exit'> = process): () => void {
  const end = (signal: NodeJS.Signals) => self.exit(status ?? 128 + constants.signals[signal]);
  const signals = [...SYSTEM.signals.ending, 'SIGINT'] as const;
  for (const signal of signals) self.on(signal, end);
  return () => {
    for (const signal of signals) self.off(signal, end);
  };
}

/**
 * True if the terminal's keys reach this process group. Linux tells; elsewhere a stream on a terminal is the best sign.
 */
export function isInFront(): boolean {
  const status = foregroundGroup();
  if (status !== undefined) return status.group === status.foreground;
  return Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
}

/** Fields 5 and 8 of /proc/self/stat (proc(5)), counted after the name, which may hold spaces and brackets. */
function foregroundGroup(): { group: number; foreground: number } | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { group: Number(fields[2]), foreground: Number(fields[5]) };
  } catch {
    return undefined;
  }
}
