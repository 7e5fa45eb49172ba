import { fillIn } from '../ground/fill-in.ts';
import type { Shape } from './shapes.ts';

/** Who shares: everybody who names the server, or one person on several machines. */
export type SharedScope = 'team' | 'me';

/** The server of the setting `shared`. */
export type SharedAddress = {
  /** The words for a person: `valkey` or `redis`, as the address has it. */
  kind: 'valkey' | 'redis';
  host: string;
  port: number;
  database: number;
  encrypted: boolean;
  user?: string;
  /** May hold `${VAR}`. */
  password?: string;
  scope: SharedScope;
  /** What the server keeps it under begins with this. */
  prefix: string;
};

const SCHEMES: Record<string, Pick<SharedAddress, 'kind' | 'encrypted'>> = {
  'valkey:': { kind: 'valkey', encrypted: false },
  'valkeys:': { kind: 'valkey', encrypted: true },
  'redis:': { kind: 'redis', encrypted: false },
  'rediss:': { kind: 'redis', encrypted: true },
};
const PORT = 6379;
const PREFIX = /^[\w.-]{1,64}$/;
/** The whole address is in a variable. */
const VARIABLE = /^\$\{\w+\}$/;
const OFF = 'off';

const AN_ADDRESS =
  'an address such as valkey://team-cache:6379/0 or rediss://me:${PASSWORD}@host, with ?scope=me and &prefix=… if you like, each once, or off';

/** `shared`. What it holds stays text: its variables are filled in when the server is first needed. */
export const sharedAddress: Shape<string> = {
  placeholder: 'address',
  parse: (text) => (isAddress(text) ? { ok: true, value: text.trim() } : { ok: false, expected: AN_ADDRESS }),
  check: (z) => z.string({ error: AN_ADDRESS }).refine(isAddress, { error: AN_ADDRESS }),
  read: (text) => text,
  show: withoutPassword,
};

/** `sharedPasswordCommand`. */
export const command: Shape<string> = {
  placeholder: 'command',
  parse: (text) => (text.trim() === '' ? { ok: false, expected: A_COMMAND } : { ok: true, value: text }),
  check: (z) => z.string({ error: A_COMMAND }).min(1, { error: A_COMMAND }),
  read: (text) => text,
  show: () => '[redacted]',
};
const A_COMMAND = 'a command that prints the password';

export function isAddress(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === OFF || VARIABLE.test(trimmed) || parse(trimmed) !== undefined;
}

/**
 * @param text as the setting holds it.
 * @returns undefined where nothing is shared.
 * @throws Error that names the variable that is not set, or that says that its value is no address.
 */
export function readSharedAddress(text: string | undefined, env: NodeJS.ProcessEnv): SharedAddress | undefined {
  if (text === undefined || text === OFF) return undefined;
  const filled = VARIABLE.test(text) ? fillIn(text, env) : text;
  if (filled === undefined) throw new Error(`${text.slice(2, -1)} is not set`);
  if (filled === OFF) return undefined;
  const address = parse(filled);
  if (address === undefined) throw new Error(`${text.slice(2, -1)} holds no address`);
  return address;
}

function parse(text: string): SharedAddress | undefined {
  const url = URL.parse(text);
  const scheme = url && SCHEMES[url.protocol];
  if (!url || !scheme || url.hostname === '' || url.hash !== '') return undefined;
  const database = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1];
  const { scope = 'team', prefix = 'ccmux', ...unknown } = Object.fromEntries(url.searchParams);
  // Said twice: which of the two is meant nobody knows.
  if (new Set(url.searchParams.keys()).size < url.searchParams.size) return undefined;
  const isScope = scope === 'team' || scope === 'me';
  if (database === undefined || !isScope || !PREFIX.test(prefix) || Object.keys(unknown).length > 0) return undefined;
  const [user, password] = [url.username, url.password].map(decoded);
  if (user === undefined || password === undefined) return undefined;
  return {
    ...scheme,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORT : Number(url.port),
    database: Number(database),
    ...(user !== '' && { user }),
    ...(password !== '' && { password }),
    scope,
    prefix,
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The address for display. */
export function withoutPassword(text: string): string {
  return text.replace(/\/\/(.*)@/, (whole, login: string) => (/:\$\{\w+\}$/.test(login) ? whole : '//[redacted]@'));
}

/** True if the password stands in the address as it is. */
export function holdsPassword(text: string): boolean {
  const password = parse(text)?.password;
  return password !== undefined && !password.includes('${');
}
