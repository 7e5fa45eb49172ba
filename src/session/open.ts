import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Identity } from '../claude/first-party.ts';
import type { Folders } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { Event } from '../events.ts';
import { median } from '../failover/latency.ts';
import type { Address } from '../launch/address.ts';
import { watchClient } from '../launch/client-record.ts';
import { createPerson } from '../launch/person.ts';
import { repositoryRoot } from '../launch/sources.ts';
import { createTyped } from '../launch/typed.ts';
import { createNotices, type Unanswered } from '../notices.ts';
import type { NoticeMode } from '../notices/lines.ts';
import { notification } from '../notices/notify.ts';
import { createPage } from '../page/routes.ts';
import type { Said } from '../proxy/context.ts';
import { createProposals } from '../proxy/proposals.ts';
import { createRouter } from '../proxy/router.ts';
import { createSwarmGuard } from '../proxy/swarm.ts';
import { createWhose } from '../proxy/whose.ts';
import { mayColour } from '../report/terminal.ts';
import { setUsual } from '../state/fold.ts';
import type { Summary } from '../state/summary.ts';
import { labelsOf } from '../words/label.ts';
import { storageLine } from '../words/storage.ts';
import { openAnswered } from './answered-file.ts';
import { announce } from './announce.ts';
import { claudeBackAt, createApprovals } from './approvals.ts';
import { watchConfig } from './config-watch.ts';
import { createControl } from './control.ts';
import { endSession, type Ending } from './end.ts';
import { createExchanges } from './exchanges.ts';
import { createPageHistory } from './history.ts';
import { openHosts } from './hosts.ts';
import { sessionId } from './id.ts';
import { openLedger } from './ledger.ts';
import { followLiveState } from './live-state.ts';
import { createSessionMemory } from './memory.ts';
import { createMoney } from './money.ts';
import { canStandIn, createNetTest, fallbacksOf } from './net-test.ts';
import { pageOrders } from './page-orders.ts';
import { layInOnce } from './preload.ts';
import { openRecord } from './record.ts';
import { createUserRules } from './user-rules.ts';

