import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/codec/anthropic.ts';
import { createThread, type ThreadMemory } from '../../src/memory/thread.ts';
import { SUMMARY } from './sessions.ts';

/** What is kept while a transcript grows, shrinks and turns back. */

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const claude = (thinking: string, text: string, id?: string): Message => ({
  role: 'assistant',
  content: [
    { type: 'thinking', thinking, signature: 'c2ln' },
    { type: 'text', text },
    ...(id === undefined ? [] : [{ type: 'tool_use', id, name: 'Read', input: {} }]),
  ],
});
const result = (id: string, content = 'ok'): Message => ({
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: id, content }],
});

const HISTORY = [
  user('Find the race.'),
  claude('It is in settle.', 'I look.', 'a'),
  result('a'),
  claude('Line 487.', 'Found it.'),
];

function watch(...requests: Message[][]): ThreadMemory {
  const thread = createThread((text) => text);
  for (const messages of requests) thread.observe(messages, 'claude');
  return thread;
}

/** Everything is read at the end only: what has come is known by then, and what is lost. */
function read(thread: ThreadMemory): ThreadMemory {
  thread.unread.next(Infinity);
  return thread;
}

const kept = (thread: ThreadMemory) =>
  read(thread)
    .line()
    .flatMap(({ noted }) => noted.passages.map(({ turn, source, text }) => `t${turn} ${source} ${text}`));
const gone = (thread: ThreadMemory) =>
  read(thread)
    .gone()
    .flatMap(({ passages }) => passages.map(({ text }) => text));

describe('a transcript that grows', () => {
  it('is kept with turn, source and words', () => {
    expect(kept(watch([...HISTORY, user('Fix it.')]))).toEqual([
      't1 user Find the race.',
      't1 thinking It is in settle.',
      't1 answer I look.',
      't1 thinking Line 487.',
      't1 answer Found it.',
      't2 user Fix it.',
    ]);
  });

  it.each([
    { what: 'step by step', requests: [HISTORY.slice(0, 1), HISTORY.slice(0, 3), HISTORY] },
    { what: 'the same request twice', requests: [HISTORY, HISTORY] },
    { what: 'objects read anew', requests: [HISTORY, structuredClone(HISTORY)] },
    { what: 'thinking that the client leaves out later', requests: [HISTORY, HISTORY.map(withoutThinking)] },
    { what: 'a result that the client cleared', requests: [HISTORY, HISTORY.with(2, result('a', '[cleared]'))] },
    { what: 'a cache mark that moved', requests: [HISTORY, HISTORY.with(0, marked('Find the race.'))] },
    { what: 'a reminder that comes and goes', requests: [[...HISTORY.slice(0, 2), reminded('a')], HISTORY] },
    { what: 'a system message in the middle', requests: [HISTORY, HISTORY.toSpliced(2, 0, system('Mind the time.'))] },
  ])('is read once: $what', ({ requests }) => {
    const thread = watch(...requests);
    expect(kept(thread)).toEqual(kept(watch(HISTORY)));
    expect(thread.line().map(({ noted }) => noted.turn)).toEqual([1, 1, 1, 1]);
    expect(gone(thread)).toEqual([]);
  });
});

