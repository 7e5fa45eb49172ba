import { describe, expect, it } from 'vitest';
import { applyChange } from '../../src/page/data.ts';
import { escapeJson } from '../../src/page/template.ts';
import { sampleEvents, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

describe('a change', () => {
  const before = sampleLive(sampleSummary(sampleEvents({ responses: 3 })));
  const after = sampleLive(sampleSummary(sampleEvents({ responses: 5 })));
  const rest = { ...after, summary: { ...after.summary, responses: [] } };

  it('brings new responses and replaces changed ones, each in its place', () => {
    const changed = { ...before.summary.responses[1]!, warnings: 7 };
    const result = applyChange(before, { rest, responses: [changed, ...after.summary.responses.slice(3)] });
    expect(result.summary.responses.map(({ exchange, warnings }) => [exchange, warnings])).toEqual([
      [1, 0],
      [2, 7],
      [3, 0],
      [4, 0],
      [5, 0],
    ]);
    expect(result.summary.turns).toBe(after.summary.turns);
  });

  it('without responses leaves the list as it was, the very same', () => {
    expect(applyChange(before, { rest, responses: [] }).summary.responses).toBe(before.summary.responses);
  });
});

describe('JSON inside the page', () => {
  it.each(['</script><script>alert(1)</script>', '<!-- <script>', ']]>'])('cannot end its element: %s', (text) => {
    const escaped = escapeJson({ text });
    expect(escaped).not.toContain('<');
    expect(JSON.parse(escaped)).toEqual({ text });
  });
});
