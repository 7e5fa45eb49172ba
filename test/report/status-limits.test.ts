import { expect, it } from 'vitest';
import { renderStatus } from '../../src/report/status-text.ts';
import type { LiveState, Tested } from '../../src/state/live.ts';
import { sampleEvents, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

const MINUTE = 60_000;
const live = sampleLive(sampleSummary(sampleEvents({ responses: 8 })));
const { now } = live;
const fiveHours = { name: '5h', used: 0.78, resetAt: now + 125 * MINUTE, source: 'wire' as const };
const forecast = { perHour: 0.2, overMs: 60 * MINUTE, fullAt: now + 80 * MINUTE };

it('says what came of the test of a key', () => {
  const [claude, gemini] = live.providers;
  const line = (tested: Tested) => {
    const providers = [claude!, { ...gemini!, tested }];
    return renderStatus({ ...live, providers }, { width: 200, color: false });
  };
  expect(line({ result: 'ready', at: now })).toMatch(/Gemini {2}available · tested at \d\d:\d\d ✓/);
  expect(line({ result: 'not-tested', at: now })).toContain('key not tested');
  const refused = { kind: 'key-refused', status: 401 } as const;
  expect(line({ result: 'failed', reason: refused, at: now })).toMatch(/test at .*: 401 \(key or login refused\)/);
});

function status(change: { window?: object; summary?: Partial<LiveState['summary']> }): string {
  const [claude, ...others] = live.providers;
  const providers = [{ ...claude!, windows: [{ ...fiveHours, ...change.window }] }, ...others];
  const summary = { ...live.summary, ...change.summary };
  return renderStatus({ ...live, providers, summary }, { width: 80, color: false });
}

it('says when a limit is full, below its line, and only where that is before its reset', () => {
  const [above, below] = status({ window: { forecast } }).split('\n').slice(7, 9);
  expect(above).toMatch(/^ {4}5-hour limit .* 78 % {2}resets .* \(in 2 h 5 min\)$/);
  expect(below).toMatch(/^ {6}▲ full at \d\d:\d\d at this pace, 45 min before its reset$/);
  const { fullAt: _none, ...slow } = forecast;
  expect(status({ window: { forecast: slow } })).not.toContain('full at');
});

it('says how the 5-hour limit has filled, and what is billed beyond it', () => {
  const rise = { provider: 'claude', since: live.startedAt, resetAt: now, from: 0.4, to: 0.62 };
  const overage = { provider: 'claude', since: now, usd: 1.2, ongoing: true };
  const text = status({ summary: { rise, overage } });
  expect(text).toMatch(/\n5 hours {4}40 % → 62 % since \d\d:\d\d/);
  expect(text).toMatch(/\nExtra {6}billed as extra usage since \d\d:\d\d: est\. \$1\.20\n/);
  expect(status({ summary: { rise: { ...rise, to: 0.4 } } })).not.toContain('5 hours');
});
