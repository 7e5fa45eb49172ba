import { describe, expect, it } from 'vitest';
import { applyChange } from '../../src/page/data.ts';
import { escapeJson } from '../../src/page/template.ts';
import { sampleEvents, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

describe('a change', () => {
  const before = sampleLive(sampleSummary(sampleEvents({ responses: 3 })));
  const after = sampleLive(sampleSummary(sampleEvents({ responses: 5 })));
  const rest = { ...after, summary: { ...after.summary, responses: [], failures: [], switches: [] } };
  const nothing = { from: 0, items: [] };

  it('brings new responses and replaces changed ones, each in its place', () => {
    const changed = { ...before.summary.responses[1]!, warnings: 7 };
    const responses = [changed, ...after.summary.responses.slice(3)];
    const result = applyChange(before, { rest, responses, failures: nothing, switches: nothing });
    expect(result.summary.responses.map(({ exchange, warnings }) => [exchange, warnings])).toEqual([
      [1, 0],
      [2, 7],
      [3, 0],
      [4, 0],
      [5, 0],
    ]);
    expect(result.summary.turns).toBe(after.summary.turns);
  });

  it('without news leaves the lists as they were, the very same', () => {
    const { summary } = applyChange(before, { rest, responses: [], failures: nothing, switches: nothing });
    expect(summary.responses).toBe(before.summary.responses);
    expect(summary.failures).toBe(before.summary.failures);
  });

  it('lengthens the lists of failures and switches, also when it overlaps what is known', () => {
    const whole = sampleLive(sampleSummary());
    const { failures, switches } = whole.summary;
    const known = { ...whole, summary: { ...whole.summary, switches: switches.slice(0, 3) } };
    const { summary } = applyChange(known, {
      rest,
      responses: [],
      failures: { from: failures.length, items: [] },
      switches: { from: 2, items: switches.slice(2) },
    });
    expect(summary.switches).toEqual(switches);
    expect(summary.failures).toEqual(failures);
  });
});

describe('JSON inside the page', () => {
  it.each(['</script><script>alert(1)</script>', '<!-- <script>', ']]>'])('cannot end its element: %s', (text) => {
    const escaped = escapeJson({ text });
    expect(escaped).not.toContain('<');
    expect(JSON.parse(escaped)).toEqual({ text });
  });
});
