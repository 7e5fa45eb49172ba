import type { ProviderId } from '../events.ts';
import type { WebLack } from '../ground/web.ts';
import { isHeld } from './handoff.ts';
import { finalFacts } from './final-facts.ts';
import { pauseAfterHiccup } from './hiccup.ts';
import { choose, mayForwardUnread, webLackOf } from './policy.ts';
import type { Choice } from './policy.ts';
import type { Past, Tried } from './past.ts';
import { queueFor, withQueues } from './queue.ts';
import type { AskedFacts } from './request-facts.ts';
import type { Step } from './step.ts';
import { withoutOverloads } from './client-switch.ts';
import { forJudges, heldLimit, noJudges } from './safety.ts';
import type { CheckSituation } from './safety.ts';
import { everybody, hasReadyAlternative, isAlone, isOver, lastResort, NO_LIMITS, resetToWaitFor } from './situation.ts';
import type { Situation } from './situation.ts';

type ReadFacts = () => AskedFacts | undefined;

/**
 * Decides who is asked next: from what was tried, the situation and the request to one step. The exchange carries the
 * step out, appends the result to the past, and calls this again.
 * @param facts reads the request; called only where the choice depends on it. Undefined for a body that is not a
 *   request: only Claude sees such a body, and says what is wrong with it.
 */
export function nextStep(past: readonly Past[], given: Situation, facts: ReadFacts): Step {
  const situation = onItsWay(asClientSwitches(given));
  const step = decide(past, situation, facts);
  const held = heldFrom(step, situation, facts);
  if (held !== undefined) return { ...forClaudeAlone(past, situation, facts), held };
  const provider = step.do === 'ask' ? step.provider : step.do === 'wait' ? step.for : undefined;
  if (provider === undefined || isOwn(situation, provider)) return step;
  const request = facts();
  const lack = request?.needs.web?.must ? webLackIn(situation, provider, request) : undefined;
  if (lack !== undefined) return { do: 'decline', provider, lack, skipped: step.skipped };
  if (step.do === 'wait') return step;
  if (request === undefined) return forClaudeAlone(past, situation, facts);
  return request.continued ? { do: 'ask-whole', skipped: step.skipped } : step;
}

/** A model without a search would answer from memory, as if it had looked. */
function webLackIn(situation: Situation, provider: ProviderId, request: AskedFacts): WebLack | undefined {
  const candidate = situation.order(request.model).find(({ id }) => id === provider);
  return candidate && webLackOf(candidate, request);
}

/** Where the user wants it, a request has an order of its own, and nothing that was settled before matters. */
function onItsWay(situation: Situation): Situation {
  const { way } = situation;
  if (way === undefined) return situation;
  const order = (model: string) => {
    const all = everybody(situation, model);
    return way.order.flatMap((id) => all.find((one) => one.id === id) ?? []);
  };
  return { ...situation, order, steering: {}, resort: order('').find(({ own }) => own)?.id };
}

/** What keeps a request from the provider that a step would ask: there is a Claude, and no other may stand in for it. */
function heldFrom(step: Step, situation: Situation, facts: ReadFacts): Step['held'] {
  const provider = step.do === 'ask' ? step.provider : step.do === 'wait' ? step.for : undefined;
  const { handoff } = situation;
  if (handoff === undefined || provider === undefined || isOwn(situation, provider)) return undefined;
  if (!situation.order('').some(({ own }) => own) || facts() === undefined) return undefined;
  const verdict = handoff.verdict();
  return isHeld(verdict, handoff.consented) ? { ...verdict, provider } : undefined;
}

/** Whatever the order and the limits: an unreadable body goes to Claude, which says what is wrong with it. */
function forClaudeAlone(past: readonly Past[], whole: Situation, facts: ReadFacts): Step {
  const order = whole.order('').filter(({ own }) => own);
  if (order.length === 0) return fail(past, whole, facts);
  return decide(past, { ...whole, order: () => order, steering: {} }, facts);
}

/** A client that handles overloads must see each of them, so an overload does not keep Claude from being asked. */
function asClientSwitches(situation: Situation): Situation {
  const own = situation.order('').find((one) => one.own);
  if (!situation.clientSwitches || !own) return situation;
  return { ...situation, cooldowns: withoutOverloads(situation.cooldowns, own.id, situation.family) };
}

