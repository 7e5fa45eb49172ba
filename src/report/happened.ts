import type { ProviderId } from '../events.ts';
import { isEndKnown } from '../words/ends.ts';
import { consentParts, uncheckableParts, uncheckedParts } from '../words/consent.ts';
import { noteParts } from '../words/memory.ts';
import { queueParts } from '../words/queue.ts';
import type { Label } from '../words/label.ts';
import { obstaclePart, switchParts, whyPart, type Obstacle } from '../words/switch.ts';
import { moveText, tagParts } from '../words/handoff.ts';
import { reviewParts } from '../words/review.ts';
import { swarmParts } from '../words/swarm.ts';
import { plural } from '../words/text.ts';
import { atClock, duration } from '../words/time.ts';
import { reasonText } from '../words/why.ts';
import type { Response, Summary } from '../state/summary.ts';

/** One entry, in parts side by side: `Message 6`, `Claude: 429 (5-hour limit)` … */
export type Happening = { at: number; parts: string[] };

/**
 * Every switch, every wait, and every request without a proper answer, in the order of time.
 * @param now the reader's clock, epoch milliseconds: decides whether a provider is back or will be.
 */
export function happenings(summary: Summary, label: Label, now: number): Happening[] {
  const responses = new Map(summary.responses.map((response) => [response.exchange, response]));
  const switches = summary.switches.map((change) => {
    const { at, exchange, from, to, cause, backAt } = change;
    const response = responses.get(exchange);
    const message = response === undefined ? [] : [`Message ${response.turn}`];
    const { backAt: _until, ...past } = change;
    const over = backAt !== undefined && backAt <= now;
    const [why = '', ...rest] = switchParts(over ? past : change, label, now);
    const others = cause === 'failover' ? obstacles(summary, exchange, response, [from, to]) : [];
    // Of a moment at which it was only to be tried again there is nothing to tell afterwards.
    const due = over && isEndKnown(change.reason) ? [`${label(from)} was due back ${atClock(backAt, now)}`] : [];
    return { at, parts: [...message, why, ...others.map((other) => obstaclePart(other, label)), ...rest, ...due] };
  });
  const queues = (summary.queues ?? []).map(({ at, provider, ...queue }) => ({
    at,
    parts: queueParts(provider, queue, label),
  }));
  return [
    ...switches,
    ...waits(summary, responses, label),
    ...unanswered(summary, label),
    ...approvals(summary, label),
    ...uncheckable(summary, label),
    ...queues,
    ...moves(summary, label),
    ...tags(summary),
    ...holds(summary),
    ...keys(summary, label),
    ...(summary.swarms ?? []).map(({ at, perMinute, stops }) => ({
      at,
      parts: swarmParts(perMinute, stops).slice(0, 1),
    })),
    ...notes(summary, responses, label),
    ...(summary.reviews ?? []).map((review) => ({ at: review.at, parts: reviewParts(review, label) })),
  ].toSorted((a, b) => a.at - b.at);
}

/** Requests that went a way of their own: once for each message, provider and reason. */
function moves({ responses }: Summary, label: Label): Happening[] {
  const moved = responses.flatMap((response) =>
    response.moved ? [{ ...response, why: moveText(response.moved) }] : [],
  );
  const alike = Map.groupBy(moved, ({ turn, provider, why }) => `${turn} ${provider} ${why}`);
  return [...alike.values()].map((group) => {
    const { at, turn, provider, why } = group[0]!;
    const who = provider === undefined ? 'nobody' : label(provider);
    return { at, parts: [`Message ${turn}`, `${plural(group.length, 'request')} to ${who}`, why] };
  });
}

/** Answers that another key had to give, because one was at its limit or refused: once for each key and reason. */
function keys({ failures, responses }: Summary, label: Label): Happening[] {
  const failed = failures.filter(({ action }) => action === 'next-key');
  const alike = Map.groupBy(failed, ({ provider, key, reason }) => `${provider} ${key} ${reasonText(reason)}`);
  return [...alike.values()].map((group) => {
    const { at, exchange, provider, key, reason } = group[0]!;
    const response = responses.find((one) => one.exchange === exchange);
    const message = response === undefined ? [] : [`Message ${response.turn}`];
    const times = group.length;
    return { at, parts: [...message, obstaclePart({ provider, key, reason, asked: true, times }, label), 'next key'] };
  });
}

/** Messages that a route only tags. */
function tags({ responses }: Summary): Happening[] {
  return responses.flatMap(({ at, turn, tag }) =>
    tag === undefined ? [] : [{ at, parts: [`Message ${turn}`, ...tagParts(tag)] }],
  );
}

/** Requests that a rule has kept from another provider: once for each message. */
function holds({ responses }: Summary): Happening[] {
  const held = responses.filter((response) => response.held !== undefined);
  return [...Map.groupBy(held, ({ turn }) => turn).values()].map(([first]) => ({
    at: first!.at,
    parts: [`Message ${first!.turn}`, `held for Claude by your rule: ${first!.held}`],
  }));
}

/** Requests that waited for a limit in place of a failover. */
function waits({ waits: all = [] }: Summary, responses: ReadonlyMap<number, Response>, label: Label): Happening[] {
  return all.map(({ at, exchange, provider, reason, ms }) => {
    const response = responses.get(exchange);
    const message = response === undefined ? [] : [`Message ${response.turn}`];
    return { at, parts: [...message, `waited ${duration(ms)} for ${label(provider)}`, reasonText(reason)] };
  });
}

