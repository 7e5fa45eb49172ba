import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events.ts';
import { eventLine } from '../../src/words/event.ts';
import { FIVE_HOURS, OVERLOADED } from '../helpers/reasons.ts';
import { sessionStart } from '../report/story.ts';

const AT = new Date(2026, 10, 22, 14).getTime();
const MIN = 60_000;
const LABELS: Record<string, string> = { claude: 'Claude', gemini: 'Gemini', openrouter: 'OpenRouter' };
const label = (id: string) => LABELS[id] ?? id;
const usage = { inputTokens: 1200, outputTokens: 350, cacheReadTokens: 41_000, cacheWriteTokens: 900 };
const start = { exchange: 6, turn: 3, startsTurn: true, model: 'opus', stream: true, bytes: 1 } as const;
const away = { exchange: 6, from: 'claude', to: 'gemini', ms: 4200, usualMs: 2800 } as const;

/** Every type of event; each with the cases that read differently. */
const LINES: Record<Event['type'], [facts: object, line: string][]> = {
  'session-start': [
    [sessionStart, 'session 3f2a91 begins · order: Claude, Gemini, OpenRouter · /home/ada/race-condition'],
  ],
  'session-end': [
    [{ exitCode: 0 }, 'session ends with exit code 0'],
    [{ exitCode: 130, signal: 'SIGINT' }, 'session ends by SIGINT'],
  ],
  'client-read': [
    [{ version: '2.1.330', told: true, firstParty: true }, 'Claude Code 2.1.330'],
    [
      { version: '2.0.77', told: true, firstParty: false },
      'Claude Code 2.0.77 takes ccmux for a foreign gateway and does without the shared cache · from the next launch on ccmux uses its documented switches',
    ],
  ],
  'exchange-start': [
    [
      { ...start, endpoint: 'messages', thread: 'main', preview: 'why does\u001b[31m it hang?' },
      'request 6 · message 3 · opus · why does it hang?',
    ],
    [{ ...start, startsTurn: false, endpoint: 'messages', thread: 'side' }, 'request 6 · message 3 · auxiliary · opus'],
    [
      { ...start, startsTurn: false, endpoint: 'messages', thread: 'subagent' },
      'request 6 · message 3 · subagent · opus',
    ],
    [{ ...start, endpoint: 'count_tokens', thread: 'main' }, 'request 6 · counts tokens · opus'],
  ],
  'exchange-move': [
    [
      { exchange: 6, to: 'gemini', why: { kind: 'route', rule: 'agent Explore' } },
      'request 6 · goes to Gemini · your route: agent Explore',
    ],
    [
      {
        exchange: 6,
        to: 'gemini',
        why: { kind: 'route', rule: 'like "summarise this log"', like: { score: 0.7081, by: 'words' } },
      },
      'request 6 · goes to Gemini · your route: like "summarise this log" (0.71)',
    ],
  ],
  'memory-store-fail': [
    [
      { store: 'chroma', place: 'http://127.0.0.1:8000', why: 'unreachable' },
      'Chroma at http://127.0.0.1:8000 does not answer · earlier sessions are searched by words, without it',
    ],
    [
      { store: 'mem0', why: 'unset' },
      'Mem0 is not named (memory.mem0) · earlier sessions are searched by words, without it',
    ],
  ],
  'embedding-fail': [
    [
      { url: 'http://127.0.0.1:11434/v1', model: 'm', why: 'unreachable' },
      'your embedding (m at http://127.0.0.1:11434/v1) does not answer · prompts are compared by words',
    ],
    [
      { url: 'http://127.0.0.1:11434/v1', model: 'm', why: 'status', status: 404 },
      'your embedding (m at http://127.0.0.1:11434/v1) answered 404 (does it have this model?) · prompts are compared by words',
    ],
  ],
  'exchange-tag': [
    [
      { exchange: 6, rule: 'like "summarise this log"', like: { score: 0.5, by: 'words' } },
      'request 6 · only tagged by your route: like "summarise this log" (0.50) · another route claims its examples',
    ],
  ],
  'exchange-hold': [
    [
      { exchange: 6, provider: 'gemini', then: 'hold', rule: 'paths payments/**' },
      'request 6 · held for Claude by your rule: paths payments/**',
    ],
  ],
  'memory-note': [
    [
      { exchange: 6, provider: 'gemini', tokens: 2310, passages: 18, of: 61, thoughts: 14, text: 'x' },
      "request 6 · Gemini got a note of the session (2,310 tokens) · 18 of 61 passages that the transcript lacks, 14 thoughts of Claude's among them",
    ],
    [
      { exchange: 6, provider: 'gemini', tokens: 310, passages: 0, of: 0, thoughts: 0 },
      'request 6 · Gemini got a note of the session (310 tokens)',
    ],
    [
      { exchange: 6, provider: 'gemini', tokens: 310, passages: 0, of: 0, thoughts: 0, earlier: 3 },
      'request 6 · Gemini got a note of the session (310 tokens) · 3 passages of earlier sessions',
    ],
  ],
  'review-offer': [
    [
      {
        exchange: 9,
        providers: ['gemini'],
        from: 6,
        to: 8,
        turns: 3,
        files: ['/w/src/order.ts', '/w/src/settle.ts'],
        tests: { failed: true, failing: 2 },
      },
      'request 9 · Gemini answered 3 turns: edited 2 files, ran the tests: 2 failed · to send: Review what Gemini changed in turns 6 to 8: order.ts, settle.ts',
    ],
    [
      { exchange: 9, providers: ['gemini'], turns: 2, earlier: 2, files: [], tests: { failed: false } },
      'request 9 · Gemini answered 2 turns: ran the tests: all passed · to send: Review what Gemini did before this conversation was resumed',
    ],
    [
      {
        exchange: 9,
        providers: ['gemini', 'openrouter'],
        from: 1,
        to: 1,
        turns: 3,
        earlier: 2,
        files: ['/w/order.ts'],
      },
      'request 9 · Gemini and OpenRouter answered 3 turns: edited 1 file · to send: Review what Gemini and OpenRouter changed before this conversation was resumed and in turn 1: order.ts',
    ],
    [
      { exchange: 9, providers: ['gemini', 'claude'], from: 6, to: 6, turns: 1, files: [], tests: { failed: false } },
      'request 9 · Gemini and Claude answered 1 turn: ran the tests: all passed · to send: Review what Gemini and Claude did in turn 6',
    ],
    [
      { exchange: 9, providers: ['gemini'], from: 1, to: 2, turns: 2, files: ['a', 'b', 'c', 'd', 'e'] },
      'request 9 · Gemini answered 2 turns: edited 5 files · to send: Review what Gemini changed in turns 1 to 2: a, b, c, d, and 1 more',
    ],
  ],
  'provider-skip': [
    [
      { exchange: 6, provider: 'gemini', reason: 'no_key', detail: { kind: 'no-key', variables: ['GEMINI_API_KEY'] } },
      'request 6 · Gemini was not asked: no key (GEMINI_API_KEY)',
    ],
  ],
  'exchange-wait': [
    [{ exchange: 6, provider: 'gemini', ms: 3000 }, 'request 6 · waits 3.0 s for its place with Gemini'],
  ],
  'provider-wait': [
    [
      { exchange: 6, provider: 'claude', until: AT + MIN, reason: FIVE_HOURS },
      'request 6 · waits for Claude until 14:01 (in 1 min) · 429 (5-hour limit)',
    ],
  ],
  'attempt-start': [[{ exchange: 6, attempt: 1, provider: 'claude' }, 'request 6 · asks Claude']],
  'attempt-fail': [
    [
      {
        exchange: 6,
        attempt: 1,
        provider: 'claude',
        failure: 'rate_limit',
        reason: FIVE_HOURS,
        action: 'failover',
        ms: 400,
      },
      'request 6 · Claude: 429 (5-hour limit) · next provider',
    ],
    [
      {
        exchange: 6,
        attempt: 1,
        provider: 'gemini',
        key: 1,
        failure: 'client',
        reason: { kind: 'key-refused', status: 401 },
        action: 'next-key',
        ms: 400,
      },
      'request 6 · Gemini (key 1): 401 (key or login refused) · its next key',
    ],
    [
      {
        exchange: 6,
        attempt: 1,
        provider: 'claude',
        failure: 'overloaded',
        reason: OVERLOADED,
        action: 'retry',
        ms: 400,
      },
      'request 6 · Claude: 529 overloaded · tries again',
    ],
    [
      {
        exchange: 6,
        attempt: 1,
        provider: 'claude',
        failure: 'client',
        reason: { kind: 'status', status: 400 },
        action: 'relay',
        ms: 400,
      },
      'request 6 · Claude: 400 bad request · error passed on to Claude Code',
    ],
  ],
  'attempt-commit': [
    [
      { exchange: 6, attempt: 1, provider: 'claude', firstByteMs: 900 },
      'request 6 · Claude begins to answer after 0.9 s',
    ],
  ],
  'translation-warn': [
    [
      {
        exchange: 6,
        provider: 'gemini',
        warnings: [
          { what: 'a', detail: 'thinking was left out' },
          { what: 'b', detail: 'one image, too' },
        ],
      },
      'request 6 · lost on the way to Gemini: thinking was left out; one image, too',
    ],
  ],
  'exchange-end': [
    [
      { exchange: 6, outcome: 'answered', provider: 'gemini', model: 'gemini-3', usage, totalMs: 4200 },
      'request 6 · answered by Gemini in 4.2 s · gemini-3 · tokens: 1.2k in, 350 out, 41.9k cached',
    ],
    [
      { exchange: 6, outcome: 'relayed', provider: 'claude', status: 413, totalMs: 300 },
      'request 6 · Claude: 413, passed on to Claude Code',
    ],
    [{ exchange: 6, outcome: 'failed', totalMs: 9000 }, 'request 6 · no provider could answer, in 9.0 s'],
    [
      { exchange: 6, outcome: 'cut', provider: 'claude', totalMs: 9000 },
      "request 6 · Claude's answer broke off after 9.0 s",
    ],
    [{ exchange: 6, outcome: 'cancelled', totalMs: 9000 }, 'request 6 · cancelled by Claude Code after 9.0 s'],
  ],
  'exchange-price': [
    [{ exchange: 6, provider: 'gemini', usd: 0.021 }, 'request 6 · Gemini: est. $0.02 at API prices'],
    [{ exchange: 6, provider: 'gemini', usd: null }, 'request 6 · Gemini: price unknown'],
  ],
  'provider-switch': [
    [
      { ...away, cause: 'failover', reason: FIVE_HOURS, backAt: AT + MIN },
      "Claude: 429 (5-hour limit) · answered by Gemini in 4.2 s (Claude's average: 2.8 s) · Claude is back at 14:01",
    ],
    [
      { ...away, from: 'gemini', to: 'claude', cause: 'back' },
      "Claude is back · answered in 4.2 s (Gemini's average: 2.8 s)",
    ],
  ],
  'provider-cooldown': [
    [
      { provider: 'claude', until: AT + MIN, failure: 'rate_limit', reason: FIVE_HOURS },
      'Claude is unavailable until 14:01 (in 1 min) · 429 (5-hour limit)',
    ],
    [
      {
        provider: 'gemini',
        key: { at: 2, of: 3, left: 1 },
        until: AT + MIN,
        failure: 'rate_limit',
        reason: FIVE_HOURS,
      },
      'Gemini (key 2) is unavailable until 14:01 (in 1 min) · 429 (5-hour limit)',
    ],
  ],
  'provider-ready': [[{ provider: 'claude' }, 'Claude is available again']],
  'quota-read': [
    [
      {
        provider: 'claude',
        windows: [
          { name: '5h', used: 0.41, source: 'wire' },
          { name: 'requests', remaining: 1200, source: 'wire' },
          { name: '7d', source: 'wire' },
        ],
      },
      'Claude · 5-hour limit: 41 % used · requests: 1.2k left · 7-day limit',
    ],
  ],
  'limit-approach': [
    [
      { provider: 'claude', window: '5h', used: 0.78, resetAt: AT + MIN },
      "Claude's 5-hour limit: 78 % used · resets 14:01 (in 1 min)",
    ],
  ],
  'swarm-begin': [
    [
      { perMinute: 120, stops: true },
      'subagents send over 120 requests a minute: paid fallbacks skip them until it is half as many',
    ],
  ],
  'swarm-end': [[{}, 'subagents send fewer requests again']],
  'net-test': [
    [{ provider: 'gemini', result: 'ready' }, 'Gemini ready ✓'],
    [
      { provider: 'gemini', key: 2, result: 'failed', reason: { kind: 'key-refused', status: 401 } },
      'Gemini (key 2) cannot answer: 401 (key or login refused)',
    ],
    [{ provider: 'gemini', result: 'not-tested' }, 'Gemini answers when Claude cannot; its key is not tested'],
  ],
  'overage-begin': [
    [{ provider: 'claude' }, 'Claude bills extra usage from here on · what it has cost since: ccmux status'],
  ],
  'overage-end': [[{ provider: 'claude' }, 'Claude no longer bills extra usage']],
  'approval-ask': [
    [{ provider: 'gemini', tool: 'Bash', asked: true }, 'Gemini proposed Bash, unchecked · you were asked'],
    [{ provider: 'gemini', tool: 'Bash', asked: false }, 'Gemini proposed Bash, unchecked · you had allowed it'],
  ],
  'consent-give': [
    [{ provider: 'gemini', by: 'prompt' }, "Gemini's commands run without a question until Claude answers again"],
  ],
  'consent-end': [
    [{ provider: 'gemini' }, "Every command of a fallback needs your approval again, unless Claude's check covers it."],
  ],
  'provider-steer': [
    [{ provider: 'gemini', only: true }, 'you chose Gemini and nobody else'],
    [{ provider: 'auto', only: false }, 'your order applies again'],
  ],
  'config-change': [[{ now: ['order'], later: [] }, 'your configuration has changed · holds now: order']],
  'budget-lift': [[{ byUsd: 5 }, 'you let this session spend $5.00 more']],
  'budget-reach': [
    [
      { scope: 'day', spentUsd: 5.02, limitUsd: 5, level: 'over' },
      "today's budget is spent ($5.02 of $5.00), paid providers are skipped",
    ],
  ],
  'sharing-change': [
    [
      { by: 'valkey at team-cache', state: 'away', why: 'ECONNREFUSED', known: true },
      'valkey at team-cache: nothing listens there · this machine goes on with what it last knew, and with its share of a daily budget',
    ],
    [
      { by: 'valkey at team-cache', state: 'away', why: 'WRONGPASS invalid pair', known: false },
      'valkey at team-cache: it does not take the password · nothing is shared yet, and nothing of a daily budget is spent until it answers',
    ],
    [
      { by: 'valkey at team-cache', state: 'connected', machines: 3 },
      'valkey at team-cache is back · what changed meanwhile is merged, 3 machines share',
    ],
  ],
  'storage-fail': [
    [
      { what: 'journal', place: '/x', code: 'ENOSPC' },
      "/x cannot be written (the disk is full): this session's report ends here. Failover works.",
    ],
    [
      { what: 'memory', place: '/x', code: 'ENOSPC' },
      '/x cannot be written (the disk is full): later sessions will not know what was said in this one. Failover works.',
    ],
  ],
  'program-relay': [
    [{ status: 401 }, "another program's request was relayed: 401"],
    [{}, "another program's request was relayed"],
  ],
  'notice-show': [[{ text: 'Claude is back' }, 'notice: Claude is back']],
  'notification-send': [[{ kind: 'back', text: 'Claude is back' }, 'notification: Claude is back']],
  fault: [[{ where: 'journal', message: 'no\nspace' }, 'fault in ccmux, journal: no space']],
};

describe.each(Object.entries(LINES))('%s', (type, rows) => {
  it.each(rows)('%# reads as one line', (body, line) => {
    expect(eventLine({ ...body, type, at: AT } as Event, label)).toBe(line);
  });
});
