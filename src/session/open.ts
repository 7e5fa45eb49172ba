import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMemory, forgiving } from '../codec/carry.ts';
import type { folders } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import { withheldAt, type Identity } from '../claude/first-party.ts';
import { FORMAT } from '../ground/format.ts';
import { pause } from '../ground/pause.ts';
import { identityOf } from '../ground/process.ts';
import { createBus, type Event, type EventBody } from '../events.ts';
import { createAway } from '../memory/away.ts';
import { defuse } from '../memory/defuse.ts';
import type { Remembering } from '../proxy/context.ts';
import { createHandOff, type MemoryMode } from '../memory/hand-off.ts';
import { createNotices, type Unanswered } from '../notices.ts';
import type { NoticeMode } from '../notices/lines.ts';
import { notification } from '../notices/notify.ts';
import { createPage } from '../page/routes.ts';
import { createAdaptedSend } from '../providers/adapted.ts';
import { createClaudeSend } from '../providers/claude.ts';
import { buildProviders } from '../providers/build.ts';
import { secrets } from '../providers/keys.ts';
import { createTrust } from '../providers/trust.ts';
import { createUpstream } from '../providers/upstream.ts';
import { createBudget } from '../proxy/budget.ts';
import { runExchange } from '../proxy/exchange.ts';
import type { ExchangeContext } from '../proxy/context.ts';
import { createGreeting, createRelay } from '../proxy/relay.ts';
import { createProposals } from '../proxy/proposals.ts';
import { createRouter } from '../proxy/router.ts';
import { createWhose } from '../proxy/whose.ts';
import { createTranscripts } from '../proxy/transcripts.ts';
import { timesOf } from '../proxy/times.ts';
import { openJournal } from '../state/journal.ts';
import type { LiveState } from '../state/live.ts';
import { createRedactor, redactEvent } from '../state/redact.ts';
import { listRunning, registerRunning } from '../state/running.ts';
import { watchPresent } from '../notices/present.ts';
import { mayColour } from '../report/terminal.ts';
import { openSharedState } from '../state/shared-state.ts';
import type { Standing } from '../state/team/standing.ts';
import { createStorageWatch } from '../state/storage-watch.ts';
import { journalFile, pruneSessions, saveSummary } from '../state/store.ts';
import { emptySummary, type Summary } from '../state/summary.ts';
import { fold, setUsual } from '../state/fold.ts';
import { median } from '../failover/latency.ts';
import { NO_BUDGET, readAmount, unknownPriceText } from '../words/money.ts';
import { reasonText } from '../words/why.ts';
import { storageLine } from '../words/storage.ts';
import type { Address } from '../launch/address.ts';
import { cooldownOf, soonestReset } from '../failover/cooldown.ts';
import { everybody } from '../failover/situation.ts';
import { connectionOf, createPerson, NOT_A_PERSON } from '../launch/person.ts';
import { repositoryRoot } from '../launch/sources.ts';
import { createTyped } from '../launch/typed.ts';
import { followAccountName, ledgerOf } from './account.ts';
import { explain } from './explain.ts';
import { createHandoffAsks, insteadOf, isFallbackChosen } from './handoff-asks.ts';
import { createRules } from '../proxy/rules.ts';
import { createSwarmGuard } from '../proxy/swarm.ts';
import { createTurnMeaning } from '../proxy/turn-meaning.ts';
import { createTurnPrompts } from '../proxy/turn-prompts.ts';
import { createApprovals } from './approvals.ts';
import { watchClient } from '../launch/client-record.ts';
import { watchConfig } from './config-watch.ts';
import { createControl } from './control.ts';
import { createCompare } from './meaning.ts';
import { createPageHistory } from './history.ts';
import { composeLiveState } from './live-state.ts';
import { canStandIn, createNetTest, fallbacksOf } from './net-test.ts';
import { routeModels } from './route-models.ts';
import { dayOfAll, openSharing, sharedPlace, type Sharing } from './sharing.ts';
import { ledgerIds, sharedLedger, sharedNames } from './shared-ledger.ts';
import { createPricing } from './pricing.ts';
import { layIn } from './preload.ts';
import { version } from '../version.ts';

