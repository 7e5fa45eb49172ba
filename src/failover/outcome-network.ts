import type { CertificateTrouble, Reason } from '../events.ts';
import { mistaken, type Reading } from './reading.ts';

/**
 * What is wrong with a certificate, by the codes of Node and OpenSSL (nodejs.org/api/tls.html, X509 certificate error
 * codes). These are the user's set-up: a network that looks into TLS, an authority that nobody has named, a clock.
 */
const TROUBLES: readonly [what: CertificateTrouble, codes: RegExp][] = [
  ['expired', /^CERT_HAS_EXPIRED$/],
  ['not-yet-valid', /^CERT_NOT_YET_VALID$/],
  ['other-host', /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/],
  // The host wants a client certificate: none was sent (with TLS 1.2, a handshake failure), or the wrong one.
  [
    'client',
    /^ERR_SSL_(TLSV\d+_|SSLV\d+_|SSL\/TLS_)?ALERT_(CERTIFICATE_\w+|BAD_CERTIFICATE\w*|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|NO_CERTIFICATE|ACCESS_DENIED|HANDSHAKE_FAILURE)$/,
  ],
  // Plain HTTP, or something else, answers behind an address with https://.
  ['no-tls', /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE)$/],
  [
    'not-trusted',
    /^(\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+|CERT_\w+|CRL_\w+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERROR_IN_(CERT|CRL)_\w+|ERR_SSL_CERTIFICATE_VERIFY_FAILED)$/,
  ],
];

/** @returns undefined for a code that says nothing of a certificate. */
export function certificateTrouble(code: string | undefined): CertificateTrouble | undefined {
  return code === undefined ? undefined : TROUBLES.find(([, codes]) => codes.test(code))?.[0];
}

/** No connection, or one that broke. @param code Node's. */
export function readNetwork(code: string | undefined): Reading {
  const what = certificateTrouble(code);
  if (code !== undefined && what !== undefined) {
    return { ...mistaken({ kind: 'certificate', code, what }), unmended: 'setup' };
  }
  const reason: Reason = { kind: 'network', ...(code !== undefined && { code }) };
  return { failure: 'network', reason, cooldown: 'backoff', retryable: true };
}
