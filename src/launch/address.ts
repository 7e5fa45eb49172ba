import { statSync } from 'node:fs';

/** The user's settings at this moment. */
export type Reading = {
  /** Where requests go. */
  upstream: string;
  /** The key or token for that address, if the settings name one. */
  credential: string | undefined;
};

/** Where the user's own Claude is reached, while the session runs. */
export type Address = {
  /** By the settings of the last read. */
  current(): string;
  /**
   * Where a request with this credential must go. Reads the settings again if they changed, and before a credential
   * goes to a host for the first time.
   */
  for(credential: string | undefined): string;
};

/**
 * Claude Code reads its settings files again while it runs, so a user can switch accounts by them: host and token
 * together. Plain `claude` then sends the new token to the new host, and ccmux must do the same: never the new token to
 * the old host or the reverse.
 *
 * @param read reads the settings.
 * @param stamp changes when the files change; called for each request, so it must be quick.
 * @param unsettled true while a file cannot be read: then the last read stands.
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
    // Claude Code itself complains about an invalid address.
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

/** The client has not read its files again yet: it still sends the old address's credential. */
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

/** The longest time that a program needs to write a settings file. */
const WRITING_MS = 2_000;

/** True if written a moment ago, and so perhaps incomplete. */
export function isFresh(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < WRITING_MS;
}
