import { UserError } from '../errors.ts';
import type { Hosts } from './hosts.ts';
import type { SessionRecord } from './record.ts';
import type { Serving } from './serve.ts';

/**
 * Stands in for `serve.ts` where that fails: the client runs by then, and has what it would have without ccmux. It draws
 * on the terminal, so that the user is told when it has ended.
 */
export function serveWithout(
  { hosts, record, unlist }: { hosts: Hosts; record: SessionRecord; unlist: () => void },
  fault: unknown,
): Serving {
  record.fault('session', fault);
  // Nobody could control it.
  unlist();
  const why = fault instanceof UserError ? fault.message : 'a fault of its own, which `ccmux report` names';
  return {
    exchange: hosts.relay,
    // To a hook this says nothing.
    async control(_request, response) {
      response.writeHead(204).end();
    },
    async end({ exitCode, signal }) {
      record.bus.emit({ type: 'session-end', exitCode, ...(signal !== undefined && { signal }) });
      await record.close();
      hosts.close();
      process.stderr.write(`ccmux: this session ran without failover: ${why}\n`);
      return record.summary();
    },
  };
}
