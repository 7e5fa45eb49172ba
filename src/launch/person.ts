import type { IncomingMessage } from 'node:http';
import { inheritsSession, isWithin, ownerOf, type Connection } from './peer.ts';

/** Tells a person's word from that of a program which a model runs. */
export type Person = {
  /** Claude Code was started. */
  launched(pid: number): void;
  /** The first request of a session comes from Claude Code itself, before a model can have run anything. */
  met(connection: Connection): void;
  /** Claude Code itself asks: what it says that the user typed was typed. */
  isClient(connection: Connection): Promise<boolean>;
  /** The one who asks stands outside of the session: a terminal or a browser of the user's own. */
  isOutside(connection: Connection): Promise<boolean>;
};

/** What a program is told that asks for what only a person may. */
export const NOT_A_PERSON =
  'this did not come from you: type it as a prompt in Claude Code, or run it in a terminal of your own';

export function connectionOf({ socket }: Pick<IncomingMessage, 'socket'>): Connection {
  return { remotePort: socket.remotePort ?? 0, localPort: socket.localPort ?? 0 };
}

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
