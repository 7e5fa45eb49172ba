import { type Failure, answeredStatus } from '../errors.ts';
import type { EventBody, EventOf, ProviderId, Reason, SkipReason, Tag, TranslationWarning } from '../events.ts';
import type { Outcome } from '../failover/outcome.ts';
import { ruleText } from '../failover/rule-text.ts';
import type { Step } from '../failover/step.ts';
import { toldReason, type Way } from '../failover/ways.ts';
import { ownText } from '../ground/own-text.ts';
import { lengthOf } from '../ground/pieces.ts';
import type { Work } from '../memory/away.ts';
import type { Note } from '../memory/note.ts';
import type { Provider } from '../providers/provider.ts';
import type { ExchangeContext } from './context.ts';
import type { ClientRequest } from './request.ts';

/** Emits what happens in an exchange while it runs: facts for the journal, the notices and the page. */
export type ExchangeRecord = {
  exchange: number;
  /** The providers that were passed over; each is emitted once. */
  skip(skipped: readonly { provider: string; reason: SkipReason; detail: Reason }[]): void;
  /** The request waits in the queue of a provider that takes `perMinute` requests. */
  wait(provider: ProviderId, ms: number, perMinute: number | undefined): void;
  /** The request waits for a limit to reset. */
  waitForReset(provider: string, reset: { until: number; reason: Reason }): void;
  /** Tells, once, that it goes a way of its own. */
  move(to: string, way: Way): void;
  /** A route speaks of it and moves nothing. */
  tag(tag: Tag): void;
  /** Tells, once, that a rule keeps it from a provider. */
  hold(held: NonNullable<Step['held']>): void;
  attempt(number: number, provider: Provider): void;
  commit(number: number, provider: Provider): void;
  fail(
    provider: Provider,
    failure: Failure,
    outcome: Outcome,
    how: { number: number; key: number | undefined; next: EventOf<'attempt-fail'>['action']; ms: number },
  ): void;
  warn(provider: Provider, warnings: TranslationWarning[]): void;
  /** Tells that a provider gets a note it has not had before. */
  note(provider: ProviderId, note: Note): void;
  /** Claude is back: what others did in its place. */
  review(work: Work): void;
  end(facts: Omit<EventOf<'exchange-end'>, 'type' | 'at' | 'exchange' | 'totalMs' | 'firstByteMs' | 'usd'>): void;
  /** @param usd US dollars; null when the price is unknown. */
  price(provider: string, usd: number | null): void;
};

const PREVIEW_LENGTH = 80;
/** Only a prompt's beginning is read, not a pasted log of megabytes. */
const MOST_PREVIEWED = 20 * PREVIEW_LENGTH;

function previewOf(prompt: string): string {
  // Usually twice the length is enough, even with repeated blanks.
  const joined = joinBlanks(prompt.slice(0, 2 * PREVIEW_LENGTH));
  const whole = joined.length >= PREVIEW_LENGTH ? joined : joinBlanks(prompt.slice(0, MOST_PREVIEWED));
  return ownText(whole.slice(0, PREVIEW_LENGTH));
}

function joinBlanks(text: string): string {
  return text.replace(/\s+/g, ' ');
}

export function createRecord(context: ExchangeContext, request: ClientRequest): ExchangeRecord {
  const exchange = context.nextExchange();
  const startedAt = context.elapsed();
  let begun = false;
  let ended = false;
  let attempts = 0;
  const passedOver = new Set<string>();
  const told = new Set<string>();
  let firstByteMs: number | undefined;
  const emit = (event: EventBody) => {
    begin();
    context.bus.emit(event);
  };

  function begin(): void {
    if (begun) return;
    begun = true;
    const { thread, startsTurn, prompt } = request.turn();
    const { model, stream } = request.parsed();
    const turn = startsTurn ? context.nextTurn() : context.currentTurn();
    const claudeSession = request.asker.session;
    const preview = context.previews && prompt ? previewOf(prompt) : undefined;
    context.bus.emit({
      type: 'exchange-start',
      exchange,
      endpoint: request.endpoint,
      thread,
      turn,
      startsTurn,
      model,
      stream: stream === true,
      bytes: lengthOf(request.body),
      ...(claudeSession !== undefined && { claudeSession }),
      ...(request.mayBeSafetyCheck && request.isSafetyCheck() && { safetyCheck: true as const }),
      ...(preview !== undefined && { preview }),
    });
  }

  return {
    exchange,
    skip(skipped) {
      for (const { provider, reason, detail } of skipped) {
        if (passedOver.has(provider)) continue;
        passedOver.add(provider);
        emit({ type: 'provider-skip', exchange, provider, reason, detail });
      }
    },
    move(to, { why }) {
      if (told.has('move')) return;
      told.add('move');
      emit({ type: 'exchange-move', exchange, to, why: toldReason(why) });
    },
    tag: (tag) => emit({ type: 'exchange-tag', exchange, ...tag }),
    hold({ provider, then, rule }) {
      if (told.has('hold') || then === 'go') return;
      told.add('hold');
      emit({ type: 'exchange-hold', exchange, provider, then, rule: ruleText(rule?.when ?? {}) });
    },
    wait(provider, ms, perMinute) {
      emit({ type: 'exchange-wait', exchange, provider, ms, ...(perMinute !== undefined && { perMinute }) });
    },
    waitForReset(provider, reset) {
      emit({ type: 'provider-wait', exchange, provider, ...reset });
    },
    attempt(number, provider) {
      if (number <= attempts) return;
      attempts = number;
      emit({ type: 'attempt-start', exchange, attempt: number, provider: provider.id });
    },
    commit(number, provider) {
      firstByteMs = context.elapsed() - startedAt;
      emit({ type: 'attempt-commit', exchange, attempt: number, provider: provider.id, firstByteMs });
    },
    fail(provider, failure, outcome, { number, key, next, ms }) {
      const status = answeredStatus(failure);
      const requestId = failure.headers['request-id'] ?? failure.headers['x-request-id'];
      emit({
        type: 'attempt-fail',
        exchange,
        attempt: number,
        provider: provider.id,
        failure: outcome.failure,
        reason: outcome.reason,
        action: next,
        ...(key !== undefined && { key: key + 1 }),
        ms,
        ...(status !== undefined && { status }),
        ...(requestId !== undefined && { requestId }),
      });
    },
    warn(provider, warnings) {
      if (warnings.length > 0) emit({ type: 'translation-warn', exchange, provider: provider.id, warnings });
    },
    note(provider, { text, tokens, chosen, total, earlier }) {
      const thoughts = chosen.filter(({ source }) => source === 'thinking').length;
      const facts = { tokens, thoughts, passages: chosen.length, of: total, ...(earlier > 0 && { earlier }) };
      emit({ type: 'memory-note', exchange, provider, ...facts, ...(context.previews && { text }) });
    },
    review: (work) => emit({ type: 'review-offer', exchange, ...work }),
    end(facts) {
      if (ended) return;
      ended = true;
      const totalMs = context.elapsed() - startedAt;
      emit({ type: 'exchange-end', exchange, ...facts, totalMs, ...(firstByteMs !== undefined && { firstByteMs }) });
    },
    price(provider, usd) {
      emit({ type: 'exchange-price', exchange, provider, usd });
    },
  };
}
