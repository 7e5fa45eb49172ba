import { isContinued } from '../claude/thread.ts';
import type { ProviderId } from '../events.ts';
import { cooldownOf } from '../failover/cooldown.ts';
import { isHeld } from '../failover/handoff.ts';
import { roomIn } from '../failover/policy.ts';
import { identityLine } from '../memory/identity.ts';
import type { Why } from '../memory/hand-off.ts';
import { withSystemLine } from '../memory/place.ts';
import type { Question } from '../memory/select.ts';
import type { Listener } from '../memory/noted.ts';
import type { Provider } from '../providers/provider.ts';
import { aside } from './aside.ts';
import type { Exchange, Wanted } from './exchange-state.ts';
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
    const to = {
      provider: provider.id,
      why: (from: ProviderId) => whyAway(the, from),
      room,
      listener: listenerOf(the),
    };
    const prepared = context.handOff.prepare(conversationOf(request), plain, to);
    wanted = { request: prepared.request, ...(prepared.note && { note: prepared.note }) };
    if (prepared.request !== plain) wanted.plain = plain;
    if (prepared.isNew && prepared.note) record.note(provider.id, prepared.note);
    if (prepared.dropped)
      record.warn(provider, [{ what: 'handoff-note', detail: `no room for it in the window of ${model}` }]);
  });
  return wanted;
}

/**
 * Before the first answer of a fallback in a conversation: what earlier sessions said of the matter.
 * @returns whether that took time.
 */
export async function lookBack(the: Exchange, id: ProviderId): Promise<boolean> {
  const { context, request } = the;
  const provider = context.router.provider(id);
  if (provider.own || request.endpoint !== 'messages' || !request.isReadable()) return false;
  const listener = listenerOf(the);
  if (!listener) return false;
  const conversation = conversationOf(request);
  let question: Question | undefined;
  aside(context, () => (question = context.handOff.question(conversation, request.parsed(), id, listener)));
  if (!question) return false;
  context.handOff.recalled(conversation, id, await context.remembering!.recall(provider, question));
  return true;
}

/** An exchange of a conversation is over: what it said is kept, and who answered. */
export function keep(the: Exchange, answeredBy: string | undefined): void {
  const { context, request } = the;
  if (request.endpoint !== 'messages' || !request.wasRead() || !request.isReadable()) return;
  const { thread, requestClass } = request.turn();
  const id = conversationOf(request);
  if (requestClass === 'compaction') context.handOff.compacting(id, request.parsed(), listenerOf(the));
  if (thread === 'side') return;
  context.handOff.observe(id, request.parsed(), answeredBy, listenerOf(the));
  if (thread !== 'main' || !context.remembering) return;
  const read = the.overheard?.read;
  const isLast = read !== undefined && answeredBy !== undefined;
  const last = isLast ? { request: request.parsed(), answeredBy, allowed: othersFor(the), read } : undefined;
  context.remembering.afterRequest(id, last);
}

/** The user's own conversation is answered: once Claude is back, what others did in its place is told. */
export function noteAway({ context, request, record }: Exchange, answeredBy: string): void {
  const { away, router } = context;
  const { session: id = '', agent } = request.asker;
  const isOwn = router.provider(answeredBy).own;
  if (request.endpoint !== 'messages' || agent !== undefined || (isOwn && !away.isAway(id)) || !request.isReadable())
    return;
  const { thread, requestClass } = request.turn();
  const { messages } = request.parsed();
  if (thread !== 'main' || requestClass === 'compaction' || isContinued(request.parsed())) return;
  if (!isOwn) return away.answered(id, answeredBy, context.currentTurn(), messages);
  const work = away.back(id, messages);
  if (work && (work.files.length > 0 || work.tests)) record.review(work);
}

/** One for all that is read of a request. Only the user's own conversation outlives its session. */
function listenerOf(the: Exchange): Listener | undefined {
  const { context, request } = the;
  const { thread, requestClass } = request.turn();
  const isMain = thread === 'main' || (requestClass === 'compaction' && request.asker.agent === undefined);
  if (!context.remembering || !isMain) return undefined;
  return (the.listener ??= context.remembering.listener(conversationOf(request), othersFor(the)));
}

/** Who could answer a request in Claude's place, whether or not Claude answers. */
function othersFor({ context: { router, rules }, traits, way }: Exchange): Provider[] {
  const handoff = rules.handoff(traits);
  if (handoff && isHeld(handoff.verdict(), handoff.consented)) return [];
  const { failover, steering } = router.surroundings();
  if (!failover) return [];
  const only = steering.pinned?.only === true ? steering.pinned.provider : undefined;
  const others = router.order().filter(({ own, id }) => !own && (only ?? id) === id);
  return way?.why.kind === 'route' ? others.filter(({ id }) => way.order.includes(id)) : others;
}

/** Whose requests grow out of one another: the user's own conversation, or an agent's. */
function conversationOf({ asker }: ClientRequest): string {
  return `${asker.session} ${asker.agent}`;
}

/** Why a provider that has answered in the conversation does not go on. */
function whyAway({ context: { router, now }, request, past, way }: Exchange, provider: ProviderId): Why | undefined {
  const tried = past.findLast((one) => one.did === 'ask' && one.provider === provider);
  if (tried?.did === 'ask') return tried.outcome.reason;
  const cooldown = cooldownOf(router.cooldowns(), provider, request.family, now());
  if (cooldown) return cooldown.reason;
  const { pinned } = router.steering();
  if (pinned && pinned.provider !== provider) return 'chosen';
  return way ? 'sent' : undefined;
}
