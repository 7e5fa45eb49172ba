import { describe, expect, it } from 'vitest';
import type { ContentBlock, Message } from '../../src/codec/anthropic.ts';
import { createAway } from '../../src/memory/away.ts';
import { SUMMARY } from './sessions.ts';

/** What others did while Claude was away, read from the transcript when it is back. */

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const says = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });

let calls = 0;
/** A tool call and its result. */
function step(name: string, input: object, result = 'ok', isError = false): Message[] {
  const id = `call_${calls++}`;
  const call: ContentBlock = { type: 'tool_use', id, name, input };
  const answer = { type: 'tool_result', tool_use_id: id, content: result, ...(isError && { is_error: true }) };
  return [
    { role: 'assistant', content: [call] },
    { role: 'user', content: [answer] },
  ];
}
const edit = (file: string) => step('Edit', { file_path: file });
const test = (result: string, isError = false) => step('Bash', { command: 'npm test' }, result, isError);

const BEFORE = [user('Find the race.'), ...edit('/w/claude.ts'), says('Found.'), user('Fix it.')];
const THEIRS = [...edit('/w/src/order.ts'), ...test('2 failed, 83 passed', true), ...edit('/w/src/order.ts')];

/** @param requests what Gemini answered: a turn and the messages until then. */
function backWith(messages: Message[], requests: [turn: number, messages: Message[]][] = [[6, BEFORE]]) {
  const away = createAway();
  for (const [turn, until] of requests) away.answered('main', 'gemini', turn, until);
  return away.back('main', messages);
}

it('tells what was edited and how the last test run ended', () => {
  const next = user('And now?');
  const work = backWith(
    [...BEFORE, ...THEIRS, says('Done.'), next],
    [
      [6, BEFORE],
      [6, [...BEFORE, ...THEIRS.slice(0, 2)]],
      [8, [...BEFORE, ...THEIRS, says('Done.'), next]],
    ],
  );
  expect(work).toEqual({
    providers: ['gemini'],
    from: 6,
    to: 8,
    turns: 2,
    files: ['/w/src/order.ts'],
    tests: { failed: true, failing: 2 },
  });
});

it.each([
  { what: 'a run that went well', theirs: test('85 passed'), tests: { failed: false } },
  { what: 'the last of two runs', theirs: [...test('2 failed', true), ...test('85 passed')], tests: { failed: false } },
  { what: 'a run that only failed', theirs: test('Segmentation fault', true), tests: { failed: true } },
  { what: 'counts behind the word', theirs: test('ℹ pass 3\nℹ fail 1', true), tests: { failed: true, failing: 1 } },
  { what: 'names of tests', theirs: test('--- FAIL: TestSettle\nFAIL', true), tests: { failed: true, failing: 1 } },
  { what: 'no run', theirs: edit('/w/a.ts'), tests: undefined },
])('reads of the tests: $what', ({ theirs, tests }) => {
  expect(backWith([...BEFORE, ...theirs])?.tests).toEqual(tests);
});

describe('whose work it was', () => {
  it.each([
    { what: "Claude's own before is not theirs", messages: [...BEFORE, says('Done.')], files: [] },
    {
      what: 'a message that came or went before',
      messages: [user('Earlier.'), ...BEFORE, ...edit('/w/a.ts')],
      files: ['/w/a.ts'],
    },
    { what: 'what is left after a compaction', messages: [user(SUMMARY), ...edit('/w/a.ts')], files: ['/w/a.ts'] },
    { what: 'an edit that failed', messages: [...BEFORE, ...step('Edit', { file_path: 'x' }, 'no', true)], files: [] },
  ])('$what', ({ messages, files }) => expect(backWith(messages)?.files).toEqual(files));

  it('is told of nobody after a rewind', () => {
    expect(backWith([BEFORE[0]!, ...edit('/w/b.ts'), user('Something else.')])).toBeUndefined();
  });

  it('is told once, and only of the conversation that it was in', () => {
    const away = createAway();
    away.answered('main', 'gemini', 1, BEFORE);
    expect(away.isAway('other')).toBe(false);
    expect(away.back('other', BEFORE)).toBeUndefined();
    expect(away.back('main', BEFORE)).toBeDefined();
    expect(away.isAway('main')).toBe(false);
  });
});
