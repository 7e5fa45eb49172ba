import type { CertificateTrouble, Reason } from '../events.ts';

/** What is wrong with a certificate, and the way out. */

const TEXTS: Readonly<Record<CertificateTrouble, string>> = {
  'not-trusted': 'certificate not trusted',
  expired: 'certificate expired',
  'not-yet-valid': 'certificate not valid yet',
  'other-host': 'certificate of another host',
  client: 'your client certificate was not accepted',
  'no-tls': 'no TLS at this address',
};

const WAYS: Readonly<Record<CertificateTrouble, string>> = {
  'not-trusted':
    "If your network inspects TLS, or the host has an authority of its own, set NODE_EXTRA_CA_CERTS to that authority's PEM file.",
  expired: "Check this machine's clock; if it is right, the host must renew its certificate.",
  'not-yet-valid': "Check this machine's clock.",
  'other-host': 'Check the address and the proxy: another host answers there.',
  // The handshake fails in the same way where both have no cipher in common.
  client:
    'Set CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY to the pair that this host knows. If it asks for none, it takes none of the ciphers that Node offers.',
  'no-tls': 'Check the address: it begins with https://, and no TLS answers there.',
};

/** True for what `certificateTrouble` finds in a code. */
export function isCertificateTrouble(text: string): text is CertificateTrouble {
  return Object.hasOwn(TEXTS, text);
}

type Certificate = Extract<Reason, { kind: 'certificate' }>;

/** `certificate not trusted`. A journal of an earlier ccmux has only the code. */
export function certificateText({ what = 'not-trusted' }: Pick<Certificate, 'what'>): string {
  return TEXTS[what];
}

/** What the user can do about it: a sentence or two. */
export function certificateWay({ what = 'not-trusted' }: Pick<Certificate, 'what'>): string {
  return WAYS[what];
}
