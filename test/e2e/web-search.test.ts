import { expect, it } from 'vitest';
import { apiKeyLimit } from '../simulators/failures.ts';
import { answer, callTool, type SimulatedRequest } from '../../src/demo/script.ts';
import { makeCast } from '../helpers/cast.ts';
import { journalOf, runClaude, runCcmux } from '../helpers/claude.ts';

/**
 * The real client's WebSearch while Claude is limited: who searches, what the tool gives to the conversation, and that
 * Claude goes on from there. Each simulator refuses what its host would refuse.
 */

const PAGES = {
  queries: ['ccmux release'],
  results: [
    { title: 'Releases of ccmux', url: 'https://example.com/releases' },
    { title: 'News', url: 'https://example.org/news?day=1' },
  ],
};
const isSearch = ({ json }: SimulatedRequest) => json?.tools?.[0]?.type?.startsWith('web_search_') === true;
/** The rest of the tools upfront: the model need not look for this one. */
const env = { ENABLE_TOOL_SEARCH: 'false' };

/** What the tool gave to the conversation. */
const resultIn = (requests: readonly SimulatedRequest[]) =>
  requests.flatMap(({ facts }) => facts.toolResults).find((text) => text.includes('Web search results'));

it.each(['gemini', 'openai'] as const)('%s searches, and Claude goes on with what it found', async (kind) => {
  const settings = 'webSearch: provider\nbudget: { perSession: 5 }';
  const cast = await makeCast({ order: ['claude', kind], settings, env });
  // The limit is over at once: Claude itself reads the result, in the same turn.
  cast.claude.script = (request) => {
    if (isSearch(request)) return apiKeyLimit(1);
    if (request.facts.side) return answer('ok');
    return request.facts.stepInTurn === 0
      ? callTool('WebSearch', { query: 'ccmux release' })
      : answer('Claude read it.', { thinking: 'So.' });
  };
  cast[kind].script = (request) =>
    answer(request.facts.userText.startsWith('Perform a web search') ? 'It is out.' : 'Still here.', {
      search: PAGES,
      delayMs: 1_100,
    });

  const run = await runClaude(cast.place, 'ccmux', 'what is new?', { allow: 'WebSearch' });
  expect(run.result()).toMatchObject({ result: 'Claude read it.', is_error: false });
  const result = resultIn(cast.claude.requests)!;
  expect(result).toContain(kind === 'gemini' ? '"title":"example.com"' : '"url":"https://example.com/releases"');
  expect(result).toContain('It is out.');
  // The blocks of the search itself never come back.
  expect(JSON.stringify(cast.claude.requests.map(({ json }) => json?.messages))).not.toContain(
    'web_search_tool_result',
  );
  expect(cast.rejections()).toEqual([]);
  const answered = journalOf(cast.place).filter(({ type, provider }) => type === 'exchange-end' && provider === kind);
  expect(answered).toMatchObject([{ outcome: 'answered', usage: { webSearches: 1 } }]);
  const report = (await runCcmux(cast.place, ['report'])).stdout;
  expect(report).toContain(`Web searches: ${kind === 'gemini' ? 'Gemini' : 'OpenAI'} 1.`);
});

it('off: the tool says that there is none, and nobody is asked for one', async () => {
  const cast = await makeCast({ order: ['claude', 'gemini'], env });
  cast.claude.script = (request) => {
    if (isSearch(request)) return apiKeyLimit(60);
    if (request.facts.side) return answer('ok');
    return callTool('WebSearch', { query: 'ccmux release' });
  };
  cast.gemini.script = () => answer('Then without.');
  const run = await runClaude(cast.place, 'ccmux', 'what is new?', { allow: 'WebSearch' });
  expect(run.result().result).toBe('Then without.');
  const result = resultIn(cast.gemini.requests)!;
  expect(result).toContain('Web search error: unavailable');
  expect(result).toContain('(Web search is off for providers other than Claude (setting webSearch).)');
  expect(cast.gemini.requests.map(({ json }) => json.contents.length)).toEqual([3]);
  expect(cast.rejections()).toEqual([]);
});
