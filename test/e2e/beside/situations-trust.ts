import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from '../../../src/demo/script.ts';
import { startAnthropicItself } from '../../helpers/anthropic-itself.ts';
import { locked } from '../../helpers/certificates.ts';
import { makePlace, type Place } from '../../helpers/claude.ts';
import { startSecureEnd, type SecureEnd } from '../../helpers/secure-end.ts';
import { afresh, seen, type Situation } from './situation.ts';

/** Whom the client trusts, and as whom it introduces itself. */

type Variables = Record<string, string>;
type Where = 'environment' | 'settings';

const HELLO = ['-p', 'hello'];

/** Puts variables where the user has them. */
function set(place: Place, where: Where, variables: Variables): void {
  if (where === 'environment') Object.assign(place.env, variables);
  else writeFileSync(join(place.configDir, 'settings.json'), JSON.stringify({ env: variables }));
}

function gateway(
  name: string,
  where: Where,
  variables: (end: SecureEnd) => Variables | Promise<Variables>,
  options: { wantsCertificate?: boolean; name?: string } = {},
): Situation {
  return {
    name,
    async stage() {
      const end = await startSecureEnd({ script: () => answer('Here I am.'), ...options });
      const place = makePlace({ baseUrl: end.url });
      set(place, where, await variables(end));
      const run = afresh(place);
      return async (through) => seen(await run(through, HELLO), end.claude.requests.splice(0));
    },
  };
}

const trusting = (end: SecureEnd) => ({ NODE_EXTRA_CA_CERTS: end.file('ca.pem', end.ca) });

async function introduced(end: SecureEnd): Promise<Variables> {
  const { cert, key } = await end.issue('a client');
  return {
    ...trusting(end),
    CLAUDE_CODE_CLIENT_CERT: end.file('client.pem', cert),
    CLAUDE_CODE_CLIENT_KEY: end.file('key.pem', locked(key, 'sesame')),
    CLAUDE_CODE_CLIENT_KEY_PASSPHRASE: 'sesame',
  };
}

function untrusted(name: string, words: string, how: Parameters<typeof gateway>[2], host?: string): Situation {
  const asCcmux = () => `API Error: 400 Claude could not be reached: ${words} See: ccmux doctor\n`;
  return {
    ...gateway(name, 'environment', how, host === undefined ? {} : { name: host }),
    differs: { stdout: { why: 'names ccmux doctor', asCcmux } },
  };
}

export const TRUST: Situation[] = [
  ...(['environment', 'settings'] as const).map((where) =>
    gateway(`an authority of the user's own, NODE_EXTRA_CA_CERTS in the ${where}`, where, trusting),
  ),
  gateway("an authority of the user's own, SSL_CERT_FILE", 'environment', (end) => ({
    SSL_CERT_FILE: end.file('ca.pem', end.ca),
  })),
  gateway('NODE_TLS_REJECT_UNAUTHORIZED=0 in the settings', 'settings', () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })),
  gateway('a client certificate with a passphrase, in the settings', 'settings', introduced, {
    wantsCertificate: true,
  }),
  {
    name: 'a proxy that wants a password, and an authority of its own',
    async stage() {
      const { claude, env } = await startAnthropicItself({ host: 'gateway.example', proxyLogin: 'me:se%20same' });
      claude.script = () => answer('Here I am.');
      const place = makePlace({ baseUrl: 'https://gateway.example' });
      set(place, 'settings', env);
      const run = afresh(place);
      return async (through) => seen(await run(through, HELLO), claude.requests.splice(0));
    },
  },
  untrusted(
    'a certificate that is not trusted',
    "certificate not trusted (SELF_SIGNED_CERT_IN_CHAIN). If your network inspects TLS, or the host has an authority of its own, set NODE_EXTRA_CA_CERTS to that authority's PEM file.",
    () => ({}),
  ),
  untrusted(
    'a certificate of another host',
    'certificate of another host (ERR_TLS_CERT_ALTNAME_INVALID). Check the address and the proxy: another host answers there.',
    trusting,
    'other.example',
  ),
];
