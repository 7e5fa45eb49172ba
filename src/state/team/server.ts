import type { Redis } from 'iovalkey';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';

/** The server, as the setting `shared` names it. */
export type ServerAddress = {
  host: string;
  port: number;
  database: number;
  /** Given where the connection is encrypted. */
  tls?: () => { secureContext: SecureContext; rejectUnauthorized: boolean };
  user?: string;
  /** Fetched for each connection. @throws UserError where a variable is not set or the command fails. */
  password?: () => Promise<string | undefined>;
};

/** What the server holds under one key, by its own clock. */
export type Held = {
  /** Epoch milliseconds. */
  now: number;
  /** Another one with each change; empty where nothing is held. */
  revision: string;
  /** Given where the revision is another than the asked one. */
  text?: string;
};

export type Server = {
  /** Reads what is held, unless it is still of this revision. */
  read(key: string, revision: string): Promise<Held>;
  /**
   * Replaces what is held if it is still of this revision, in one step.
   * @returns the new revision where it was replaced, else what is held.
   */
  replace(key: string, revision: string, next: { revision: string; text: string }): Promise<Held>;
  /**
   * Writes a word under a key of its own, which goes by itself.
   * @throws where the server takes no changes: a replica, or one whose memory is full.
   */
  tryToWrite(key: string): Promise<void>;
  /** `valkey 8.1.0`, and how long an answer takes. */
  describe(): Promise<{ version: string; ms: number }>;
  close(): void;
};

/** A server that takes longer counts as away: nobody waits for it. */
const LONGEST_MS = 1_000;

/** Nobody has used it for so long: what is left of a test or a former team goes by itself. */
const KEPT_MS = 60 * 24 * 3_600_000;

/**
 * Read and replace are one script, so that a session needs one question for both, and never replaces what it has not
 * seen. The server's time comes with every answer: no other clock is trusted.
 */
const SCRIPT = `
local time = redis.call('TIME')
local held = redis.call('HGET', KEYS[1], 'revision') or ''
if held ~= ARGV[1] then return { time[1], time[2], held, redis.call('HGET', KEYS[1], 'facts') or '' } end
if ARGV[2] then
  redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'facts', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return { time[1], time[2], ARGV[2] }
end
return { time[1], time[2], held }`;

/** What a write needs, with the same commands. */
const TRIAL = `
redis.call('HSET', KEYS[1], 'tried', '1')
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`;
const TRIAL_MS = 1_000;

/**
 * Connects. The client library only carries commands: it would write warnings of its own about a password to stderr,
 * which is the client's screen, and pass over a database that is not there.
 * @throws the first error on the way.
 */
export async function connect(address: ServerAddress): Promise<Server> {
  const password = await address.password?.();
  const [{ default: library }, { default: debug }] = await Promise.all([import('iovalkey'), import('debug')]);
  // With DEBUG=* it would print each command, the password's as well.
  if (process.env['DEBUG']) debug.enable(`${process.env['DEBUG']},-ioredis:*`);
  const client = new library.Redis({
    host: address.host,
    port: address.port,
    ...(address.tls && { tls: tlsFor(address.host, address.tls()) }),
    lazyConnect: true,
    connectTimeout: LONGEST_MS,
    commandTimeout: LONGEST_MS,
    // What a lost connection means is decided in `store.ts`.
    retryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
  });
  let lastError: Error | undefined;
  client.on('error', (error: Error) => (lastError = error));
  try {
    await client.connect();
    if (password !== undefined) await client.call('AUTH', ...(address.user ? [address.user] : []), password);
    if (address.database > 0) await client.call('SELECT', address.database);
  } catch (error) {
    client.disconnect();
    throw lastError ?? error;
  }
  return serve(client);
}

/** Node warns of a server's name that is an address; without one it compares the certificate with the address itself. */
function tlsFor(host: string, trusted: object) {
  return isIP(host) === 0 ? { ...trusted, servername: host } : trusted;
}

function serve(client: Redis): Server {
  async function ask(key: string, revision: string, ...next: string[]): Promise<Held> {
    const answer = await client.call('EVAL', SCRIPT, 1, key, revision, ...next);
    const [seconds, micros, held = '', text] = Array.isArray(answer) ? (answer as string[]) : [];
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    if (!Number.isFinite(now)) throw new Error('Protocol error: the answer has no time in it');
    return { now, revision: held, ...(text !== undefined && { text }) };
  }
  return {
    read: (key, revision) => ask(key, revision),
    replace: (key, revision, next) => ask(key, revision, next.revision, next.text, String(KEPT_MS)),
    async tryToWrite(key) {
      await client.call('EVAL', TRIAL, 1, `${key}:trial`, String(TRIAL_MS));
    },
    async describe() {
      const text = String(await client.call('INFO', 'server'));
      const startedAt = performance.now();
      await client.call('PING');
      const ms = performance.now() - startedAt;
      const valkey = /^valkey_version:(\S+)/m.exec(text)?.[1];
      const version = valkey === undefined ? `redis ${/^redis_version:(\S+)/m.exec(text)?.[1]}` : `valkey ${valkey}`;
      return { version, ms };
    },
    close: () => client.disconnect(),
  };
}
