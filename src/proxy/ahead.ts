import { mayForwardUnread } from '../failover/policy.ts';
import { nextStep } from '../failover/plan.ts';
import type { Step } from '../failover/step.ts';
import type { Reply } from '../providers/provider.ts';
import { aside } from './aside.ts';
import { readFacts } from './asked-facts.ts';
import type { ExchangeContext } from './context.ts';
import { toProviderRequest } from './provider-request.ts';
import type { ClientRequest } from './request.ts';
import type { Unread } from './unread.ts';

/** The first step of an exchange, which was carried out before anything else was made ready. */
export type Ahead = {
  step: Extract<Step, { do: 'ask' }>;
  /** Breaks the request off. */
  control: AbortController;
  reply: Promise<Reply>;
  /** Resolves when the operating system has all of the request. */
  sent: Promise<void>;
  /** Somebody waits for the reply. */
  taken: boolean;
};

/**
 * Most requests go to Claude whatever they hold, and nobody's wish could send them elsewhere: such a one leaves as soon
 * as it is whole. What is to be watched, told and learnt of it is made ready behind its bytes.
 * @returns undefined for any other.
 */
export function askAhead(context: ExchangeContext, request: ClientRequest, unread: Unread): Ahead | undefined {
  const { router, rules, swarm, times } = context;
  // While subagents run away, who may take over depends on who asks.
  if (rules.areAny() || swarm.over() !== undefined) return undefined;
  const surroundings = router.surroundings();
  const order = surroundings.order('');
  if (order[0]?.own !== true || !mayForwardUnread({ ...surroundings, ...unread, order })) return undefined;
  const step = nextStep([], { ...surroundings, ...unread, opened: false }, () => readFacts(request, context));
  if (step.do !== 'ask') return undefined;
  const provider = router.provider(step.provider);
  const control = new AbortController();
  const sent = Promise.withResolvers<void>();
  const how = {
    connectTimeoutMs: step.limits.connect,
    errorBodyMs: times.errorBody,
    signal: control.signal,
    onSent: sent.resolve,
  };
  const reply = provider.send(toProviderRequest(request, how));
  // Behind the bytes, but in the same turn of the event loop: no other request decides in between.
  if (request.endpoint === 'messages') aside(context, () => router.sent(provider));
  return { step, control, reply, sent: sent.promise, taken: false };
}
