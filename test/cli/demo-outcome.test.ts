import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { comparisonText } from '../../src/cli/demo-comparison.ts';
import { comparisonPage } from '../../src/cli/demo-page.ts';
import { isAsTold, stepsOf, type Outcome } from '../../src/cli/demo-outcome.ts';
import type { StreamLine } from '../../src/demo/stage.ts';

/** What `ccmux demo --memory` makes of its four sessions. */

const call = (model: string, name: string, input: Record<string, unknown>): StreamLine => ({
  type: 'assistant',
  message: { model, content: [{ type: 'tool_use', name, input }] },
});
const claude = (command: string) => call('claude-sonnet-5-5', 'Bash', { command });
const gemini = (command: string) => call('gemini-pro-latest', 'Bash', { command });
const edit = (model: string) => call(model, 'Edit', { file_path: '/w/src/ledger.js' });

describe('its steps', () => {
  it.each([
    { what: 'a new one', lines: [claude('a'), gemini('b')], again: [false] },
    { what: "one of Claude's", lines: [claude('a'), gemini('a')], again: [true] },
    {
      what: "one of Claude's before a file changed",
      lines: [claude('a'), edit('claude-opus-5-5'), gemini('a')],
      again: [false],
    },
    {
      what: 'one behind its own edit',
      lines: [claude('a'), edit('gemini-pro-latest'), gemini('a')],
      again: [false, false],
    },
    { what: 'the same with another filter', lines: [claude('a | head'), gemini('a | tail')], again: [true] },
  ])('$what', ({ lines, again }) => {
    expect(stepsOf(lines, '/w').map((step) => step.again)).toEqual(again);
  });

  it('are named without the folder', () => {
    expect(stepsOf([edit('gemini-pro-latest'), gemini('node --test | grep x')], '/w').map(({ text }) => text)).toEqual([
      'Edit src/ledger.js',
      'node --test',
    ]);
  });
});

const note = {
  type: 'memory-note',
  exchange: 1,
  at: 0,
  provider: 'gemini',
  tokens: 652,
  thoughts: 7,
  passages: 14,
  of: 14,
  text: '<handoff-note by="ccmux">\nThe window is 3 ms wide.\n</handoff-note>',
} as const;
const FIX = { text: 'Edit src/ledger.js', again: false };
const TRACE = { text: 'TRACE=1 node load.js', again: true };
const HOSTILE = { text: 'node "<img src=x>"', again: false };
const OUTCOMES: Outcome[] = [
  {
    thinking: 'hidden',
    memory: 'off',
    note: undefined,
    steps: [{ text: 'node load.js timeout=5000', again: true }, TRACE, FIX],
  },
  { thinking: 'hidden', memory: 'on', note: { ...note, thoughts: 0, passages: 7, tokens: 447 }, steps: [TRACE, FIX] },
  { thinking: 'shown', memory: 'off', note: undefined, steps: [TRACE, FIX] },
  { thinking: 'shown', memory: 'on', note, steps: [FIX] },
];

it('stand side by side within 80 columns, with the last note as it was sent', () => {
  const text = comparisonText(OUTCOMES, { width: 80, color: false });
  const row = (label: string) =>
    text
      .split('\n')
      .find((line) => line.trim().startsWith(label))
      ?.trim()
      .split(/ {2,}/);
  expect(row('note')).toEqual(['note', 'none', '447 tokens', 'none', '652 tokens']);
  expect(row('of them thoughts')).toEqual(['of them thoughts', '–', 'none', '–', '7']);
  expect(row('TRACE=1')).toEqual(['TRACE=1 node load.js', 'again', 'again', 'again', '–']);
  expect(row('Edit')).toEqual(['Edit src/ledger.js', '✓', '✓', '✓', '✓']);
  expect(row('steps')).toEqual(['steps', '3', '2', '2', '1']);
  expect(row('made before by Claude')).toEqual(['made before by Claude', '2', '1', '1', '0']);
  expect(text).toContain('The window is 3 ms wide.');
  expect(Math.max(...text.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
});

it.each([52, 60, 77])('stand side by side on %i columns, each label above its cells', (width) => {
  const lines = comparisonText(OUTCOMES, { width, color: false }).split('\n');
  const below = (label: string) => lines[lines.findIndex((line) => line.trim() === label) + 1]?.trim().split(/ {2,}/);
  expect(below('note')).toEqual(['none', '447 tokens', 'none', '652 tokens']);
  expect(below('made before by Claude')).toEqual(['2', '1', '1', '0']);
  expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
});

it('stand side by side on a page, each note as it was sent, and nothing in it runs or is fetched', () => {
  const page = comparisonPage(OUTCOMES.map((outcome) => ({ ...outcome, steps: [...outcome.steps, HOSTILE] })));
  expect(page.match(/<td class="again">again<\/td>/g)).toHaveLength(4);
  expect(page).toContain('<td>652 tokens</td>');
  expect(page.match(/&lt;handoff-note by=&quot;ccmux&quot;&gt;\nThe window is 3 ms wide\./g)).toHaveLength(2);
  expect(page).not.toContain('<img');
  expect(page).not.toMatch(/<script|https?:|url\(/);
  expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
});

describe('is as told', () => {
  const [off, hidden, , shown] = OUTCOMES as [Outcome, Outcome, Outcome, Outcome];
  it.each([
    { what: 'each of the four', outcomes: OUTCOMES, expected: true },
    { what: 'a note with memory off', outcomes: [{ ...off, note }], expected: false },
    { what: 'no note with memory on', outcomes: [{ ...shown, note: undefined }], expected: false },
    { what: 'thoughts that were hidden', outcomes: [{ ...hidden, note }], expected: false },
    { what: 'no thoughts that were shown', outcomes: [{ ...shown, note: hidden.note }], expected: false },
    { what: 'no fix', outcomes: [{ ...shown, steps: [TRACE] }], expected: false },
  ])('$what: $expected', ({ outcomes, expected }) => expect(outcomes.every(isAsTold)).toBe(expected));
});
