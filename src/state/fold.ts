import type { Event, ProviderId } from '../events.ts';
import {
  addPrice,
  countWarnings,
  draftOf,
  endExchange,
  endWait,
  noteSkip,
  totalsOf,
  type Draft,
} from './attribution.ts';
import { withOverage, withRead } from './spending.ts';
import { emptySummary, type Summary } from './summary.ts';

/** All events of a session, folded; a damaged event is left out, and the others count. */
export function summarise(events: Iterable<Event>): Summary {
  let summary = emptySummary();
  for (const event of events) {
    try {
      summary = fold(summary, event);
    } catch {
      // Part of it may be folded already; the other events still count.
    }
  }
  return summary;
}

const drafts = new WeakMap<Summary, Draft>();

/**
 * Takes one more event into the summary: constant time but for a median's insertion.
 * @param summary grows in place.
 * @returns the same object.
 */
export function fold(summary: Summary, event: Event): Summary {
  const next = summary;
  next.lastAt = Math.max(summary.lastAt, event.at);
  const draft = draftFor(summary);
  switch (event.type) {
    case 'session-start':
      next.session = event.session;
      next.pid = event.pid;
      next.cwd = event.cwd;
      next.ccmux = event.version;
      next.startedAt = event.at;
      next.order = event.order;
      for (const { id, label, kind, paid } of event.providers) {
        // A damaged line may have lost the name.
        Object.assign(totalsOf(next, id), { label: String(label ?? id), kind, paid });
      }
      return next;
    case 'session-end':
      next.endedAt = event.at;
      next.exitCode = event.exitCode;
      if (event.signal !== undefined) next.signal = event.signal;
      return next;
    case 'exchange-start':
      draft.open.set(event.exchange, event);
      if (event.thread !== 'main') return next;
      next.turns = Math.max(next.turns, event.turn);
      if (event.claudeSession !== undefined) next.claudeSession = event.claudeSession;
      return next;
    case 'provider-skip':
      noteSkip(draft, event);
      return next;
    case 'provider-wait': {
      const { type: _wait, ...facts } = event;
      next.waits = [...(next.waits ?? []), { ...facts, ms: 0 }];
      draft.waits.add(event.exchange);
      return next;
    }
    case 'attempt-start':
      draft.attempts.set(event.exchange, event.at);
      endWait(next, draft, event);
      return next;
    case 'attempt-fail':
      next.failures.push(event);
      draft.failed.add(event.exchange);
      totalsOf(next, event.provider).failures += 1;
      return next;
    case 'translation-warn':
      countWarnings(next, draft, event);
      return next;
    case 'exchange-end':
      endWait(next, draft, event);
      endExchange(next, draft, event);
      return next;
    case 'exchange-price':
      addPrice(next, draft, event);
      return withSpending(next, { overage: withOverage(next.overage, event) });
    case 'exchange-move':
      draft.moves.set(event.exchange, event.why);
      return next;
    case 'exchange-tag': {
      const { rule, like } = event;
      draft.tags.set(event.exchange, { rule, like });
      return next;
    }
    case 'exchange-hold':
      draft.holds.set(event.exchange, event.rule);
      return next;
    case 'overage-begin':
    case 'overage-end':
      return withSpending(next, { overage: withOverage(next.overage, event) });
    case 'provider-switch':
      next.switches.push(event);
      if (event.usualMs !== undefined) totalsOf(next, event.from).usualMs = event.usualMs;
      return next;
    case 'provider-cooldown': {
      const { key, until, failure, reason, family } = event;
      if (key !== undefined) return next;
      totalsOf(next, event.provider).cooldown = { until, failure, reason, ...(family !== undefined && { family }) };
      return next;
    }
    case 'provider-ready':
      delete totalsOf(next, event.provider).cooldown;
      return next;
    case 'quota-read': {
      const totals = totalsOf(next, event.provider);
      const names = new Set(event.windows.map((window) => window.name));
      totals.windows = [...totals.windows.filter((window) => !names.has(window.name)), ...event.windows];
      return withSpending(next, { rise: withRead(next.rise, event) });
    }
    case 'exchange-wait':
      draft.queued.set(event.exchange, event);
      return next;
    case 'program-relay':
      next.otherPrograms = (next.otherPrograms ?? 0) + 1;
      return next;
    case 'approval-ask':
    case 'consent-give':
      next.approvals = [...(next.approvals ?? []), event];
      return next;
    case 'memory-note':
      next.notes = [...(next.notes ?? []), event];
      return next;
    case 'review-offer':
      next.reviews = [...(next.reviews ?? []), event];
      return next;
    case 'fault': {
      const known = next.faults.find((fault) => fault.where === event.where && fault.message === event.message);
      if (known === undefined) next.faults.push({ where: event.where, message: event.message, count: 1 });
      else known.count += 1;
      return next;
    }
    case 'swarm-begin':
      next.swarms = [...(next.swarms ?? []), { at: event.at, perMinute: event.perMinute, stops: event.stops }];
      return next;
    case 'limit-approach':
    case 'swarm-end':
    case 'net-test':
    case 'client-read':
    case 'consent-end':
    case 'attempt-commit':
    case 'provider-steer':
    case 'config-change':
    case 'budget-lift':
    case 'budget-reach':
    case 'storage-fail':
    case 'embedding-fail':
    case 'memory-store-fail':
    case 'sharing-change':
    case 'notice-show':
    case 'notification-send':
      return next; // told as they happen; the summary has their outcome
  }
}

function draftFor(summary: Summary): Draft {
  const known = drafts.get(summary);
  if (known) return known;
  const draft = draftOf(summary);
  drafts.set(summary, draft);
  return draft;
}

/** Only what is known: a report holds no empty fields. */
function withSpending(summary: Summary, known: { [Name in 'rise' | 'overage']?: Summary[Name] | undefined }): Summary {
  for (const [name, value] of Object.entries(known)) if (value !== undefined) Object.assign(summary, { [name]: value });
  return summary;
}

/** Adds the usual times across sessions to the totals, where known. */
export function setUsual(summary: Summary, usualMs: (provider: ProviderId) => number | undefined): Summary {
  for (const totals of summary.providers) {
    const ms = usualMs(totals.id);
    if (ms !== undefined) totals.usualMs = ms;
  }
  return summary;
}
