import { expect, it } from 'vitest';
import { betasForOthers } from '../../src/codec/adapt/betas.ts';

it.each([
  ['claude-code-20250219,effort-2025-11-24', 'claude-code-20250219,effort-2025-11-24'],
  ['interleaved-thinking-2025-05-14, oauth-2025-04-20', 'interleaved-thinking-2025-05-14'],
  ['prompt-caching-scope-2026-01-05,cache-diagnosis-2026-04-07,thinking-binding-controls-2026-08-01', ''],
  ['message-threads-2026-08-12,dangerous-tool-use-2026-09-03,context-management-2025-06-27', ''],
  ['a-beta-of-next-year-2027-01-01', ''],
  ['effort', 'effort'],
  ['', ''],
])('of %j another host is told %j', (betas, expected) => {
  expect(betasForOthers(betas)).toBe(expected);
});
