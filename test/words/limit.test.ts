import { expect, it } from 'vitest';
import { limitName } from '../../src/words/limit.ts';

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
