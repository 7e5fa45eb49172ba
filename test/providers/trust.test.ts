import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createTrust, unusable } from '../../src/providers/trust.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { locked, type Issued } from '../helpers/certificates.ts';
import { startSecureEnd, type SecureEnd } from '../helpers/secure-end.ts';

/** Whether a request gets through with these variables, on both ways: `answered`, or Node's code. */
async function ask({ url }: SecureEnd, env: NodeJS.ProcessEnv, whom: 'forClaude' | 'forOthers' = 'forClaude') {
  const upstream = createUpstream(env, 0, createTrust(env)[whom]);
  onTestFinished(() => upstream.close());
  const target = new URL(url);
  const request = { method: 'HEAD', url: target, rawHeaders: ['Host', target.host] };
  const codeOf = (error: NodeJS.ErrnoException) => error.code;
  const sent = await upstream.send(request).then((response) => (response.resume(), 'answered'), codeOf);
  // With the ticket that the first handshake left, the second is a short one.
  for (let i = 0; i < 2; i++) {
    const relayed = await upstream.relay(request).then(() => 'answered', codeOf);
    expect(relayed).toBe(sent);
    upstream.close();
  }
  return sent;
}

type Files = { ca: string; folder: string; garbage: string; mixed: string };

async function makeFiles(end: SecureEnd): Promise<Files> {
  const ca = end.file('ca.pem', end.ca);
  const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  mkdirSync(join(dirname(ca), 'folder'));
  const inFolder = end.file('folder/any-name.pem', end.ca);
  return {
    ca,
    folder: dirname(inFolder),
    garbage: end.file('garbage.pem', garbage),
    mixed: end.file('mixed.pem', `# ours\n${garbage}\n${end.ca}`),
  };
}

const UNTRUSTED = 'SELF_SIGNED_CERT_IN_CHAIN';
const TRUST: [what: string, env: (files: Files) => NodeJS.ProcessEnv, result: string][] = [
  ['nothing set', () => ({}), UNTRUSTED],
  ['NODE_EXTRA_CA_CERTS', ({ ca }) => ({ NODE_EXTRA_CA_CERTS: ca }), 'answered'],
  ['the same beside a certificate that cannot be read', ({ mixed }) => ({ NODE_EXTRA_CA_CERTS: mixed }), 'answered'],
  ['a file with nothing in it', ({ garbage }) => ({ NODE_EXTRA_CA_CERTS: garbage }), UNTRUSTED],
  ['a file that is not there', () => ({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }), UNTRUSTED],
  ['SSL_CERT_FILE', ({ ca }) => ({ SSL_CERT_FILE: ca }), 'answered'],
  ['SSL_CERT_DIR', ({ folder }) => ({ SSL_CERT_DIR: folder }), 'answered'],
  ['no system store', ({ ca }) => ({ SSL_CERT_FILE: ca, CLAUDE_CODE_CERT_STORE: 'bundled' }), UNTRUSTED],
  ['extra beside any store', ({ ca }) => ({ NODE_EXTRA_CA_CERTS: ca, CLAUDE_CODE_CERT_STORE: 'system' }), 'answered'],
  ['an unknown store', ({ ca }) => ({ SSL_CERT_FILE: ca, CLAUDE_CODE_CERT_STORE: ' Keychain' }), 'answered'],
  ['NODE_TLS_REJECT_UNAUTHORIZED=0', () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }), 'answered'],
  ['NODE_TLS_REJECT_UNAUTHORIZED=1', () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '1' }), UNTRUSTED],
];

it.each(TRUST)('whom it trusts: %s', async (_what, env, result) => {
  const end = await startSecureEnd();
  const variables = env(await makeFiles(end));
  expect(await ask(end, variables, 'forClaude')).toBe(result);
  expect(await ask(end, variables, 'forOthers')).toBe(result);
});

it('does not take another host for the one that was asked', async () => {
  const end = await startSecureEnd({ name: 'other.example' });
  expect(await ask(end, { NODE_EXTRA_CA_CERTS: end.file('ca.pem', end.ca) })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

const REFUSED = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';
type Pair = (client: Issued, file: SecureEnd['file']) => NodeJS.ProcessEnv;
const cert: Pair = ({ cert: text }, file) => ({ CLAUDE_CODE_CLIENT_CERT: file('client.pem', text) });
const key: Pair = ({ key: text }, file) => ({ CLAUDE_CODE_CLIENT_KEY: file('key.pem', text) });
const lockedKey: Pair = (client, file) => key({ ...client, key: locked(client.key, 'sesame') }, file);
const WHO: [what: string, pair: Pair, result: string][] = [
  ['none', () => ({}), REFUSED],
  ['a pair', (...of) => ({ ...cert(...of), ...key(...of) }), 'answered'],
  [
    'a locked key and its passphrase',
    (...of) => ({ ...cert(...of), ...lockedKey(...of), CLAUDE_CODE_CLIENT_KEY_PASSPHRASE: 'sesame' }),
    'answered',
  ],
  ['a locked key alone', (...of) => ({ ...cert(...of), ...lockedKey(...of) }), REFUSED],
  ['a certificate without a key', cert, REFUSED],
];

it.each(WHO)('the client certificate: %s', async (_what, pair, result) => {
  const end = await startSecureEnd({ wantsCertificate: true });
  const env = { NODE_EXTRA_CA_CERTS: end.file('ca.pem', end.ca), ...pair(await end.issue('a client'), end.file) };
  expect(await ask(end, env, 'forClaude')).toBe(result);
  // It is Claude's: nobody else learns who the user is.
  expect(await ask(end, env, 'forOthers')).toBe(REFUSED);
});

it('names the files that have no effect', async () => {
  const end = await startSecureEnd();
  const [one, other] = await Promise.all([end.issue('one'), end.issue('other')]);
  const files = {
    ca: end.file('ca.pem', end.ca),
    cert: end.file('cert.pem', one.cert),
    key: end.file('key.pem', one.key),
    otherKey: end.file('other.pem', other.key),
    text: end.file('text', 'no pem'),
  };
  const said = (env: NodeJS.ProcessEnv) => unusable(env).map(({ variable, why }) => `${variable}: ${why}`);
  const pair = (certificate: string, itsKey: string) => ({
    CLAUDE_CODE_CLIENT_CERT: certificate,
    CLAUDE_CODE_CLIENT_KEY: itsKey,
  });
  expect(said({ NODE_EXTRA_CA_CERTS: files.ca, ...pair(files.cert, files.key) })).toEqual([]);
  expect(said({ NODE_EXTRA_CA_CERTS: files.text })).toEqual(['NODE_EXTRA_CA_CERTS: no-certificate']);
  expect(said({ SSL_CERT_FILE: '/nowhere' })).toEqual(['SSL_CERT_FILE: unreadable']);
  expect(said(pair(files.text, files.text))).toEqual([
    'CLAUDE_CODE_CLIENT_CERT: no-certificate',
    'CLAUDE_CODE_CLIENT_KEY: no-key',
  ]);
  expect(said(pair(files.cert, files.otherKey))).toEqual(['CLAUDE_CODE_CLIENT_CERT: no-pair']);
});