/** What was sent beside the transcript. */
function notes({ notes: all = [] }: Summary, responses: ReadonlyMap<number, Response>, label: Label): Happening[] {
  return all.map((note) => {
    const response = responses.get(note.exchange);
    const message = response === undefined ? [] : [`Message ${response.turn}`];
    return { at: note.at, parts: [...message, ...noteParts(note, label)] };
  });
}

/** Fallbacks' calls in auto mode that Claude could not check: one entry for each question, and for each consent. */
function approvals({ approvals: events = [] }: Summary, label: Label): Happening[] {
  const asks = new Map<ProviderId, { happening: Happening; asked: number; allowed: number }>();
  const told: Happening[] = [];
  for (const event of events) {
    if (event.type === 'consent-give') {
      told.push({ at: event.at, parts: consentParts(event.provider, label).slice(0, 1) });
      continue;
    }
    const known = asks.get(event.provider) ?? { happening: { at: event.at, parts: [] }, asked: 0, allowed: 0 };
    if (!asks.has(event.provider)) told.push(known.happening);
    asks.set(event.provider, known);
    known[event.asked ? 'asked' : 'allowed'] += 1;
    known.happening.parts = uncheckedParts(event.provider, known, label);
  }
  return told;
}

/** Auto mode's unanswered questions about actions, once for each message. */
function uncheckable(summary: Summary, label: Label): Happening[] {
  const runs = new Map<number, Response[]>();
  for (const response of summary.responses) {
    if (!isRefusedCheck(response)) continue;
    runs.set(response.turn, [...(runs.get(response.turn) ?? []), response]);
  }
  return [...runs.values()].map((run) => {
    const asked = run.flatMap((one) => obstacles(summary, one.exchange, undefined));
    const first = run[0]!;
    // If Claude's limit is known, its error is repeated without asking again.
    const known = first.status === undefined ? [] : [`${label('claude')}: ${first.status}`];
    const why = asked.length > 0 ? [obstaclePart(asked[0]!, label)] : known;
    return { at: first.at, parts: [`Message ${first.turn}`, ...uncheckableParts(run.length, why)] };
  });
}

function isRefusedCheck({ safetyCheck, outcome }: Response): boolean {
  return safetyCheck === true && (outcome === 'failed' || outcome === 'relayed');
}

/** Requests that nobody answered, that broke off, or whose error was the client's own: alike ones in a row once. */
function unanswered(summary: Summary, label: Label): Happening[] {
  const told: Happening[] = [];
  let run: { like: string; first: Response; count: number; happening: Happening } | undefined;
  for (const response of summary.responses) {
    if (isRefusedCheck(response)) continue;
    const { at, turn } = response;
    const parts = failureParts(summary, response, label);
    const like = parts?.join(' · ');
    if (parts === undefined || like === undefined) {
      run = undefined;
      continue;
    }
    if (run?.like !== like) {
      run = { like, first: response, count: 0, happening: { at, parts: [] } };
      told.push(run.happening);
    }
    run.count += 1;
    const first = run.first.turn;
    const messages = first === turn ? `Message ${turn}` : `Messages ${first} to ${turn}`;
    // Once a message needs no word.
    const times = run.count === turn - first + 1 ? '' : `, ${run.count} times`;
    const [what = '', ...rest] = parts;
    run.happening.parts = [messages, `${what}${times}`, ...rest];
  }
  return told;
}

/** What became of a request without a proper answer, and why; undefined for every other. */
function failureParts(summary: Summary, response: Response, label: Label): string[] | undefined {
  const { exchange, outcome, provider, status } = response;
  const who = provider === undefined ? 'the provider' : label(provider);
  switch (outcome) {
    case 'relayed': {
      const reason = summary.failures.findLast((failure) => failure.exchange === exchange)?.reason;
      const why = reason === undefined ? `${who}: ${status ?? 'error'}` : whyPart(who, reason);
      return [why, 'error passed on to Claude Code'];
    }
    case 'failed': {
      const each = obstacles(summary, exchange, response).map((obstacle) => obstaclePart(obstacle, label));
      return ['no provider could answer', ...each];
    }
    case 'cut': {
      const broken = provider === undefined ? 'the answer broke off' : `${who}'s answer broke off`;
      return [broken, 'Claude Code tried again by itself'];
    }
    default:
      return undefined;
  }
}

/** Each provider's obstacle: equal attempts once, skipped providers last. */
function obstacles(
  summary: Summary,
  exchange: number,
  response: Response | undefined,
  except: ProviderId[] = [],
): Obstacle[] {
  const tried = new Map<string, Obstacle & { times: number }>();
  for (const { exchange: failedIn, provider, key, reason } of summary.failures) {
    if (failedIn !== exchange || except.includes(provider)) continue;
    const same = `${provider} ${key} ${reasonText(reason)}`;
    const known = tried.get(same);
    if (known === undefined) tried.set(same, { provider, key, reason, asked: true, times: 1 });
    else known.times += 1;
  }
  // When nobody is ready, one that was passed over is asked all the same: what came of that counts.
  const asked = new Set([...tried.values()].map(({ provider }) => provider));
  const skipped = (response?.skipped ?? []).filter(
    ({ provider }) => !except.includes(provider) && !asked.has(provider),
  );
  return [...tried.values(), ...skipped.map(({ provider, detail }) => ({ provider, reason: detail, asked: false }))];
}
