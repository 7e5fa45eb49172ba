import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/events.ts';
import { isEndKnown, soonestEnd, waitingHelps } from '../../src/words/ends.ts';
import { backText, obstacleText, stateText, unavailableText } from '../../src/words/ready.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';

const NOW = new Date(2026, 10, 27, 15, 53).getTime();
const AT = NOW + 4 * 60_000;

// oxfmt-ignore
const ROWS: [what: string, reason: Reason, known: boolean, helps: boolean][] = [
  ['a limit with its reset', FIVE_HOURS, true, true],
  ['a limit of the user', { kind: 'own-limit', window: 'requestsPerDay' }, true, true],
  ['a place in a queue', { kind: 'full', perMinute: 10 }, true, true],
  ['a spending limit with its date', { kind: 'billing', status: 429, what: 'spending-limit' }, true, true],
  ['a line of an earlier ccmux', { kind: 'words', text: '429 (5-hour limit)' }, true, true],
  ['a limit that names no end', { kind: 'limit', status: 429, endUnknown: true }, false, true],
  ['an overload', OVERLOADED, false, true],
  ['a fault of the host', { kind: 'status', status: 500 }, false, true],
  ['a broken connection', { kind: 'network', code: 'ECONNRESET' }, false, true],
  ['silence', { kind: 'silence', limitMs: 60_000 }, false, true],
  ['an answer that broke off', { kind: 'broken-off' }, false, true],
  ['no credit', { kind: 'billing', status: 402, what: 'no-credit', endUnknown: true }, false, false],
  ['a refused key', { kind: 'key-refused', status: 401 }, false, false],
  ['a key without the right', { kind: 'not-permitted', status: 403 }, false, false],
  ['a model that is gone', { kind: 'not-found', status: 404 }, false, false],
  ['a certificate', { kind: 'certificate', code: 'CERT_HAS_EXPIRED' }, false, false],
  ['a package that is missing', { kind: 'setup', text: 'install it' }, false, false],
];

describe.each(ROWS)('%s', (_, reason, known, helps) => {
  it('promises an end where it is known, and else a next try', () => {
    expect([isEndKnown(reason), waitingHelps(reason)]).toEqual([known, helps]);
    const texts = [
      backText('Claude', AT, NOW, { reason }),
      obstacleText('Claude', { reason, until: AT }, NOW).replace(/^.*, /, ''),
      unavailableText(AT, NOW, { reason }),
      stateText({ state: 'cooldown', until: AT, reason, cooldownFamily: 'opus' }, NOW),
    ];
    expect(texts).toEqual(
      known
        ? [
            'Claude is back at 15:57',
            'until 15:57',
            'unavailable until 15:57 (in 4 min)',
            'unavailable for Opus until 15:57 (in 4 min)',
          ]
        : [
            'Claude is tried again at 15:57',
            'next try 15:57',
            'unavailable, next try at 15:57 (in 4 min)',
            'unavailable for Opus, next try at 15:57 (in 4 min)',
          ],
    );
  });

  it('counts for the next chance where waiting may help', () => {
    const sooner = { reason, until: AT };
    const later = { reason: FIVE_HOURS, until: AT + 1 };
    expect(soonestEnd([later, sooner])).toBe(helps ? sooner : later);
    expect(soonestEnd([sooner, { reason }])).toBe(helps ? sooner : undefined);
  });
});

it('a moment that is past is no promise, either', () => {
  expect(backText('Claude', NOW, NOW, { reason: OVERLOADED })).toBe('Claude is available again');
  expect(obstacleText('Claude', { reason: OVERLOADED, until: NOW }, NOW)).toBe('Claude: 529 overloaded');
});

it.each([
  ['ready', { result: 'failed', at: NOW } as const, 'its test has failed'],
  ['ready', { result: 'ready', at: NOW } as const, 'available'],
  ['ready', { result: 'not-tested', at: NOW } as const, 'available'],
  ['no_key', { result: 'failed', at: NOW } as const, 'no key'],
  ['cooldown', { result: 'failed', at: NOW } as const, 'unavailable'],
] as const)('one that is %s, with %j, is %s', (state, tested, text) => {
  expect(stateText({ state, tested }, NOW)).toBe(text);
});
