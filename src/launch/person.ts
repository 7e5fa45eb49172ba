import { SYSTEM } from '../ground/system.ts';
import { inheritsSession, isWithin, ownerOf, type Connection } from './peer.ts';

/** Tells a request by the user from one by a program that a model runs. */
export type Person = {
  /** Claude Code was started. */
  launched(pid: number): void;
  /** The first request of a session comes from Claude Code itself, because no model has run anything yet. */
  met(request: Asking): void;
  /** Claude Code itself asks, so its report of a typed prompt is true. */
  isClient(connection: Connection): Promise<boolean>;
  /** The request comes from outside the session: from the user's terminal or browser. */
  isOutside(connection: Connection): Promise<boolean>;
};

/** The answer to a program that asks for something that only the user may do. */
export const NOT_A_PERSON = `this did not come from you: type it as a prompt in Claude Code${
  SYSTEM.processes === 'unknown' ? '' : ', or run it in a terminal of your own'
}`;

/** The side of a request that says whose it is. */
type Asking = { socket: { remotePort?: number | undefined; localPort?: number | undefined } };

export function connectionOf({ socket }: Asking): Connection {
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
    met(request) {
      // `claude` may be a script around the program that really asks.
      if (SYSTEM.processes === 'proc') first ??= ownerOf(connectionOf(request)).catch(() => undefined);
    },
    async isClient(connection) {
      const owner = await ownerOf(connection);
      // Where processes cannot be told apart, the hook's secret address must suffice.
      if (owner === undefined) return SYSTEM.processes === 'unknown';
      return owner === child || owner === (await first);
    },
    async isOutside(connection) {
      const owner = await ownerOf(connection);
      if (owner === undefined || (await inheritsSession(owner))) return false;
      return (await isWithin(owner, self)) === false;
    },
  };
}
