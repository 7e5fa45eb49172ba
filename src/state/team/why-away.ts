import { certificateTrouble } from '../../failover/outcome-network.ts';
import { nodeCode } from '../../ground/node-code.ts';

/**
 * Why the server cannot be used, in one line: what is wrong with its certificate, the code of a lost connection, or the
 * server's own words (`ECONNREFUSED`, `not-trusted`, `WRONGPASS …`). `words/sharing.ts` says it to a person.
 */
export function whyAway(fault: unknown): string {
  const code = nodeCode(fault);
  const { message } = fault as Error;
  if (code !== undefined && code !== '') return certificateTrouble(code) ?? code;
  // Whoever answers there may be anybody: nothing of it may move a terminal's cursor.
  return String(message)
    .split('\n')[0]!
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
