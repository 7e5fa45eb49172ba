import type { IncomingMessage, ServerResponse } from 'node:http';
import { loadPart } from '../providers/part.ts';
import type { Summary } from '../state/summary.ts';
import { storageLine } from '../words/storage.ts';
import { listSession, tellStart } from './announce.ts';
import type { Ending } from './end.ts';
import { openHosts } from './hosts.ts';
import { sessionId } from './id.ts';
import type { SessionInput } from './input.ts';
import { priceNotes } from './price-notes.ts';
import { createPricing } from './pricing.ts';
import { openRecord } from './record.ts';
import type { Serving } from './serve.ts';
import { canStandIn } from './stand-in.ts';
import { serveWithout } from './serve-without.ts';

export type Session = {
  /** A line about what cannot work in this session although failover does. */
  problem?: string;
  /** Lines about money for the user before the launch. */
  moneyNotes(): Promise<string[]>;
  /** True if another provider than Claude can answer. */
  hasFallbacks: boolean;
  /** Claude Code was started: from now on the session answers it. */
  launched(pid: number): void;
  exchange(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  control(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  relay(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  greet(request: IncomingMessage, path: string): Promise<void>;
  /** A fault inside ccmux goes on record; it never fails a request. */
  fault(where: string, fault: unknown): void;
  /** Writes the report. @returns the session's summary. */
  end(result: Ending): Promise<Summary>;
};

/**
 * Opens one session: all that can fail, or has something to say, before the client draws on the terminal. The rest is
 * loaded while the client starts, which takes ten times as long (`serve.ts`); a request that comes earlier waits for it.
 * @throws UserError for a configuration that cannot work.
 */
export function openSession(input: SessionInput): Session {
  const { config, env, url, cwd, address, identity, places } = input;
  const now = Date.now;
  const startedAt = now();
  const id = sessionId(startedAt);

  const hosts = openHosts({ config, env, address, identity, forgot: (fault) => record.fault('memory', fault) });
  const { providers } = hosts;
  const record = openRecord({ session: id, places, observe: input.observe, now });
  const pricing = createPricing(config, now);
  const unlist = listSession({ id, url, cwd, places, record });
  const unwritable = record.opened();

  const serving = Promise.withResolvers<Serving>();
  async function serve(client: number): Promise<Serving> {
    const { serveSession } = await loadPart(() => import('./serve.ts'));
    return serveSession({ id, startedAt, hosts, record, pricing, unlist, client }, input);
  }

  return {
    ...(unwritable && { problem: storageLine(unwritable) }),
    moneyNotes: () => priceNotes({ config, providers, pricing }),
    hasFallbacks: config.failover.enabled && providers.some(canStandIn),
    launched(pid) {
      tellStart({ id, cwd, providers, record });
      serving.resolve(serve(pid).catch((fault: unknown) => serveWithout({ hosts, record, unlist }, fault)));
      serving.promise.then(hosts.prepare).catch((fault: unknown) => record.fault('session', fault));
    },
    exchange: async (...asked) => (await serving.promise).exchange(...asked),
    control: async (...asked) => (await serving.promise).control(...asked),
    relay: hosts.relay,
    greet: hosts.greet,
    fault: record.fault,
    end: async (result) => (await serving.promise).end(result),
  };
}
