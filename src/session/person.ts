import { inheritsSession, isWithin, ownerOf, type Connection } from './peer.ts';

/** Tells a person's word from that of a program which a model runs. */
export type Person = {
  /** Claude Code was started. */
  launched(pid: number): void;
  /** The first request of a session comes from Claude Code itself, before a model can have run anything. */
  met(connection: Connection): void;
  /** Claude Code itself asks: what it says that the user typed was typed. */
  isClient(connection: Connection): Promise<boolean>;
  /** The one who asks stands outside of the session: a terminal of the user's own. */
  isOutside(connection: Connection): Promise<boolean>;
};

/** @param self ccmux's own pid: everything in the session runs under it. */
export function createPerson(self = process.pid): Person {
  let child: number | undefined;
  let first: Promise<number | undefined> | undefined;
  return {
    launched(pid) {
      child = pid;
    },
    met(connection) {
      // `claude` may be a script around the program that really asks.
      if (process.platform === 'linux') first ??= ownerOf(connection).catch(() => undefined);
    },
    async isClient(connection) {
      const owner = await ownerOf(connection);
      // Where nobody can be told apart, the hook's secret address has to do.
      if (owner === undefined) return process.platform === 'win32';
      return owner === child || owner === (await first);
    },
    async isOutside(connection) {
      const owner = await ownerOf(connection);
      if (owner === undefined || (await inheritsSession(owner))) return false;
      return (await isWithin(owner, self)) === false;
    },
  };
}
