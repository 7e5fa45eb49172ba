import type { Reason } from '../events.ts';
import { cooldownOf } from '../failover/cooldown.ts';
import { roomIn } from '../failover/policy.ts';
import { identityLine } from '../memory/identity.ts';
import { withSystemLine } from '../memory/place.ts';
import type { Provider } from '../providers/provider.ts';
import { aside } from './aside.ts';
import type { Exchange, Wanted } from './exchange-state.ts';
import type { ExchangeContext } from './context.ts';
import type { ClientRequest } from './request.ts';

/** What a fallback is told beside the transcript: who it is, and what Claude thought. */
export function wantedOf(the: Exchange, provider: Provider): Wanted | undefined {
  const { context, request, record } = the;
  if (provider.own || request.endpoint !== 'messages' || !request.isReadable()) return undefined;
  if (request.turn().thread === 'side') return undefined;
  const asked = request.parsed();
  const model = provider.modelFor(asked.model);
  const plain = context.attribution ? withSystemLine(asked, identityLine(provider.label, model)) : asked;
  let wanted: Wanted = { request: plain };
  aside(context, () => {
    const { contextWindow, maxOutput } = provider.limitsOf(model);
    const room = roomIn({ contextWindow, maxOutput }, provider.tokens.count(plain), asked.max_tokens ?? 0);
    const to = { provider: provider.id, why: whyAway(the), room };
    const prepared = context.handOff.prepare(conversationOf(request), plain, to);
    wanted = { request: prepared.request, ...(prepared.note && { note: prepared.note }) };
    if (prepared.request !== plain) wanted.plain = plain;
    if (prepared.isNew && prepared.note) record.note(provider.id, prepared.note);
    if (prepared.dropped)
      record.warn(provider, [{ what: 'handoff-note', detail: `no room for it in the window of ${model}` }]);
  });
  return wanted;
}

/** An exchange of a conversation is over: what it said is kept, and who answered. */
export function keep(context: ExchangeContext, request: ClientRequest, answeredBy: string | undefined): void {
  if (request.endpoint !== 'messages' || !request.wasRead() || !request.isReadable()) return;
  const { thread, requestClass } = request.turn();
  const id = conversationOf(request);
  if (requestClass === 'compaction') context.handOff.compacting(id);
  if (thread !== 'side') context.handOff.observe(id, request.parsed(), answeredBy);
}

/** Whose requests grow out of one another: the user's own conversation, or an agent's. */
function conversationOf({ asker }: ClientRequest): string {
  return `${asker.session} ${asker.agent}`;
}

/** Why Claude does not answer; `chosen`: it could, and the user wants another one. */
function whyAway({ context: { router, now }, request, past }: Exchange): Reason | 'chosen' | undefined {
  const own = router.order().find((provider) => provider.own);
  if (!own) return undefined;
  const tried = past.findLast((one) => one.did === 'ask' && one.provider === own.id);
  if (tried?.did === 'ask') return tried.outcome.reason;
  const cooldown = cooldownOf(router.cooldowns(), own.id, request.family, now());
  if (cooldown) return cooldown.reason;
  const { pinned } = router.steering();
  return pinned && pinned.provider !== own.id ? 'chosen' : undefined;
}
