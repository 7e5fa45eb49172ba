import { certificateTrouble } from '../../failover/outcome-network.ts';

/**
 * Why the server cannot be used, in one line: what is wrong with its certificate, the code of a lost connection, or the
 * server's own words (`ECONNREFUSED`, `not-trusted`, `WRONGPASS …`). `words/sharing.ts` says it to a person.
 */
export function whyAway(fault: unknown): string {
  const { code, message } = fault as NodeJS.ErrnoException;
  return certificateTrouble(code) ?? (code !== undefined && code !== '' ? code : String(message).split('\n')[0]!);
}
