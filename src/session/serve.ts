import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { median } from '../failover/latency.ts';
import { watchClient } from '../launch/client-record.ts';
import { createPerson } from '../launch/person.ts';
import { repositoryRoot } from '../launch/sources.ts';
import { createTyped } from '../launch/typed.ts';
import { createNotices } from '../notices.ts';
import { notification } from '../notices/notify.ts';
import { createPage } from '../page/routes.ts';
import { createProposals } from '../proxy/proposals.ts';
import { createRouter } from '../proxy/router.ts';
import { createSwarmGuard } from '../proxy/swarm.ts';
import { createWhose } from '../proxy/whose.ts';
import { mayColour } from '../report/terminal.ts';
import { setUsual } from '../state/fold.ts';
import type { Summary } from '../state/summary.ts';
import { labelsOf } from '../words/label.ts';
import { openAnswered } from './answered-file.ts';
import { claudeBackAt, createApprovals } from './approvals.ts';
import { watchConfig } from './config-watch.ts';
import { createControl } from './control.ts';
import { endSession, type Ending } from './end.ts';
import { createExchanges } from './exchanges.ts';
import { createPageHistory } from './history.ts';
import type { Hosts } from './hosts.ts';
import type { SessionInput } from './input.ts';
import { openLedger } from './ledger.ts';
import { followLiveState } from './live-state.ts';
import { createSessionMemory } from './memory.ts';
import { createMoney } from './money.ts';
import { createNetTest, fallbacksOf } from './net-test.ts';
import { pageOrders } from './page-orders.ts';
import { layInOnce } from './preload.ts';
import type { Pricing } from './pricing.ts';
import type { SessionRecord } from './record.ts';
import { rehearseLimit } from './rehearse-limit.ts';
import { canStandIn } from './stand-in.ts';
import { createUserRules } from './user-rules.ts';

/** What was opened before the launch: see `open.ts`. */
export type Opened = {
  id: string;
  startedAt: number;
  /** Who can answer. */
  hosts: Hosts;
  /** What is written down. */
  record: SessionRecord;
  /** What it costs. */
  pricing: Pricing;
  /** Removes the session from the running ones. */
  unlist: () => void;
  /** Claude Code's process. */
  client: number;
};

/** The part of a session that answers: requests, hooks, the status line and the page. */
export type Serving = {
  exchange(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  control(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Writes the report. @returns the session's summary. */
  end(result: Ending): Promise<Summary>;
};

/** Makes the parts of a session that its client needs, each from those before it, and connects them. */
export function serveSession(opened: Opened, input: SessionInput): Serving {
  const { id, startedAt, hosts, record, pricing, unlist, client } = opened;
  const { config, env, cwd, url, address, identity, places } = input;
  const now = Date.now;

  // What is known.
  const { providers, trust } = hosts;
  const own = providers.find((provider) => provider.own)?.id;
  const label = labelsOf(providers);
  const { bus, redact } = record;
  const whose = createWhose();
  const ledger = openLedger({ config, env, places, address, providers, whose, trust, record, now });
  const money = createMoney({ config, providers, ledger, pricing, record });
  const memory = createSessionMemory({ config, places, cwd, session: id, own, label, record, now });
  const ready = Promise.all([ledger.load(), money.ready, memory.load()]);

  // Who answers a request, and what the user has a say in.
  const router = createRouter({ providers, config, ledger, budget: money.budget, bus, now, redact });
  const userRules = createUserRules({ config, own, label, router, ledger, record, now });
  const swarm = createSwarmGuard({ most: () => config.budget.subagentsPerMinute, providers, bus, now });
  const roots = [...new Set([cwd, repositoryRoot(cwd) ?? cwd])];
  const person = createPerson();
  person.launched(client);
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
  const next = () => (config.failover.enabled ? providers.find(canStandIn) : undefined);
  const layIn = layInOnce(next, () => rehearseLimit({ config, providers, redact }));
  if (ledger.unshared) bus.emit(ledger.unshared);
  const tighten = (held: Config) => money.budget.tighten(held.budget);
  const unwatch = watchConfig({ ...input.watched, held: config, onStricter: tighten, emit: bus.emit });
  const parts = { exchanges, unwatch, router, page, record, notices, unlist, summary, memory, ledger, hosts, places };

  return {
    async exchange(request, response, path) {
      seeClient(request.headers);
      person.met(request);
      await ready;
      await exchanges.run(request, response, path);
      layIn();
    },
    control,
    end: (result) => endSession(parts, result),
  };
}
