import { statSync } from 'node:fs';

/** What the user's settings say at this moment. */
export type Reading = {
  /** Where requests go. */
  upstream: string;
  /** The key or token that goes there, where the settings name one. */
  credential: string | undefined;
};

/** Where the user's own Claude is reached, while the session runs. */
export type Address = {
  /** By the settings as they were read last. */
  current(): string;
  /**
   * Where a request with this credential is meant to go. Reads the settings again when they have changed, and before a
   * credential goes to a host that has not seen it.
   */
  for(credential: string | undefined): string;
};

/**
 * Claude Code reads its settings files again while it runs, so a user can switch accounts by them: host and token
 * together. Plain `claude` then sends the new token to the new host, and so must ccmux: never the one to the other.
 *
 * @param read reads the settings.
 * @param stamp changes when the files do; asked with each request, so it must be quick.
 * @param unsettled true while a file cannot be read: then what was read before stands.
 */
export function followAddress(read: () => Reading, stamp: () => string, unsettled: () => boolean): Address {
  let stamped = stamp();
  let now = { ...read(), seen: new Set<string>() };
  let before: typeof now | undefined;

  function reread(): void {
    const at = stamp();
    if (unsettled()) return;
    stamped = at;
    const next = read();
    // An address that cannot be is Claude Code's to complain about.
    if (!URL.canParse(next.upstream)) return;
    if (next.upstream !== now.upstream) {
      before = now;
      now = { ...next, seen: new Set() };
    } else now = { ...next, seen: now.seen };
  }

  return {
    current: () => now.upstream,
    for(credential) {
      if (stamp() !== stamped || (credential !== undefined && !now.seen.has(credential))) reread();
      if (credential === undefined) return now.upstream;
      if (before?.seen.has(credential) && isLeftOver(credential, before, now)) return before.upstream;
      now.seen.add(credential);
      return now.upstream;
    },
  };
}

/** The client has not read its files again yet: it still shows the credential that belongs to the address before. */
function isLeftOver(credential: string, before: Reading, now: Reading): boolean {
  const names = ({ credential: named }: Reading) => named !== undefined && credential.split(' ').includes(named);
  return !names(now) && (now.credential !== undefined || names(before));
}

/** When these files were last written, as one text. A few microseconds each. */
export function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats ? `${stats.mtimeMs}:${stats.size}:${stats.ino}` : '';
    })
    .join('|');
}

/** As long as a program may take between the first and the last byte of a settings file. */
const WRITING_MS = 2_000;

/** Written a moment ago, and so perhaps not whole yet. */
export function isFresh(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < WRITING_MS;
}
