import type { Config } from '../config/schema.ts';
import type { ProviderId } from '../events.ts';
import { everybody } from '../failover/situation.ts';
import type { Router } from '../proxy/router.ts';
import { createRules, type Rules } from '../proxy/rules.ts';
import type { LiveState } from '../state/live.ts';
import type { SessionLedger } from './account.ts';
import { explain } from './explain.ts';
import { createHandoffAsks, insteadOf, isFallbackChosen, type HandoffAsks } from './handoff-asks.ts';
import { createCompare, type Compare } from './meaning.ts';
import type { SessionRecord } from './record.ts';
import type { Label } from '../words/label.ts';

/** The user's rules about single requests (`handoff`, `routes`, `overflow`), and what they need beside the request. */
export type UserRules = {
  rules: Rules;
  /** Where a rule asks the user first. */
  asks: HandoffAsks;
  /** How a prompt compares with the examples of the routes; undefined: no route has any. */
  compare: Compare | undefined;
  /** What `ccmux explain` says. @param prompt '' for the next message, whatever it will be. */
  explain(live: LiveState, prompt: string): Promise<string>;
};

/** @param input.own the id of the user's own Claude. */
export function createUserRules(input: {
  config: Config;
  own: ProviderId | undefined;
  label: Label;
  router: Router;
  ledger: Pick<SessionLedger, 'windows'>;
  record: Pick<SessionRecord, 'bus' | 'fault'>;
  now: () => number;
}): UserRules {
  const { config, own, label, router, ledger, record, now } = input;
  const asks = createHandoffAsks({
    rules: () => config.handoff,
    instead: () => insteadOf(own, router, now()),
    label,
    now,
  });
  const rules = createRules({
    settings: config,
    windows: () => (own !== undefined && ledger.windows(own)?.windows) || [],
    asks: {
      ...asks,
      isGiven: () => asks.isGiven() || isFallbackChosen(router.steering(), own),
    },
    candidates: () => everybody(router.surroundings(), ''),
    now,
  });
  const compare = createCompare({
    routes: config.routes,
    embedding: config.embedding,
    emit: record.bus.emit,
    fault: (fault) => record.fault('meaning', fault),
  });
  return {
    rules,
    asks,
    compare,
    async explain(live, prompt) {
      const compared = prompt === '' ? undefined : await compare?.(prompt);
      return explain({ live, rules, traits: asks.next(prompt), routes: config.routes, compared });
    },
  };
}
