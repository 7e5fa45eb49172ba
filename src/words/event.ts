import type { Event, EventOf, ProviderId } from '../events.ts';
import { consentParts, NO_CONSENT } from './consent.ts';
import { holdParts, moveText, tagParts } from './handoff.ts';
import { limitName, percent, tokens, usedOf } from './limit.ts';
import { budgetParts, dollars } from './money.ts';
import { noteParts } from './memory.ts';
import { netTestParts } from './net-test.ts';
import { approachLine, clientLine, configLine, embeddingLine, overageLine } from './notice.ts';
import { unavailableText } from './ready.ts';
import { sharingLine } from './sharing.ts';
import { storageLine } from './storage.ts';
import { storeLine } from './store.ts';
import { obstaclePart, switchParts, whyPart, withKey } from './switch.ts';
import { reviewParts } from './review.ts';
import { swarmParts } from './swarm.ts';
import { plainLine, plural } from './text.ts';
import { clockAndWait, duration } from './time.ts';
import { reasonText } from './why.ts';
import type { Label } from './label.ts';

/** One event of a journal as one line, without its time: `request 6 · Claude: 429 (5-hour limit) · next provider`. */
export function eventLine(event: Event, label: Label): string {
  const request = 'exchange' in event && event.type !== 'provider-switch' ? [`request ${event.exchange}`] : [];
  return plainLine([...request, ...partsOf(event, label)].join(' · '));
}

function partsOf(event: Event, label: Label): string[] {
  const { at } = event;
  switch (event.type) {
    case 'session-start':
      return [`session ${event.session} begins`, `order: ${event.order.map(label).join(', ')}`, event.cwd];
    case 'session-end':
      return [
        `session ends${event.signal === undefined ? ` with exit code ${event.exitCode}` : ` by ${event.signal}`}`,
      ];
    case 'client-read':
      return event.told && !event.firstParty ? [clientLine(event)] : [`Claude Code ${event.version}`];
    case 'exchange-start':
      return beginning(event);
    case 'exchange-move':
      return [`goes to ${label(event.to)}`, moveText(event.why)];
    case 'embedding-fail':
      return [embeddingLine(event)];
    case 'memory-store-fail':
      return [storeLine(event)];
    case 'exchange-tag':
      return tagParts(event);
    case 'exchange-hold':
      return holdParts(event, label);
    case 'provider-skip':
      return [obstaclePart({ provider: event.provider, reason: event.detail, asked: false }, label)];
    case 'exchange-wait':
      return [`waits ${duration(event.ms)} for its place with ${label(event.provider)}`];
    case 'provider-wait':
      return [`waits for ${label(event.provider)} until ${clockAndWait(event.until, at)}`, reasonText(event.reason)];
    case 'attempt-start':
      return [`asks ${label(event.provider)}`];
    case 'attempt-fail':
      return [whyPart(withKey(label(event.provider), event.key), event.reason), NEXT[event.action]];
    case 'attempt-commit':
      return [`${label(event.provider)} begins to answer after ${duration(event.firstByteMs)}`];
    case 'memory-note':
      return noteParts(event, label).slice(0, 2);
    case 'review-offer':
      return reviewParts(event, label);
    case 'translation-warn':
      return [`lost on the way to ${label(event.provider)}: ${event.warnings.map(({ detail }) => detail).join('; ')}`];
    case 'exchange-end':
      return ending(event, label);
    case 'exchange-price':
      return [
        `${label(event.provider)}: ${event.usd === null ? 'price unknown' : `est. ${dollars(event.usd)} at API prices`}`,
      ];
    case 'provider-switch':
      return switchParts(event, label, at);
    case 'provider-cooldown':
      return [
        `${withKey(label(event.provider), event.key?.at)} is ${unavailableText(event.until, at, event)}`,
        reasonText(event.reason),
      ];
    case 'provider-ready':
      return [`${label(event.provider)} is available again`];
    case 'quota-read':
      return [label(event.provider), ...event.windows.map(windowPart)];
    case 'limit-approach':
      return [approachLine(event, label, at)];
    case 'swarm-begin':
      return swarmParts(event.perMinute, event.stops).slice(0, 1);
    case 'swarm-end':
      return ['subagents send fewer requests again'];
    case 'net-test':
      return netTestParts(event, label).slice(0, 1);
    case 'overage-begin':
    case 'overage-end':
      return [overageLine(event, label)];
    case 'approval-ask':
      return [
        `${label(event.provider)} proposed ${event.tool}, unchecked`,
        event.asked ? 'you were asked' : 'you had allowed it',
      ];
    case 'consent-give':
      return consentParts(event.provider, label).slice(0, 1);
    case 'consent-end':
      return [NO_CONSENT];
    case 'provider-steer':
      return [chosen(event.provider, label) + (event.only ? ' and nobody else' : '')];
    case 'config-change':
      return [configLine(event)];
    case 'budget-lift':
      return [`you let this session spend ${dollars(event.byUsd)} more`];
    case 'budget-reach':
      return budgetParts(event).slice(0, 1);
    case 'storage-fail':
      return [storageLine(event)];
    case 'sharing-change':
      return [sharingLine(event)];
    case 'program-relay':
      return [`another program's request was relayed${event.status === undefined ? '' : `: ${event.status}`}`];
    case 'notice-show':
      return [`notice: ${event.text}`];
    case 'notification-send':
      return [`notification: ${event.text}`];
    case 'fault':
      return [`fault in ccmux, ${event.where}: ${event.message}`];
  }
}

