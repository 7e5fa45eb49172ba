/** Certificates that nobody but a test's own programs trusts. */
import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { temporaryFolder } from './temporary.ts';

export type Issued = { key: string; cert: string };

export type Authority = {
  /** PEM. */
  ca: string;
  /** A certificate for a host (`localhost`, `127.0.0.1`), or for a client. */
  issue(name: string): Promise<Issued>;
  /** Writes a file that is gone when the test has finished. @returns its path. */
  file(name: string, content: string): string;
};

const ALGORITHM = { keyType: 'ec', algorithm: 'sha256' } as const;

/** A certificate authority of its own. */
export async function makeAuthority(): Promise<Authority> {
  const ca = await generate([{ name: 'commonName', value: 'A CA of the tests' }], {
    ...ALGORITHM,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true },
    ],
  });
  const folder = temporaryFolder('ccmux-ca-');
  return {
    ca: ca.cert,
    async issue(name) {
      const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
        ...ALGORITHM,
        ca: { key: ca.private, cert: ca.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'subjectAltName', altNames: [isIP(name) ? { type: 7, ip: name } : { type: 2, value: name }] },
        ],
      });
      return { key, cert };
    },
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
  };
}

/** The same key, of use only to those who know the passphrase. */
export function locked(key: string, passphrase: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
  return createPrivateKey(key).export(options).toString();
}