export type Session = {
  /** A line about what cannot work in this session although failover does. */
  problem?: string;
  /** Lines about money for the user before the launch. */
  moneyNotes(): Promise<string[]>;
  /** True if another provider than Claude can answer. */
  hasFallbacks: boolean;
  exchange(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  control(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Claude Code was started. */
  launched(pid: number): void;
  relay(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  greet(request: IncomingMessage, path: string): Promise<void>;
  /** A fault inside ccmux goes on record; it never fails a request. */
  fault(where: string, fault: unknown): void;
  /** Prepares the first request while `claude` starts. */
  prepare(): void;
  /** Writes the report. @returns the session's summary. */
  end(result: Ending): Promise<Summary>;
};

/**
 * One session: makes its parts, each from those before it, and connects them.
 * @param input.address where the user's own Claude is reached.
 * @param input.identity what the client was told about it.
 * @param input.url the session's own address, token included.
 * @throws UserError for a configuration that cannot work.
 */
export function openSession(input: {
  config: Config;
  env: NodeJS.ProcessEnv;
  cwd: string;
  url: string;
  address: Address;
  identity: Identity;
  /** The user's own rules for what may run without a question. */
  allowRules: () => readonly string[];
  /** The command of the user's own status line, read afresh. */
  statusLine: () => string;
  /** `--fallback-model` and the setting of that name. */
  fallbackModels: readonly string[];
  places: Folders;
  noticeMode: NoticeMode;
  /** The configuration's files, and what a launch would read in them now. */
  watched: { files: readonly string[]; load: () => Promise<Config> };
  /** Open questions, which the footer and the first notice repeat. */
  unanswered: readonly Unanswered[];
  /** Sees every event, for the user's own collector. */
  observe?: (event: Event) => void;
  /** Hears what is said, without secrets, where the user's collector is to have it. */
  said?: (said: Said) => void;
}): Session {
  const { config, env, cwd, url, address, identity, places } = input;
  const now = Date.now;
  const startedAt = now();
  const id = sessionId(startedAt);

  // Who can answer, what is written down, and what is known.
  const hosts = openHosts({ config, env, address, identity, forgot: (fault) => record.fault('memory', fault) });
  const { providers, trust } = hosts;
  const own = providers.find((provider) => provider.own)?.id;
  const label = labelsOf(providers);
  const record = openRecord({ session: id, places, observe: input.observe, now });
  const { bus, redact } = record;
  const whose = createWhose();
  const ledger = openLedger({ config, env, places, address, providers, whose, trust, record, now });
  const money = createMoney({ config, providers, ledger, record, now });
  const memory = createSessionMemory({ config, places, cwd, session: id, own, label, record, now });
  const ready = Promise.all([ledger.load(), money.ready, memory.load()]);

  // Who answers a request, and what the user has a say in.
  const router = createRouter({ providers, config, ledger, budget: money.budget, bus, now, redact });
  const userRules = createUserRules({ config, own, label, router, ledger, record, now });
  const swarm = createSwarmGuard({ most: () => config.budget.subagentsPerMinute, providers, bus, now });
  const roots = [...new Set([cwd, repositoryRoot(cwd) ?? cwd])];
  const person = createPerson();
  const typed = createTyped(roots);
  const proposals = createProposals();
  const approvals = createApprovals({
    bus,
    settings: config.failover,
    rules: input.allowRules,
    providers,
    proposerOf: proposals.proposerOf,
    serving: () => router.whoIsNext().provider,
    backAt: () => claudeBackAt(own, router, now()),
    now,
  });
  const exchanges = createExchanges({
    config,
    hosts,
    record,
    money,
    memory,
    answered: openAnswered(join(places.state, 'away'), id),
    userRules,
    said: input.said,
    whose,
    roots,
    router,
    proposals,
    swarm,
    fallbackModels: input.fallbackModels,
    now,
  });
  const nextFallbacks = () => fallbacksOf(config, router.order(), router.surroundings());
  const netTest = createNetTest({ bus, next: nextFallbacks, redact, now });

  // What the user sees, and can say.
  const summary = () => setUsual(record.summary(), (provider) => median(ledger.samples(provider)));
  const live = followLiveState({
    id,
    startedAt,
    url,
    config,
    record,
    router,
    ledger,
    budget: money.budget,
    approvals,
    netTest,
    swarm,
    summary,
    now,
  });
  const explain = (prompt: string) => userRules.explain(live(), prompt);
  const notices = createNotices({
    bus,
    mode: input.noticeMode,
    unanswered: input.unanswered,
    write: (text) => process.stderr.write(text),
    providers,
    live,
    footer: { format: config.footer.format, color: mayColour(env) },
    notify: {
      wanted: config.notify,
      send: (text) => void (process.stderr.isTTY && process.stderr.write(notification(text, env))),
    },
    now,
  });
  const page = createPage({
    state: live,
    bus,
    ...pageOrders({ live, router, approvals, money, memory, person }),
    explain,
    history: createPageHistory(places.sessions, now),
    prefix: `${new URL(url).pathname}/ccmux`,
  });
  const control = createControl({
    notices,
    page,
    approvals,
    asks: userRules.asks,
    explain,
    person,
    typed,
    live,
    use: router.use,
    statusLine: input.statusLine,
    lift: money.lift,
    memory: memory.wish,
    onSession: whose.report,
  });

  // It begins.
  const seeClient = watchClient(identity.kind, places.state, bus);
  const layIn = layInOnce(() => (config.failover.enabled ? providers.find(canStandIn) : undefined));
  const unlist = announce({ id, url, cwd, providers, places, record });
  if (ledger.unshared) bus.emit(ledger.unshared);
  const tighten = (held: Config) => money.budget.tighten(held.budget);
  const unwatch = watchConfig({ ...input.watched, held: config, onStricter: tighten, emit: bus.emit });
  const unwritable = record.opened();
  const parts = { exchanges, unwatch, router, page, record, notices, unlist, summary, memory, ledger, hosts, places };

  return {
    ...(unwritable && { problem: storageLine(unwritable) }),
    moneyNotes: money.notes,
    hasFallbacks: config.failover.enabled && providers.some(canStandIn),
    async exchange(request, response, path) {
      seeClient(request);
      person.met(request);
      await ready;
      await exchanges.run(request, response, path);
      layIn();
    },
    control,
    launched: person.launched,
    relay: hosts.relay,
    greet: hosts.greet,
    fault: record.fault,
    prepare: hosts.prepare,
    end: (result) => endSession(parts, result),
  };
}