const NEXT: Readonly<Record<EventOf<'attempt-fail'>['action'], string>> = {
  failover: 'next provider',
  retry: 'tries again',
  relay: 'error passed on to Claude Code',
  'next-key': 'its next key',
};

function beginning({ endpoint, thread, turn, startsTurn, model, preview }: EventOf<'exchange-start'>): string[] {
  if (endpoint === 'count_tokens') return ['counts tokens', model];
  const whose = thread === 'main' ? [] : [thread === 'side' ? 'auxiliary' : 'subagent'];
  const begins = startsTurn && preview !== undefined ? [preview] : [];
  return [`message ${turn}`, ...whose, model, ...begins];
}

function ending(event: EventOf<'exchange-end'>, label: Label): string[] {
  const { outcome, provider, model, key, status, usage, totalMs } = event;
  const who = provider === undefined ? 'the provider' : withKey(label(provider), key);
  const took = `in ${duration(totalMs)}`;
  const count = usage === undefined ? [] : [usageText(usage)];
  switch (outcome) {
    case 'answered':
      return [`answered by ${who} ${took}`, ...(model === undefined ? [] : [model]), ...count];
    case 'relayed':
      return [`${who}: ${status ?? 'error'}, passed on to Claude Code`];
    case 'declined':
      return ['web search: not available, Claude Code was told so'];
    case 'failed':
      return [`no provider could answer, ${took}`];
    case 'cut':
      return [`${who}'s answer broke off after ${duration(totalMs)}`, ...count];
    case 'cancelled':
      return [`cancelled by Claude Code after ${duration(totalMs)}`, ...count];
  }
}

function usageText(usage: NonNullable<EventOf<'exchange-end'>['usage']>): string {
  const cached = usage.cacheReadTokens + usage.cacheWriteTokens;
  const searched =
    usage.webSearches === undefined ? '' : `, ${plural(usage.webSearches, 'web search', 'web searches')}`;
  return `tokens: ${tokens(usage.inputTokens)} in, ${tokens(usage.outputTokens)} out, ${tokens(cached)} cached${searched}`;
}

function windowPart(window: EventOf<'quota-read'>['windows'][number]): string {
  const used = usedOf(window);
  if (used !== undefined) return `${limitName(window.name)}: ${percent(used)} used`;
  return window.remaining === undefined
    ? limitName(window.name)
    : `${limitName(window.name)}: ${tokens(window.remaining)} left`;
}

function chosen(provider: ProviderId | 'auto', label: Label): string {
  return provider === 'auto' ? 'your order applies again' : `you chose ${label(provider)}`;
}
