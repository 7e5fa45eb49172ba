import type { Config } from '../config/schema.ts';
import type { Failure } from '../errors.ts';
import { createBus } from '../events.ts';
import type { AskedFacts } from '../failover/request-facts.ts';
import { nextStep, pauseBeforeRetry } from '../failover/plan.ts';
import type { Step } from '../failover/step.ts';
import type { Provider } from '../providers/provider.ts';
import { createBudget } from '../proxy/budget.ts';
import { createRouter } from '../proxy/router.ts';
import { timesOf } from '../proxy/times.ts';
import { fold } from '../state/fold.ts';
import { redactEvent } from '../state/redact.ts';
import { emptySummary } from '../state/summary.ts';
import { inMemory } from './account.ts';

/**
 * Decides once what follows a limit of Claude's, with a router of its own: an expression is compiled when it is first
 * used, an error is read with dozens of them, and code that runs for the first time takes several times as long. Nobody
 * is asked, and nothing is kept or told.
 * @returns what would be done next; undefined in a session without Claude.
 */
export function rehearseLimit(session: {
  config: Config;
  providers: Provider[];
  redact: (text: string) => string;
}): Step | undefined {
  const { config, providers, redact } = session;
  const own = providers.find((provider) => provider.own);
  if (own === undefined) return undefined;
  const bus = createBus(Date.now, undefined, (event) => redactEvent(event, redact));
  let summary = emptySummary();
  bus.on((event) => {
    summary = fold(summary, event);
  });
  const budget = createBudget({}, NOTHING_SPENT, bus);
  const router = createRouter({ providers, config, ledger: inMemory(), budget, bus, now: Date.now, redact });
  try {
    const { family } = FACTS;
    const asked = { family };
    const tried = { did: 'ask', provider: own.id, failure: LIMITED, at: Date.now(), relayable: true } as const;
    const about = { family, streaming: true, opened: false, retries: 0, random: 0, times: timesOf(config) };
    const read = router.read(own, LIMITED, asked);
    pauseBeforeRetry([{ ...tried, outcome: read }], { ...router.surroundings(), ...about }, () => FACTS);
    const outcome = router.fail(own, LIMITED, asked, read);
    const { failure, reason } = outcome;
    const attempt = { exchange: 1, attempt: 1, provider: own.id, ms: 1 };
    bus.emit({ type: 'attempt-fail', ...attempt, failure, reason, status: 429, action: 'failover' });
    return nextStep([{ ...tried, outcome }], { ...router.surroundings(), ...about }, () => FACTS);
  } finally {
    router.close();
  }
}

const NOTHING_SPENT = { spentToday: () => 0, assumedToday: () => 0, spendUnknown: () => false, addSpend() {} };

const LIMITED: Failure = {
  wire: 'anthropic',
  translated: false,
  cause: 'status',
  status: 429,
  headers: {
    'retry-after': '1',
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    'anthropic-ratelimit-unified-5h-status': 'rejected',
  },
  body: '{"type":"error","error":{"type":"rate_limit_error","message":"limited"}}',
};

const FACTS: AskedFacts = {
  turn: { requestClass: 'main', thread: 'main', startsTurn: true, prompt: 'x', needsOwnThinking: false },
  family: 'opus',
  needs: { images: false, pdfs: false, tools: true },
  inputTokens: () => 1,
  maxTokens: 1,
  model: 'claude-opus-4-1',
  continued: false,
};
