import type { SecureContext } from 'node:tls';

const { readFileSync, readdirSync } = process.getBuiltinModule('node:fs');
const { join } = process.getBuiltinModule('node:path');
const { createPrivateKey, X509Certificate } = process.getBuiltinModule('node:crypto');
/** Loaded with the first use, because the launch does not need it. */
const tls = () => process.getBuiltinModule('node:tls');

/** Which servers a connection trusts, and its client certificate: options of a `node:https` agent. */
export type TlsOptions = { secureContext: SecureContext; rejectUnauthorized: boolean };

export type Trust = {
  /** For any host. Built on first use, which takes up to 80 ms, then kept. */
  forOthers(): TlsOptions;
  /** For Claude's own address: with the client certificate that the user has for it. */
  forClaude(): TlsOptions;
};

/** A variable that `createTrust` could not use. `why`: for the user. */
export type Unusable = { variable: string; path: string; why: 'unreadable' | 'no-certificate' | 'no-key' | 'no-pair' };

/**
 * The servers that Claude Code would trust, by the variables that it reads (its network page; each observed with
 * 2.1.330): its own bundle and the system's store (`CLAUDE_CODE_CERT_STORE`), where `SSL_CERT_FILE` and `SSL_CERT_DIR`
 * stand for the system's, `NODE_EXTRA_CA_CERTS` adds to them, and `NODE_TLS_REJECT_UNAUTHORIZED=0` turns the check off.
 * An unusable file is skipped, as in the client.
 */
export function createTrust(env: NodeJS.ProcessEnv): Trust {
  const rejectUnauthorized = env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0';
  let authorities: string[] | undefined;
  let others: TlsOptions | undefined;
  let claude: TlsOptions | undefined;
  const build = (own: ClientCertificate): TlsOptions => {
    authorities ??= trusted(env);
    return { secureContext: tls().createSecureContext({ ca: authorities, ...own }), rejectUnauthorized };
  };
  const forOthers = () => (others ??= build({}));
  return {
    forOthers,
    forClaude() {
      const own = clientCertificate(env);
      return own === undefined ? forOthers() : (claude ??= build(own));
    },
  };
}

/** @returns the user's TLS variables that have no effect because they cannot be used. */
export function unusable(env: NodeJS.ProcessEnv): Unusable[] {
  const found: Unusable[] = [];
  const look = (variable: string, why: Unusable['why'], isFine: (text: string) => boolean) => {
    const path = env[variable];
    if (!path) return;
    const text = read(path);
    if (text === undefined) found.push({ variable, path, why: 'unreadable' });
    else if (!isFine(text)) found.push({ variable, path, why });
  };
  const hasCertificate = (text: string) => certificatesIn(text).length > 0;
  look('NODE_EXTRA_CA_CERTS', 'no-certificate', hasCertificate);
  look('SSL_CERT_FILE', 'no-certificate', hasCertificate);
  look('CLAUDE_CODE_CLIENT_CERT', 'no-certificate', hasCertificate);
  look('CLAUDE_CODE_CLIENT_KEY', 'no-key', (text) => keyIn(text, env['CLAUDE_CODE_CLIENT_KEY_PASSPHRASE']));
  if (found.length === 0 && hasClientFiles(env) && clientCertificate(env) === undefined) {
    found.push({ variable: 'CLAUDE_CODE_CLIENT_CERT', path: env['CLAUDE_CODE_CLIENT_CERT']!, why: 'no-pair' });
  }
  return found;
}

function trusted(env: NodeJS.ProcessEnv): string[] {
  const stores = storesOf(env['CLAUDE_CODE_CERT_STORE']);
  return [
    ...new Set([
      ...(stores.has('bundled') ? tls().getCACertificates('bundled') : []),
      ...(stores.has('system') ? systemStore(env) : []),
      ...certificatesIn(read(env['NODE_EXTRA_CA_CERTS']) ?? ''),
    ]),
  ];
}

/** `bundled,system`: the named stores, or both if no name is known. */
function storesOf(list: string | undefined): ReadonlySet<string> {
  const known = ['bundled', 'system'];
  const named = (list ?? '').split(',').map((name) => name.trim().toLowerCase());
  const chosen = known.filter((name) => named.includes(name));
  return new Set(chosen.length === 0 ? known : chosen);
}

/** Node reads OpenSSL's two variables as well, but only where the system's store is OpenSSL's. */
function systemStore(env: NodeJS.ProcessEnv): string[] {
  const folder = env['SSL_CERT_DIR'];
  const files = [env['SSL_CERT_FILE'], ...(folder ? list(folder).map((name) => join(folder, name)) : [])];
  return [...tls().getCACertificates('system'), ...files.flatMap((file) => certificatesIn(read(file) ?? ''))];
}

type ClientCertificate = { cert?: string; key?: string; passphrase?: string };

/** The user's client certificate; undefined for none, or if certificate and key do not match. */
function clientCertificate(env: NodeJS.ProcessEnv): ClientCertificate | undefined {
  const cert = read(env['CLAUDE_CODE_CLIENT_CERT']);
  const key = read(env['CLAUDE_CODE_CLIENT_KEY']);
  if (cert === undefined || key === undefined) return undefined;
  const passphrase = env['CLAUDE_CODE_CLIENT_KEY_PASSPHRASE'];
  const own = { cert, key, ...(passphrase && { passphrase }) };
  try {
    tls().createSecureContext(own);
    return own;
  } catch {
    return undefined;
  }
}

function hasClientFiles(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['CLAUDE_CODE_CLIENT_CERT'] && env['CLAUDE_CODE_CLIENT_KEY']);
}

/** The readable certificates of a PEM file; an unreadable one would spoil all others. */
function certificatesIn(text: string): string[] {
  const blocks = text.match(/-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]*-----END (TRUSTED )?CERTIFICATE-----/g) ?? [];
  return blocks.filter((block) => {
    try {
      return Boolean(new X509Certificate(block));
    } catch {
      return false;
    }
  });
}

function keyIn(text: string, passphrase: string | undefined): boolean {
  try {
    return Boolean(createPrivateKey({ key: text, ...(passphrase && { passphrase }) }));
  } catch {
    return false;
  }
}

function read(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