function decide(past: readonly Past[], situation: Situation, facts: ReadFacts): Step {
  const last = past.at(-1);
  const order = situation.order('');
  // The usual case: the bytes are sent before anything reads them.
  const mayGoUnread = order[0]?.own === true || !(situation.safety || situation.paces.has(order[0]!.id));
  if (last === undefined && mayGoUnread && mayForwardUnread({ ...situation, order })) {
    return ask([], situation, order[0]!.id, []);
  }
  if (situation.safety && facts()?.isSafetyCheck)
    return judgeStep(past, { ...situation, safety: situation.safety }, facts);
  return laterStep(past, situation, facts);
}

/** Only Claude gives a verdict; while its limit holds, the client gets Claude's own error. */
function judgeStep(past: readonly Past[], whole: CheckSituation, facts: ReadFacts): Step {
  const situation = forJudges(whole);
  const skipped = noJudges(whole, situation);
  const step = situation.order('').length === 0 ? fail(past, situation, facts) : laterStep(past, situation, facts);
  const all = [...step.skipped, ...skipped];
  const held = heldLimit(situation);
  if (!held || step.do !== 'ask' || !isOwn(situation, step.provider)) return { ...step, skipped: all };
  const error = { ...finalFacts(triedIn(past), all, situation, undefined), claude: held.failure };
  return { do: 'fail', facts: error, skipped };
}

function laterStep(past: readonly Past[], situation: Situation, facts: ReadFacts): Step {
  const last = past.at(-1);
  if (last === undefined) return firstStep(situation, facts);
  if (last.did === 'wait' && last.queuedMs !== undefined && !last.cutShort) {
    return afterQueue(past, last.for, situation, facts);
  }
  if (last.did === 'wait') {
    const isRetry = past.length > 1 && !last.cutShort && mayPay(situation, last.for, facts);
    return isRetry ? ask(past, situation, last.for, []) : nextProvider(past, situation, facts);
  }
  if (last.outcome.nextKey && mayPay(situation, last.provider, facts)) return ask(past, situation, last.provider, []);
  const isClients = last.outcome.action === 'relay' || isClientsSwitch(last, situation);
  if (isClients || isAlone(situation, last.provider)) return relay(past, situation, facts);
  const pause = pauseBeforeRetry(past, situation, facts);
  if (pause !== undefined) return { do: 'wait', for: last.provider, ms: pause, pings: false, skipped: [] };
  const ms = (last.outcome.cooldown?.until ?? Infinity) - situation.now;
  if (ms <= situation.times.waitUpTo && last.failure.cause !== 'timeout' && !hasRetried(past, last.provider)) {
    const reset = { until: situation.now + Math.max(ms, 0), reason: last.outcome.reason };
    return { do: 'wait', for: last.provider, ms: Math.max(ms, 0), pings: true, reset, skipped: [] };
  }
  return nextProvider(past, situation, facts);
}

/**
 * The pause before the provider that failed last is asked once more although another is ready: a hiccup may pass.
 * Without another provider the client retries by itself, and retries here would multiply the client's.
 */
export function pauseBeforeRetry(past: readonly Past[], given: Situation, facts: ReadFacts): number | undefined {
  const situation = onItsWay(given);
  const last = past.at(-1);
  if (last?.did === 'ask' && isClientsSwitch(last, situation)) return undefined;
  const pause = pauseAfterHiccup(past, situation);
  return pause !== undefined && untried(past, situation, facts).chosen.length > 0 ? pause : undefined;
}

/** An overload after which the client goes to another of Claude's models by itself. */
function isClientsSwitch({ relayable, outcome, provider }: Tried, situation: Situation): boolean {
  const isOverload = relayable && outcome.failure === 'overloaded' && isOwn(situation, provider);
  return isOverload && situation.clientSwitches === true && !situation.opened;
}

/** The client gets the last answer, if it is its own Claude's. */
function relay(past: readonly Past[], situation: Situation, facts: ReadFacts): Step {
  const last = past.at(-1);
  return last?.did === 'ask' && last.relayable && !situation.opened
    ? { do: 'relay', attempt: past.length - 1, skipped: [] }
    : fail(past, situation, facts);
}

function firstStep(situation: Situation, facts: ReadFacts): Step {
  const reset = resetToWaitFor(situation, situation.family, situation.times.waitUpTo);
  if (reset !== undefined) {
    const { provider, ...facts } = reset;
    return { do: 'wait', for: provider, ms: reset.until - situation.now, pings: true, reset: facts, skipped: [] };
  }
  return nextProvider([], situation, facts);
}