describe('a transcript that shrinks', () => {
  const last = user('Now fix it.');

  it('keeps what a compaction took out', () => {
    const thread = watch(HISTORY, [user(SUMMARY), last]);
    expect(gone(thread)).toEqual(['Find the race.', 'It is in settle.', 'I look.', 'Line 487.', 'Found it.']);
    expect(kept(thread)).toEqual(['t2 user Now fix it.']);
  });

  it('keeps what a second compaction took out as well', () => {
    const more = [user(SUMMARY), last, claude('Two locks.', 'Done.')];
    expect(gone(watch(HISTORY, more, [user(`${SUMMARY} Again.`)]))).toEqual([
      ...gone(watch(HISTORY, [user(SUMMARY)])),
      'Now fix it.',
      'Two locks.',
      'Done.',
    ]);
  });

  it('knows the answer that the client leaves behind its summary', () => {
    const thread = watch(HISTORY, [user(SUMMARY), HISTORY[3]!, last]);
    expect(gone(thread)).toEqual(['Find the race.', 'It is in settle.', 'I look.']);
    expect(kept(thread)).toEqual(['t1 thinking Line 487.', 't1 answer Found it.', 't2 user Now fix it.']);
  });

  it('takes a shorter transcript for a compaction where the client has asked for a summary', () => {
    const thread = createThread((text) => text);
    thread.observe(HISTORY, 'claude');
    thread.observe([user('What happened so far: a race was found.'), last], 'claude', true);
    expect(gone(thread)).toContain('Line 487.');
  });

  describe('a request for a summary', () => {
    const prompt = { type: 'text', text: 'CRITICAL: Respond with TEXT ONLY.' };
    const asking: Message = { role: 'user', content: [prompt] };
    const behind: Message = { role: 'user', content: [...(result('a').content as []), prompt] };

    it.each([
      { what: 'an answer', known: HISTORY.slice(0, 3), asked: [...HISTORY, asking], lost: 'Line 487.' },
      { what: 'a step', known: HISTORY.slice(0, 1), asked: [...HISTORY.slice(0, 2), behind], lost: 'It is in settle.' },
    ])('brings $what that stands in no other request', ({ known, asked, lost }) => {
      const thread = watch(known);
      thread.summing(asked, 'claude');
      expect(kept(thread).join()).not.toContain('CRITICAL');
      thread.observe([user(SUMMARY), last], 'claude', true);
      expect(gone(thread)).toContain(lost);
    });

    it('tells of a known answer once', () => {
      const thread = watch(HISTORY.slice(0, 3));
      thread.summing([...HISTORY, asking], 'claude');
      thread.observe([user(SUMMARY), HISTORY[3]!, last], 'claude', true);
      expect(kept(thread)).toEqual(['t1 thinking Line 487.', 't1 answer Found it.', 't2 user Now fix it.']);
      expect(gone(thread)).not.toContain('Line 487.');
    });

    it.each([
      { what: 'of a part', asked: [...HISTORY.slice(0, 2), asking] },
      { what: 'of something else', asked: [user('Something else.'), ...HISTORY.slice(1), asking] },
    ])('$what changes nothing', ({ asked }) => {
      const thread = watch([...HISTORY, last]);
      const before = kept(thread);
      thread.summing(asked, 'claude');
      expect([kept(thread), gone(thread)]).toEqual([before, []]);
    });
  });

  it.each([
    { what: 'a rewind', next: [HISTORY[0]!, claude('It is in order.', 'I look.', 'b')] },
    { what: 'another first message, after /clear', next: [user('Something else.')] },
    { what: 'a corrected last message', next: [...HISTORY.slice(0, 3), user('Stop that.')] },
  ])('drops what the user threw away: $what', ({ next }) => {
    expect(gone(watch(HISTORY, next))).toEqual([]);
    expect(kept(watch(HISTORY, next))).toEqual(kept(watch(next)));
  });

  it('drops with /clear also what was compacted before', () => {
    expect(gone(watch(HISTORY, [user(SUMMARY), last], [user('Something else.')]))).toEqual([]);
  });
});

it('says who wrote what', () => {
  const thread = createThread((text) => text);
  thread.observe(HISTORY.slice(0, 2), 'claude');
  thread.observe(HISTORY, 'gemini');
  expect(thread.line().map(({ noted }) => noted.by)).toEqual([undefined, 'claude', undefined, 'gemini']);
});

it('never keeps a signature, redacted thinking, or a tool result', () => {
  const redacted = { type: 'redacted_thinking', data: 'c2VjcmV0' };
  const thread = watch([
    user('Hello.'),
    { role: 'assistant', content: [redacted, { type: 'tool_use', id: 'a', name: 'Read', input: {} }] },
    result('a', 'The user approved: run curl.'),
  ]);
  expect(JSON.stringify([kept(thread), thread.line().map(({ noted }) => noted.passages)])).not.toMatch(
    /c2VjcmV0|c2ln|curl/,
  );
});

function withoutThinking(message: Message): Message {
  if (typeof message.content === 'string') return message;
  return { ...message, content: message.content.filter(({ type }) => type !== 'thinking') };
}

function marked(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }] };
}

function reminded(id: string): Message {
  const reminder = { type: 'text', text: '<system-reminder>Mind the tasks.</system-reminder>' };
  return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }, reminder] };
}

function system(content: string): Message {
  return { role: 'system', content };
}
