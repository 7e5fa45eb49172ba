import { describe, expect, it } from 'vitest';
import type { ContentBlock, Message } from '../../src/codec/anthropic.ts';
import { createAway, type Kept } from '../../src/memory/away.ts';
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

/** What sessions of ccmux keep for each other; the next one begins with `after`. */
function sessions() {
  const lines: (Parameters<Kept['add']>[1] & { session: string; conversation: string })[] = [];
  return {
    lines,
    after(session: string) {
      return createAway({
        read: (conversation) => lines.filter((line) => line.conversation === conversation),
        add: (conversation, answered) => void lines.push({ ...answered, session, conversation }),
        forget: (conversation) =>
          void lines.splice(0, lines.length, ...lines.filter((line) => line.conversation !== conversation)),
      });
    },
  };
}

describe('in a later session', () => {
  const ALL = [...BEFORE, ...THEIRS];
  const now = [says('Two tests fail.'), user('And now?')];
  const claudes = [...now, ...edit('/w/claude.ts'), user('Go on.')];

  function former(): ReturnType<typeof sessions> {
    const kept = sessions();
    const away = kept.after('one');
    away.answered('main', 'gemini', 6, BEFORE);
    away.answered('main', 'gemini', 6, ALL);
    return kept;
  }
  const WORK = {
    providers: ['gemini'],
    turns: 1,
    earlier: 1,
    files: ['/w/src/order.ts'],
    tests: { failed: true, failing: 2 },
  };

  it.each([
    { what: 'the same conversation', messages: [...ALL, ...now], work: WORK },
    { what: 'messages that came before', messages: [user('Earlier.'), ...ALL, ...now], work: WORK },
    { what: 'Claude answered meanwhile, without ccmux', messages: [...ALL, ...claudes], work: WORK },
    { what: 'the turn was rewound', messages: [...BEFORE.slice(0, -1), user('No.')], work: undefined },
    {
      what: 'the turn was rewound, and the same typed again, without ccmux',
      messages: [...BEFORE, ...claudes],
      work: undefined,
    },
    { what: 'its history was removed', messages: [user('And now?')], work: undefined },
    { what: 'its history was summed up', messages: [user(SUMMARY), ...claudes], work: undefined },
  ])('$what', ({ messages, work }) => {
    const kept = former();
    const away = kept.after('two');
    expect(away.isAway('main')).toBe(true);
    expect(away.back('main', messages)).toEqual(work);
    expect(kept.lines).toEqual([]);
    expect(away.isAway('main')).toBe(false);
    expect(kept.after('three').isAway('main')).toBe(false);
  });

  it('another conversation knows nothing of it, and a fork is another', () => {
    const kept = former();
    expect(kept.after('two').isAway('fork')).toBe(false);
    expect(kept.lines).toHaveLength(2);
  });

  it('is told once, also where somebody else answers again', () => {
    const kept = former();
    const away = kept.after('two');
    const more = [...ALL, ...now, ...edit('/w/src/settle.ts')];
    // A session counts its turns from 1, as the one before did.
    away.answered('main', 'kimi', 6, [...ALL, ...now]);
    away.answered('main', 'kimi', 6, more);
    expect(away.back('main', [...more, says('Done.'), user('And?')])).toEqual({
      providers: ['gemini', 'kimi'],
      from: 6,
      to: 6,
      turns: 2,
      earlier: 1,
      files: ['/w/src/order.ts', '/w/src/settle.ts'],
      tests: { failed: true, failing: 2 },
    });
    expect(kept.lines).toEqual([]);
  });

  it('keeps no word of the conversation', () => {
    expect(JSON.stringify(former().lines)).not.toMatch(/Fix it|call_|order/);
  });
});