const { join } = process.getBuiltinModule('node:path');
const { randomBytes } = process.getBuiltinModule('node:crypto');
const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');

/** After a pause of this length the user, and Claude Code's watchdogs, suspect a problem. */
const PINGS = { afterMs: 20_000, everyMs: 10_000 };
/** The longest wait at the exit for the last answer's end. */
const LAST_ACCOUNT_MS = 1_000;
/** The longest wait at the exit for the last passages to be kept. */
const LAST_MEMORY_MS = 1_000;
/** The number of sessions whose journals and reports are kept. */
const KEPT_SESSIONS = 200;

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
  end(result: { exitCode: number; signal?: string }): Promise<Summary>;
};

/**
 * Wires the rooms together for one session: providers, router, journal, notices, page.
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
  places: ReturnType<typeof folders>;
  noticeMode: NoticeMode;
  /** The configuration's files, and what a launch would read in them now. */
  watched: { files: readonly string[]; load: () => Promise<Config> };
  /** Open questions, which the footer and the first notice repeat. */
  unanswered: readonly Unanswered[];
  /** Sees every event, for the user's own collector. */
  observe?: (event: Event) => void;
}): Session {
  const { config, env, cwd, url, address, places } = input;
  const now = Date.now;
  const startedAt = now();
  const id = sessionId(startedAt);
  const trust = createTrust(env);
  const { connect } = config.limits.others;
  const upstream = createUpstream(env, connect, trust.forOthers);
  const toClaude = createUpstream(env, connect, trust.forClaude);
  const claude = createClaudeSend(address.for, toClaude, (at) => withheldAt(at, input.identity));
  const build = (settings: Config) =>
    buildProviders({
      config: settings,
      env,
      claudeUpstream: address.current(),
      dependencies: {
        fetch: upstream.fetch,
        memory: forgiving(createMemory(), (fault) => tellFault('memory', fault)),
        claudeSend: claude,
        createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
        allowsWeb: () => config.webSearch === 'provider',
      },
    });
  const providers = build(config);

  const redact = redactKnown();
  const bus = createBus(
    now,
    (fault) => tellFault('listener', fault),
    (event) => redactEvent(event, redact),
  );
  const storage = createStorageWatch(places.state, (event) => bus.emit(event));
  const journal = openJournal(journalFile(places.sessions, id), {
    onFault: (fault) => storage.failed('journal', fault) || tellFault('journal', fault),
    onSlow: () => bus.emit({ type: 'storage-fail', what: 'slow', place: places.sessions }),
  });
  let summary = emptySummary();
  bus.on(journal.write);
  if (input.observe) bus.on(input.observe);
  bus.on((event) => {
    summary = fold(summary, event);
  });
  const shared = openSharedState({
    file: join(places.state, 'providers.json'),
    onFault: (fault) => storage.failed('shared', fault) || tellFault('shared state', fault),
  });
  let unshared: EventBody | undefined;
  const sharing = openSharedWith();
  const budget = createBudget(config.budget, sharing ? dayOfAll(shared, sharing) : shared, bus);
  const pricing = createPricing(config, now);
  const isCapped = () => budget.cap() !== undefined;
  const priced = isCapped() && providers.some(({ paid }) => paid) ? pricing.load() : Promise.resolve();
  // Without the list its prices count as unknown.
  const ready = Promise.all([
    shared.load(),
    sharing?.state.load() ?? Promise.resolve(),
    priced.catch((fault: unknown) => tellFault('prices', fault)),
    config.memory.mode === 'project' ? remember().catch(memoryFailed) : undefined,
  ]).then(() => {
    shared.watch();
    sharing?.state.watch();
  });
  const whose = createWhose();
  const accountName = followAccountName(address.current, env);
  const localLedger = ledgerOf(shared, accountName, whose.account);
  const claudeAddress = () => (accountName() === undefined ? undefined : new URL(address.current()).host);
  const ledger = sharing
    ? sharedLedger(
        localLedger,
        sharing.state,
        sharedNames(providers, { account: whose.account, address: claudeAddress }),
        ledgerIds(providers),
      )
    : localLedger;
  const router = createRouter({ providers, config, ledger, budget, bus, now, redact });

  const proposals = createProposals();
  const person = createPerson();
  const roots = [...new Set([cwd, repositoryRoot(cwd) ?? cwd])];
  const typed = createTyped(roots);
  const own = providers.find(({ own }) => own);
  const approvals = createApprovals({
    bus,
    get checks() {
      return config.failover.safetyChecks;
    },
    rules: input.allowRules,
    providers,
    proposerOf: proposals.proposerOf,
    serving: () => router.whoIsNext().provider,
    backAt: () => {
      const cooldowns = router.cooldowns();
      // Another family's limit may still hold for the safety check.
      return (
        own &&
        (cooldownOf(cooldowns, own.id, router.family(), now())?.until ?? soonestReset(cooldowns, [own.id], now()))
      );
    },
    now,
  });

  const asks = createHandoffAsks({
    rules: () => config.handoff,
    instead: () => insteadOf(own?.id, router, now()),
    label: (id) => providers.find((one) => one.id === id)?.label ?? id,
    now,
  });
  const rules = createRules({
    settings: config,
    windows: () => (own && ledger.windows(own.id)?.windows) ?? [],
    asks: {
      ...asks,
      isGiven: () => asks.isGiven() || isFallbackChosen(router.steering(), own?.id),
    },
    candidates: () => everybody(router.surroundings(), ''),
    now,
  });
  const compare = createCompare({
    routes: config.routes,
    embedding: config.embedding,
    emit: (event) => bus.emit(event),
    fault: (fault) => tellFault('meaning', fault),
  });
  const swarm = createSwarmGuard({
    most: () => config.budget.subagentsPerMinute,
    stops: () => providers.some(({ paid }, place) => paid && place > 0),
    bus,
    now,
  });
  const inFlight = new Set<Promise<void>>();
  let exchanges = 0;
  let turns = 0;
  const prompts = new Set<string>();
  let hasMemoryFailed = false;
  /** What the user has said in this session. */
  let memoryWished: boolean | undefined;
  const memoryMode = (): MemoryMode => {
    if (memoryWished === false) return 'off';
    return memoryWished && config.memory.mode === 'off' ? 'session' : config.memory.mode;
  };
  const wishMemory = (on: boolean): undefined => void (memoryWished = on);
  let remembering: (Remembering & { close(): Promise<void> }) | undefined;
  const handOff = createHandOff({
    settings: () => ({ ...config.memory, mode: memoryMode() }),
    own: own?.id ?? '',
    label: (provider) => providers.find(({ id }) => id === provider)?.label ?? provider,
    clean: (text) => defuse(redact(text)),
    why: reasonText,
  });
  const context: ExchangeContext = {
    handOff,
    away: createAway(),
    get remembering() {
      return remembering;
    },
    get attribution() {
      return config.attribution;
    },
    router,
    bus,
    now,
    elapsed: () => Math.round(performance.now()),
    nextExchange: () => ++exchanges,
    nextTurn: () => ++turns,
    currentTurn: () => turns,
    isNewPrompt: (prompt) => !prompts.has(prompt) && Boolean(prompts.add(prompt)),
    transcripts: createTranscripts(),
    isOwn: whose.isOwn,
    claude,
    get previews() {
      return config.report.previews;
    },
    get safetyChecks() {
      return config.failover.safetyChecks;
    },
    proposals,
    rules,
    swarm,
    ...(compare && { meaning: createTurnMeaning(compare) }),
    typed: createTurnPrompts(() => [...config.handoff, ...config.routes]),
    routed: routeModels(config, build),
    session: () => ({ mode: asks.mode(), roots, tokens: (own ?? providers[0]!).tokens.count }),
    times: timesOf(config),
    pause,
    pings: PINGS,
    retries: config.failover.retries,
    fallbackModels: input.fallbackModels,
    price: pricing.price,
    estimate: pricing.estimate,
    budget,
    fault: (fault) => tellFault('exchange', fault),
  };
  const netTest = createNetTest({
    bus,
    next: () => fallbacksOf(config, router.order(), router.surroundings()),
    redact,
    now,
  });
  const present = watchPresent(bus);
  const live = (): LiveState =>
    composeLiveState({
      session: id,
      startedAt,
      pageUrl: `${url}/ccmux/`,
      config,
      router,
      ledger,
      budget,
      summary: currentSummary(),
      present: present(),
      allowed: approvals.allowed(),
      asks: approvals.asks(),
      tested: netTest.of,
      swarm: swarm.over(),
      ...(sharing && { shared: sharing.view() }),
      now: now(),
    });
  const currentSummary = () => setUsual(summary, (provider) => median(ledger.samples(provider)));
  const notices = createNotices({
    bus,
    mode: input.noticeMode,
    unanswered: input.unanswered,
    write: (text) => process.stderr.write(text),
    providers: providers.map(({ id: providerId, label, routed }) => ({
      id: providerId,
      label,
      ...(routed && { routed }),
    })),
    live,
    footer: { format: config.footer.format, color: mayColour(env) },
    notify: {
      wanted: config.notify,
      send: (text) => void (process.stderr.isTTY && process.stderr.write(notification(text, env))),
    },
    now,
  });
  const lift = (usd: number): string | undefined => {
    if (!isCapped()) return NO_BUDGET;
    if (readAmount(`+${usd}`) === undefined) return `${usd} is no amount that can be added at once`;
    budget.lift(usd);
    return undefined;
  };
  const explained = async (prompt: string) =>
    explain({
      live: live(),
      rules,
      traits: asks.next(prompt),
      routes: config.routes,
      compared: prompt === '' ? undefined : await compare?.(prompt),
    });
  const told = (error: string | undefined) => (error === undefined ? live() : { error });
  const byPerson = async (request: IncomingMessage, effect: () => string | undefined) =>
    (await person.isOutside(connectionOf(request))) ? told(effect()) : { error: NOT_A_PERSON, person: false as const };
  const page = createPage({
    state: live,
    explain: explained,
    bus,
    use: (provider, only) => told(router.use(provider, only)),
    lift: (usd, request) => byPerson(request, () => lift(usd)),
    // `ccmux allow` is not a browser and names no origin.
    allow: (provider, request) =>
      byPerson(request, () => approvals.allow(provider, request.headers.origin === undefined ? 'terminal' : 'page')),
    memory: async (on, request) => (on ? byPerson(request, () => wishMemory(on)) : told(wishMemory(on))),
    forbid() {
      approvals.forbid();
      return live();
    },
    history: createPageHistory(places.sessions, Date.now),
    prefix: `${new URL(url).pathname}/ccmux`,
  });
  const seeClient = watchClient(input.identity.kind, places.state, bus);
  bus.emit({
    type: 'session-start',
    format: FORMAT,
    session: id,
    pid: process.pid,
    version,
    cwd,
    order: providers.filter(({ routed }) => !routed).map((provider) => provider.id),
    providers: providers.map(({ id: providerId, label, kind, paid }) => ({ id: providerId, label, kind, paid })),
  });
  if (unshared) bus.emit(unshared);
  const unregister = attempt(() =>
    registerRunning({
      stateDir: places.state,
      session: id,
      ...identityOf(),
      controlUrl: `${url}/ccmux`,
      claudeCwd: cwd,
    }),
  );

  const unwatch = watchConfig({
    ...input.watched,
    held: config,
    onStricter: (held) => budget.tighten(held.budget),
    emit: bus.emit,
  });

  const unwritable = storage.start();

  /** After the first answer, loads what the session needs later. */
  let prepared = false;
  function prepareNext(): void {
    if (prepared) return;
    prepared = true;
    const next = providers.find(canStandIn);
    void layIn(config.failover.enabled ? next : undefined);
  }

  function tellFault(where: string, fault: unknown): void {
    const message = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    if (where !== 'listener') bus.emit({ type: 'fault', where, message });
  }

  /** Loads what keeps passages for later sessions. */
  async function remember(): Promise<void> {
    const { createRemembering } = await import('./remember.ts');
    const { openFiles } = await import('../recall/files.ts');
    const { projectKey } = await import('../recall/project.ts');
    const store = openFiles(places.memory);
    const project = projectKey(cwd);
    remembering = createRemembering({
      store,
      project,
      session: id,
      settings: () => config.memory,
      now,
      failed: memoryFailed,
      observe: handOff.observe,
    });
  }

  /** Told once: the session goes on without. */
  function memoryFailed(fault: unknown): void {
    if (hasMemoryFailed) return;
    hasMemoryFailed = true;
    if (!storage.failed('memory', fault)) tellFault('memory of earlier sessions', fault);
  }

  /** What other machines know as well. A setting that names nothing is told, and shares nothing. */
  function openSharedWith(): Sharing | undefined {
    const onFault = (fault: unknown) => storage.failed('shared', fault) || tellFault('shared state', fault);
    try {
      const place = sharedPlace(config, env, trust);
      const onStanding = (standing: Standing) => {
        if (standing.state !== 'connecting') bus.emit({ type: 'sharing-change', by: place!.label, ...standing });
      };
      return place && openSharing({ place, now, onStanding, onFault });
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      unshared = { type: 'sharing-change', by: 'shared', state: 'away', why, known: false };
      return undefined;
    }
  }

  function attempt<T>(effect: () => T): T | undefined {
    try {
      return effect();
    } catch (fault) {
      if (!storage.failed('folder', fault)) tellFault('session', fault);
      return undefined;
    }
  }

  return {
    async moneyNotes() {
      if (!isCapped() || !config.failover.enabled) return [];
      await priced.catch(() => {});
      return providers.flatMap((provider) => {
        const { id: providerId, label, paid, keySource } = provider;
        const models = paid && keySource !== undefined ? pricing.unknownModels(provider) : [];
        return models.length === 0 ? [] : [unknownPriceText(providerId, label, models)];
      });
    },
    ...(unwritable && { problem: storageLine(unwritable) }),
    hasFallbacks: config.failover.enabled && providers.some(canStandIn),
    async exchange(request, response, path) {
      seeClient(request.headers);
      person.met(request);
      await ready;
      const running = runExchange(context, request, response, path);
      inFlight.add(running);
      await running.finally(() => inFlight.delete(running));
      prepareNext();
    },
    control: createControl({
      notices,
      page,
      approvals,
      asks,
      explain: explained,
      person,
      typed,
      live,
      use: router.use,
      statusLine: input.statusLine,
      lift,
      memory: wishMemory,
      onSession: whose.report,
    }),
    launched: person.launched,
    relay: createRelay(address.for, toClaude, config.limits.claude),
    greet: createGreeting(address.for, toClaude, config.limits.claude),
    fault: tellFault,
    prepare: () => void toClaude.prepare(new URL(address.current())),
    async end(result) {
      // The client may exit before the end of its last answer is recorded.
      await Promise.race([Promise.allSettled(inFlight), delay(LAST_ACCOUNT_MS, undefined, { ref: false })]);
      unwatch();
      router.close();
      page.close();
      bus.emit({
        type: 'session-end',
        exitCode: result.exitCode,
        ...(result.signal !== undefined && { signal: result.signal }),
      });
      notices.flushAfterExit();
      unregister?.();
      const final = currentSummary();
      const remembered = remembering?.close();
      await Promise.race([remembered, delay(LAST_MEMORY_MS, undefined, { ref: false })]);
      await Promise.all([journal.close(), shared.close(), sharing?.state.close()]);
      // An empty session has no report. A report that cannot be written is made from the journal later.
      if (final.responses.length > 0) await saveSummary(places.sessions, final).catch(() => {});
      await pruneSessions(
        places.sessions,
        KEPT_SESSIONS,
        new Set(listRunning(places.state).map(({ session }) => session)),
      );
      upstream.close();
      toClaude.close();
      return final;
    },
  };
}

/** `20261122-074312-3f2a`: sorts by time, and its beginning or end is enough to name it. */
function sessionId(at: number): string {
  const [date, time] = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().split('T') as [
    string,
    string,
  ];
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${randomBytes(2).toString('hex')}`;
}

/** Keys are fetched when they are first needed, so the redactor learns of them as they come. */
function redactKnown(): (text: string) => string {
  let known = -1;
  let redact = createRedactor([]);
  return (text) => {
    const now = secrets();
    if (now.length !== known) {
      known = now.length;
      redact = createRedactor(now);
    }
    return redact(text);
  };
}
