import { expect, test } from 'vitest';
import { drillText } from '../../src/cli/drill-text.ts';
import { takeOvers, verdict, withTakeOver, type Said } from '../../src/cli/drill-verdict.ts';
import { QUESTIONS } from '../../src/cli/drill-steps.ts';
import { planDrill } from '../../src/cli/drill-plan.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { emptySummary, type Response, type Summary } from '../../src/state/summary.ts';

const GROQ = { id: 'groq', label: 'Groq', images: true, pdfs: false };

function row(turn: number, provider: string, more: Partial<Response> = {}): Response {
  const base = { at: 0, exchange: turn, askedModel: 'claude-sonnet-5-5', warnings: 0, totalMs: 1_500 };
  return { ...base, turn, thread: 'main', provider, model: `${provider}-large`, outcome: 'answered', ...more };
}

function session(responses: Response[], more: Partial<Summary> = {}): Summary {
  return { ...emptySummary(), responses, ...more };
}

const right: Said[] = ['Lantern, and cobalt.', 'It is RED.', 'I see no PDF.', 'Claude is back.'].map((text) => ({
  text,
  isError: false,
}));
const whole = [row(1, 'claude'), row(1, 'groq'), row(1, 'groq'), row(2, 'groq'), row(3, 'groq'), row(4, 'claude')];

test.each<[string, Said[], Summary | undefined, string[], string]>([
  ['all is well', right, session(whole), [], 'held held lost held'],
  ['nothing was reached', [], session([]), [], 'skipped skipped skipped skipped'],
  ['there is no report', right, undefined, [], 'skipped skipped skipped skipped'],
  ['Claude would refuse what the fallback left', right, session(whole), ['messages.3: no'], 'held held lost failed'],
  ['the fallback called no tool', right, session(whole.toSpliced(2, 1)), [], 'weak held lost held'],
  [
    'an answer in a side request is none',
    right,
    session(whole.map((one) => (one.turn === 2 ? { ...one, thread: 'side' as const } : one))),
    [],
    'held failed lost held',
  ],
  ['it stayed with the fallback', right, session(whole.with(5, row(4, 'groq'))), [], 'held held lost failed'],
])('%s', (_, said, summary, rejected, marks) => {
  const { steps } = verdict(GROQ, said, summary, rejected);
  expect(
    Object.values(steps)
      .map(({ mark }) => mark)
      .join(' '),
  ).toBe(marks);
});

const chain = [
  { id: 'gemini', label: 'Gemini' },
  { id: 'groq', label: 'Groq' },
];
const ALL_WORDS: Said = { text: 'lantern, cobalt, harbour', isError: false };
const limited = { provider: 'gemini', exchange: 1, reason: { kind: 'status', status: 429 } } as never;

test.each<[string, Response[], Said, string]>([
  ['each took a step', [row(1, 'claude'), row(1, 'gemini'), row(1, 'groq'), row(1, 'groq')], ALL_WORDS, 'held held'],
  ['the last forgot a word', [row(1, 'gemini'), row(1, 'groq')], { ...ALL_WORDS, text: 'lantern' }, 'held weak'],
  ['the first did it all', [row(1, 'gemini'), row(1, 'gemini')], ALL_WORDS, 'held skipped'],
  ['the first could not, and the last did', [row(1, 'groq')], ALL_WORDS, 'failed held'],
  ['nobody came', [], { text: 'API Error', isError: true }, 'failed skipped'],
])('one after the other: %s', (_, responses, said, marks) => {
  const took = takeOvers(chain, said, session([row(1, 'claude'), ...responses], { failures: [limited] }));
  expect(
    Object.values(took)
      .map(({ over }) => over.mark)
      .join(' '),
  ).toBe(marks);
});

test('the chain adds to what a provider has cost and lost, and to the table', async () => {
  const drilled = verdict(GROQ, right, session(whole), []);
  const took = { over: { mark: 'held' as const, ms: 900 }, usd: 0.5, losses: ['a loss'] };
  expect(withTakeOver({ ...drilled, usd: 0.25, losses: ['a loss'] }, took)).toMatchObject({
    usd: 0.75,
    losses: ['a loss'],
  });
  expect(withTakeOver({ ...drilled, usd: null }, took).usd).toBeNull();
  expect(withTakeOver(drilled, undefined)).toBe(drilled);
  const text = await drillText([withTakeOver(drilled, took), drilled], { width: 80, color: false });
  expect(text).toMatch(/^ +tool loop +image +PDF +way back +take-over +cost$/m);
  expect(text).toMatch(/^Groq .* ✓ 0\.9 s +\$0\.50$/m);
});

test('why it did not answer is said in the words of the failure', () => {
  const failures: Summary['failures'] = [
    {
      type: 'attempt-fail',
      at: 0,
      exchange: 1,
      provider: 'groq',
      failure: 'rate_limit',
      action: 'failover',
      reason: { kind: 'status', status: 429 },
    } as never,
  ];
  const refused = [{ text: 'API Error: 429', isError: true }];
  const { steps } = verdict(GROQ, refused, session([row(1, 'claude')], { failures }), []);
  expect(steps.loop).toEqual({ mark: 'failed', detail: expect.stringContaining('429') });
});

test('the table fits into 80 columns, and says below what did not hold', async () => {
  const drilled = verdict(GROQ, right, session(whole), []);
  const long = { ...drilled, label: 'A provider with a name that is far too long for a table', losses: ['a loss'] };
  const text = await drillText([drilled, long], { width: 80, color: false });
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toMatch(/^Groq +✓ 3\.0 s +✓ 1\.5 s +· 1\.5 s +✓ +\$0$/m);
  expect(text).toMatch(/^· Groq, PDF: it takes no PDFs: a note stands in its place$/m);
  expect(text).toContain('a loss');
});

test('the PDF is one that a reader can open', () => {
  const [{ source }] = QUESTIONS.pdf as [{ source: { data: string } }];
  const file = Buffer.from(source.data, 'base64').toString('latin1');
  const table = Number(/startxref\n(\d+)/.exec(file)?.[1]);
  expect(file.slice(table, table + 4)).toBe('xref');
  for (const [at, place] of [...file.matchAll(/^(\d{10}) 00000 n $/gm)].entries())
    expect(file.slice(Number(place[1])).startsWith(`${at + 1} 0 obj`)).toBe(true);
});

const asked = (label: string, paid: boolean) =>
  ({ id: label.toLowerCase(), label, kind: 'openai', host: 'x', paid, modelFor: () => 'm' }) as unknown as Provider;

test.each<[string, Provider[], number | null]>([
  ['whose price is known', [asked('Groq', true)], 0.4],
  ['whose price is unknown', [asked('Groq', true)], null],
  ['beside one that costs nothing', [asked('Ollama', false), asked('Groq', true)], 0.4],
])('nothing starts where nothing may be paid to one %s', (_, providers, usd) => {
  const plan = (maxCost?: number) =>
    planDrill(providers, { model: 'sonnet', ...(maxCost !== undefined && { maxCost }) }, () => usd);
  expect(() => plan(0)).toThrow(/^--max-cost 0 allows no request to Groq \(about \$\d\.\d\d\)\. Name providers/);
  expect(plan(0.01)).toHaveLength(providers.length);
  expect(plan()).toHaveLength(providers.length);
});

test('what costs nothing may be asked for nothing', () => {
  expect(planDrill([asked('Ollama', false)], { model: 'sonnet', maxCost: 0 }, () => 1)).toMatchObject([
    { usd: 0, maxUsd: { alone: 0, chain: 0 } },
  ]);
});
