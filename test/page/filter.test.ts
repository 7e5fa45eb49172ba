import { describe, expect, it } from 'vitest';
import { everything, filterRows, rowsOf, type Filter } from '../../src/page/client/filter.ts';
import { promptOf } from '../../src/page/client/response-row.tsx';
import { viewOf } from '../../src/page/client/view.ts';
import { sampleSummary } from '../helpers/sample-session.ts';

const view = viewOf({ mode: 'frozen', summary: sampleSummary(), generatedAt: 0 });
const rows = rowsOf(view);

describe('the filter of the responses', () => {
  it('starts with everything, newest first', () => {
    const exchanges = filterRows(rows, everything, view).map(({ response }) => response.exchange);
    expect(exchanges).toEqual(Array.from({ length: 31 }, (_, index) => 31 - index));
  });

  it.each<[Partial<Filter>, number[]]>([
    [{ text: 'hypotheses' }, [10]],
    [{ text: 'GEMINI two hundred' }, [16]],
    [{ text: 'turn 12' }, [31, 30]],
    [{ text: 'qwen' }, [29, 28]],
    [{ provider: 'openrouter' }, [29, 28]],
    [{ onlyFailovers: true }, [28, 16]],
    [{ onlyFailovers: true, provider: 'gemini' }, [16]],
    [{ provider: null }, []],
    [{ text: 'no such thing' }, []],
  ])('%j leaves %j', (filter, exchanges) => {
    const found = filterRows(rows, { ...everything, ...filter }, view);
    expect(found.map(({ response }) => response.exchange)).toEqual(exchanges);
  });

  it('tells a turn from its continuation also without previews', () => {
    const summary = sampleSummary();
    for (const response of summary.responses) delete response.preview;
    const bare = rowsOf(viewOf({ mode: 'frozen', summary, generatedAt: 0 })).reverse();
    expect(bare.slice(0, 9).map(promptOf)).toEqual([
      'side request',
      'new message',
      'continued',
      'continued',
      'continued',
      'new message',
      'continued',
      'subagent',
      'continued',
    ]);
  });

  it('knows who failed before', () => {
    expect(rows.find(({ response }) => response.exchange === 16)?.failed).toMatchObject([
      { provider: 'claude', status: 429 },
    ]);
  });
});
