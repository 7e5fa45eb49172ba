import { expect, it } from 'vitest';
import { fullText, limitName, paceText } from '../../src/words/limit.ts';

it.each([
  ['5h', '5-hour limit'],
  ['7d', '7-day limit'],
  ['7d_opus', '7-day Opus limit'],
  ['7d_sonnet', '7-day Sonnet limit'],
  ['7d_oi', '7-day Fable limit'],
  ['7d_new_thing', '7-day New thing limit'],
  ['overage', 'extra usage limit'],
  ['unified', 'usage limit'],
  ['requests', 'requests'],
  ['input-tokens', 'input tokens'],
  ['priority-input-tokens', 'priority input tokens'],
  ['requestsPerDay', 'requests per day'],
  ['inputTokensPerMinute', 'input tokens per minute'],
  ['monthly_cap', 'monthly cap'],
])('the limit %s is called %s', (name, words) => {
  expect(limitName(name)).toBe(words);
});

it('tells when a limit is full, and how fast it fills', () => {
  const now = new Date(2026, 10, 22, 15).getTime();
  expect(fullText(now + 80 * 60_000, now + 125 * 60_000, now)).toBe(
    'full at 16:20 at this pace, 45 min before its reset',
  );
  expect(fullText(now + 80 * 60_000, undefined, now)).toBe('full at 16:20 at this pace');
  expect([0.123, 0.01, 0.004].map(paceText)).toEqual(['12 % an hour', '1 % an hour', '9 % a day']);
});
