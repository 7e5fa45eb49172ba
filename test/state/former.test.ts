import { expect, it } from 'vitest';
import type { Cooldown } from '../../src/failover/cooldown.ts';
import { eventOf, liveOf, reasonOf } from '../../src/state/former.ts';
import { parseJournal } from '../../src/state/journal.ts';
import type { LiveState } from '../../src/state/live.ts';
import { noFacts, parseFacts } from '../../src/state/shared-facts.ts';
import { summarise } from '../../src/state/fold.ts';
import { renderReport } from '../../src/report/text.ts';
import { reasonText } from '../../src/words/why.ts';

/** Lines of a journal as the first ccmux wrote them: each reason a sentence. */
const OLD = [
  '{"type":"session-start","session":"20261122-140000-3f2a","pid":1,"version":"0.1.0","cwd":"/w","order":["claude","gemini","groq"],"providers":[{"id":"claude","label":"Claude","kind":"anthropic","paid":false},{"id":"gemini","label":"Gemini","kind":"gemini","paid":true}],"at":1000}',
  '{"type":"exchange-start","exchange":1,"endpoint":"messages","thread":"main","turn":1,"startsTurn":true,"model":"claude-opus-5","stream":true,"bytes":10,"at":1000}',
  '{"type":"attempt-fail","exchange":1,"attempt":1,"provider":"claude","failure":"rate_limit","status":429,"reason":"429 (5-hour limit)","action":"failover","ms":5,"at":1001}',
  '{"type":"provider-rest","provider":"claude","until":9000,"failure":"rate_limit","reason":"429 (5-hour limit)","at":1001}',
  '{"type":"provider-skip","exchange":1,"provider":"groq","reason":"no_key","detail":"no key (GROQ_API_KEY)","at":1001}',
  '{"type":"exchange-end","exchange":1,"outcome":"answered","provider":"gemini","model":"gemini-pro","status":200,"totalMs":4200,"at":5200}',
  '{"type":"provider-switch","exchange":1,"from":"claude","to":"gemini","cause":"failover","reason":"429 (5-hour limit)","ms":4200,"usualMs":2800,"at":5200}',
];

it('an old journal is told as it was', () => {
  const events = parseJournal(OLD.join('\n'));
  expect(events).toHaveLength(OLD.length);
  const summary = summarise(events);
  expect(summary.failures[0]?.reason).toEqual({ kind: 'words', status: 429, text: '5-hour limit' });
  const text = renderReport(summary, { width: 120, color: false, now: 10_000 });
  expect(text).toContain('Claude: 429 (5-hour limit) · groq was not asked: no key (GROQ_API_KEY)');
});

it('an old report, and an old session that still runs, are today’s in words', () => {
  const written = OLD.map((line) => JSON.parse(line)).filter(({ type }) => type !== 'provider-rest');
  const summary = summarise(written);
  const [claude] = summary.providers;
  Object.assign(claude!, { rest: { until: 9000, failure: 'rate_limit', reason: '429 (5-hour limit)' } });
  const live = {
    providers: [{ id: 'claude', state: 'resting', reason: '529 overloaded' }],
    servingWhy: 'claude: 529',
    summary,
  };
  const today = liveOf(live as unknown as LiveState);
  expect(today.servingWhy).toBeUndefined();
  expect(today.providers.map(({ reason }) => reason && reasonText(reason))).toEqual(['529 (overloaded)']);
  expect(today.providers.map(({ state }) => state)).toEqual(['cooldown']);
  expect(today.summary).toEqual(summarise(parseJournal(OLD.join('\n'))));
  expect(liveOf(today)).toEqual(today);
});

it('an old cooldown is inherited', () => {
  const cooldown = { until: 9, failure: 'network', reason: 'connection refused', streak: 1 } as unknown as Cooldown;
  const provider = {
    rests: [cooldown],
    samples: [],
    recent: [],
    day: { date: '', requests: 0, tokens: 0 },
    spend: { date: '', usd: 0, unknown: false },
  };
  const facts = parseFacts(JSON.stringify({ ...noFacts(), providers: { claude: provider } }));
  expect(facts).toMatchObject({
    providers: { claude: { cooldowns: [{ ...cooldown, reason: { kind: 'words', text: 'connection refused' } }] } },
  });
});

it.each([
  ['429 (5-hour limit)', '429 (5-hour limit)'],
  ['529 overloaded', '529 (overloaded)'],
  ['429 (rate limit), inside a 200', '429 (rate limit), inside a 200'],
  ['500 (odd (very))', '500 (odd (very))'],
  ['no answer within 60 s', 'no answer within 60 s'],
  ['429', '429'],
])('the sentence “%s” stays one', (sentence, words) => {
  expect(reasonText(reasonOf(sentence))).toBe(words);
});

it('what is of today is not touched', () => {
  const event = { type: 'attempt-start', exchange: 1, attempt: 1, provider: 'claude', at: 1 } as const;
  expect(eventOf(event)).toBe(event);
});