/** Its turn in the queue has come: it is asked, unless it failed for another request meanwhile. */
function afterQueue(past: readonly Past[], waited: ProviderId, situation: Situation, facts: ReadFacts): Step {
  const others = past.filter((one) => one.did !== 'ask' || one.provider !== waited);
  const { chosen } = untried(others, situation, facts);
  return chosen.includes(waited) ? ask(past, situation, waited, []) : nextProvider(past, situation, facts);
}

/** The best provider not asked yet; else the last resort; else a second try of one that may have recovered. */
function nextProvider(past: readonly Past[], situation: Situation, facts: ReadFacts): Step {
  const place = queueFor(past, situation, (rested, asked) => untried(asked, rested, facts));
  if (place !== undefined) return { do: 'wait', pings: true, ...place };
  const tried = triedIn(past);
  const behindQueues = untried(past, withQueues(situation), facts);
  const { chosen, skipped } = behindQueues.chosen.length > 0 ? behindQueues : untried(past, situation, facts);
  const resort = lastResort(situation, facts());
  const isNew = tried.every(({ provider }) => provider !== resort);
  const next = chosen[0] ?? (isNew ? resort : undefined);
  if (next !== undefined) return ask(past, situation, next, skipped);
  const final = finalFacts(tried, skipped, situation, facts());
  // Claude's error may pass and no other provider is ready: the client retries by itself.
  const claudeAlone = tried.every(({ provider }) => isOwn(situation, provider));
  if (claudeAlone && final.transient) return { ...relay(past, situation, facts), skipped };
  const again = tried.findLast(({ provider, outcome, failure }) => {
    return outcome.retryable && failure.cause !== 'timeout' && !isOwn(situation, provider);
  });
  const mayRetry = (id: ProviderId) => !hasRetried(past, id) && mayPay(situation, id, facts);
  if (again !== undefined && !final.transient && mayRetry(again.provider)) {
    return { do: 'wait', for: again.provider, ms: situation.times.retryPause, pings: true, skipped };
  }
  return { do: 'fail', facts: final, skipped };
}

/** Who may answer and was not asked yet, best first, and who was passed over. */
function untried(past: readonly Past[], situation: Situation, facts: ReadFacts) {
  const tried = triedIn(past);
  const isNew = (provider: ProviderId) => tried.every((one) => one.provider !== provider);
  const { candidates, skipped } = chooseFor(situation, facts());
  return {
    chosen: candidates.filter(isNew),
    skipped: skipped.filter(({ provider }) => isNew(provider)),
  };
}

function chooseFor(situation: Situation, request: AskedFacts | undefined): Choice {
  if (request === undefined) return { candidates: [], skipped: [] };
  return choose({ ...situation, order: situation.order(request.model), request });
}

function ask(past: readonly Past[], situation: Situation, provider: ProviderId, skipped: Choice['skipped']): Step {
  const { limits } = situation.times;
  const { own = false } = situation.order('').find(({ id }) => id === provider)!;
  return {
    do: 'ask',
    provider,
    // If only Claude can answer, the client waits as it would without ccmux.
    limits: !own ? limits.others : hasReadyAlternative(situation, provider) ? limits.claude : NO_LIMITS,
    // If no other provider can be asked, the client gets Claude's answer from its first byte.
    gate: own && isAlone(situation, provider) ? 'none' : 'content',
    // A ping commits a 200; after that, Claude's own error could not be passed on.
    pings: !own || triedIn(past).some((one) => one.provider !== provider),
    skipped,
  };
}

function fail(past: readonly Past[], situation: Situation, facts: ReadFacts): Step {
  const { skipped } = untried(past, situation, facts);
  return { do: 'fail', facts: finalFacts(triedIn(past), skipped, situation, facts()), skipped };
}

/** Other requests may have spent since the first try. */
function mayPay(situation: Situation, provider: ProviderId, facts: ReadFacts): boolean {
  const candidate = situation.order('').find(({ id }) => id === provider);
  return candidate?.paid !== true || !isOver(situation, candidate, facts());
}

function isOwn(situation: Situation, provider: ProviderId): boolean {
  return situation.order('').some(({ id, own }) => id === provider && own);
}

function triedIn(past: readonly Past[]): Tried[] {
  return past.filter((each) => each.did === 'ask');
}

function hasRetried(past: readonly Past[], provider: ProviderId): boolean {
  return triedIn(past).filter((one) => one.provider === provider).length > 1;
}
