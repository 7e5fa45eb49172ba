import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config/schema.ts';
import { pause } from '../ground/pause.ts';
import { createAway } from '../memory/away.ts';
import type { ExchangeContext, Said } from '../proxy/context.ts';
import { runExchange } from '../proxy/exchange.ts';
import { timesOf } from '../proxy/times.ts';
import { createTranscripts } from '../proxy/transcripts.ts';
import { createTypedTurns } from '../proxy/typed-turns.ts';
import type { Whose } from '../proxy/whose.ts';
import { cleaned } from '../state/redact.ts';
import type { openAnswered } from './answered-file.ts';
import type { Hosts } from './hosts.ts';
import type { SessionMemory } from './memory.ts';
import type { Money } from './money.ts';
import type { SessionRecord } from './record.ts';
import type { UserRules } from './user-rules.ts';

/** The client's requests, one exchange each. */
export type Exchanges = {
  run(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Resolves when those that run now are over, and it is written down who has answered. */
  over(): Promise<unknown>;
};

/** After a pause of this length the user, and Claude Code's watchdogs, suspect a problem. */
const PINGS = { afterMs: 20_000, everyMs: 10_000 };

/** `said` is told what is said, without secrets. `roots`: the folders that a rule's paths are relative to. */
type Parts = Pick<ExchangeContext, 'router' | 'proposals' | 'swarm' | 'fallbackModels' | 'now'> & {
  config: Config;
  hosts: Hosts;
  record: SessionRecord;
  money: Money;
  memory: SessionMemory;
  answered: ReturnType<typeof openAnswered>;
  userRules: UserRules;
  said: ((said: Said) => void) | undefined;
  whose: Whose;
  roots: readonly string[];
};

export function createExchanges(session: Parts): Exchanges {
  const context = contextOf(session);
  const running = new Set<Promise<void>>();
  return {
    async run(request, response, path) {
      const exchange = runExchange(context, request, response, path);
      running.add(exchange);
      await exchange.finally(() => running.delete(exchange));
    },
    over: () => Promise.allSettled(running).then(session.answered.close),
  };
}

/** Settings that may become stricter while the session runs are read anew with each request. */
function contextOf({
  config,
  hosts,
  record,
  money,
  memory,
  answered,
  userRules,
  said,
  roots,
  ...session
}: Parts): ExchangeContext {
  const { router, proposals, swarm, whose, fallbackModels, now } = session;
  const { asks, compare, rules } = userRules;
  const { tokens } = hosts.providers.find(({ own }) => own) ?? hosts.providers[0]!;
  return {
    router,
    bus: record.bus,
    now,
    elapsed: () => Math.round(performance.now()),
    ...createCounts(),
    transcripts: createTranscripts(),
    isOwn: whose.isOwn,
    claude: hosts.claude,
    handOff: memory.handOff,
    away: createAway(answered),
    said: said && ((what) => said(cleaned(what, record.redact) as Said)),
    get remembering() {
      return memory.remembering();
    },
    get previews() {
      return config.report.previews;
    },
    get attribution() {
      return config.attribution;
    },
    get safetyChecks() {
      return config.failover.safetyChecks;
    },
    proposals,
    times: timesOf(config),
    retries: config.failover.retries,
    fallbackModels,
    pause,
    pings: PINGS,
    price: money.price,
    estimate: money.estimate,
    rules,
    swarm,
    typedTurn: createTypedTurns({ rules: () => [...config.handoff, ...config.routes], compare }),
    routed: hosts.routed,
    session: () => ({ mode: asks.mode(), roots, tokens: tokens.count }),
    budget: money.budget,
    fault: (fault) => record.fault('exchange', fault),
  };
}

function createCounts(): Pick<ExchangeContext, 'nextExchange' | 'nextTurn' | 'currentTurn' | 'isNewPrompt'> {
  let exchanges = 0;
  let turns = 0;
  const prompts = new Set<string>();
  return {
    nextExchange: () => ++exchanges,
    nextTurn: () => ++turns,
    currentTurn: () => turns,
    isNewPrompt: (prompt) => !prompts.has(prompt) && Boolean(prompts.add(prompt)),
  };
}
