import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** An open file descriptor, from Linux's `/proc/self/fd` and `fdinfo`. */
export type Descriptor = {
  fd: number;
  /** Its target: a path, `pipe:[4711]`, `anon_inode:[eventpoll]`. */
  link: string;
  /** The flags of `open(2)`. */
  flags: number;
};

type Stdio = ['inherit', 'inherit', 'inherit', ...('inherit' | 'ignore')[]];

const STDERR = 2;
const CLOSE_ON_EXEC = 0o2_000_000;
const ACCESS = 0o3;

let inherited: readonly number[] = [];

/**
 * Lists the descriptors that the shell opened for this process beside stdin, stdout and stderr (`3<file`, zsh's
 * `<(…)`), as far as `claude` would not get them by itself. Called before ccmux opens anything. Without `/proc` (macOS,
 * Windows) they cannot be told from Node's own, and the list is empty.
 */
export function noteInherited(): void {
  inherited = inheritedAmong(openDescriptors(), process.env);
}

/** For `claude`, each at its own number. */
export function stdioOf(descriptors: readonly number[] = inherited): Stdio {
  const above = Array.from({ length: Math.max(STDERR, ...descriptors) - STDERR }, (_, index) =>
    // Above stderr, an ignored descriptor stays closed.
    descriptors.includes(STDERR + 1 + index) ? 'inherit' : 'ignore',
  );
  return ['inherit', 'inherit', 'inherit', ...above];
}

/**
 * The descriptors that are older than Node, and that Node keeps from its children: it sets close-on-exec on the first
 * seventeen at its start. Higher ones (bash's `<(…)` is 63) pass by themselves: to name one would need an entry for each
 * number below it, which takes execa 17 ms for 251. Node's own have the flag as well; they are event queues, and pipes of
 * which it holds both ends. `make -j` also passes both ends of a pipe, and announces it.
 */
export function inheritedAmong(open: readonly Descriptor[], env: NodeJS.ProcessEnv): number[] {
  const makes = jobserverIn(env);
  const isNodes = ({ fd, link, flags }: Descriptor) => {
    if (makes.includes(fd)) return false;
    if (link.startsWith('anon_inode:')) return true;
    const otherEnd = (other: Descriptor) => other.link === link && (other.flags & ACCESS) !== (flags & ACCESS);
    return link.startsWith('pipe:') && open.some((other) => other.fd > STDERR && otherEnd(other));
  };
  return open
    .filter((one) => one.fd > STDERR && (one.flags & CLOSE_ON_EXEC) !== 0 && !isNodes(one))
    .map(({ fd }) => fd)
    .toSorted((a, b) => a - b);
}

/** GNU make's tokens (4.4 and later may use a named pipe instead), and Cargo's. */
function jobserverIn({ MAKEFLAGS = '', CARGO_MAKEFLAGS = '' }: NodeJS.ProcessEnv): number[] {
  const named = `${MAKEFLAGS} ${CARGO_MAKEFLAGS}`.matchAll(/--jobserver-(?:auth|fds)=(\d+),(\d+)/g);
  return [...named].flatMap(([, read, write]) => [Number(read), Number(write)]);
}

function openDescriptors(): Descriptor[] {
  try {
    return readdirSync('/proc/self/fd').flatMap((name) => {
      const one = describe(Number(name));
      return one === undefined ? [] : [one];
    });
  } catch {
    return [];
  }
}

/** @returns undefined for the descriptor that read the list: it is closed by now. */
function describe(fd: number): Descriptor | undefined {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags === undefined
      ? undefined
      : { fd, link: readlinkSync(`/proc/self/fd/${fd}`), flags: Number.parseInt(flags, 8) };
  } catch {
    return undefined;
  }
}
