import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/codec/anthropic.ts';
import { createHandOff } from '../../src/memory/hand-off.ts';
import { createThread } from '../../src/memory/thread.ts';
import { requestOf, SUMMARY } from './sessions.ts';

/** When what has come is read: behind answers, a piece at a time; and what a note does that cannot wait for it. */

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const step = (i: number, size = 20): Message[] => {
  const id = `toolu_${i}`;
  const thinking = Array.from({ length: size }, (_, n) => `Step ${i} found part${i}x${n} in its place.`).join(' ');
  return [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking, signature: 'c2ln' },
        { type: 'tool_use', id, name: 'Bash', input: { command: i === 0 ? 'npm test' : `ls part${i}` } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'Tests 2 failed | 83 passed' }] },
  ];
};
const steps = (count: number) => Array.from({ length: count }, (_, i) => step(i)).flat();
const GEMINI = { provider: 'gemini', why: () => ({ kind: 'limit', status: 429 }) as const, room: 100_000 };

/** @param msEach how long it takes to read a thought. */
function slow(msEach = 1) {
  const clock = { now: 0, cleaned: [] as string[], work: () => false as boolean };
  const memory = createHandOff({
    settings: () => ({ mode: 'session', tokens: 2_500, reasoning: true }),
    own: 'claude',
    label: (id) => id,
    clean(text) {
      if (text.startsWith('Step')) clock.now += msEach;
      clock.cleaned.push(text);
      return text;
    },
    why: () => '429',
    idle: { run: async (work) => void (clock.work = work), now: () => clock.now },
  });
  return { memory, clock };
}

const thoughts = (cleaned: string[]) => cleaned.filter((text) => text.startsWith('Step'));

describe('behind an answer', () => {
  it('nothing is read before there is time', () => {
    const { memory, clock } = slow();
    memory.observe('main', requestOf([user('Find it.'), ...steps(50)]), 'claude');
    expect(clock.cleaned).toEqual([]);
  });

  it('a piece of work reads a few thousand characters, however much there is', () => {
    const { memory, clock } = slow();
    memory.observe('main', requestOf([user('Find it.'), ...steps(200)]), 'claude');
    memory.observe('agent', requestOf([user('Help.'), ...steps(20)]), 'claude');
    let pieces = 0;
    let most = 0;
    for (let before = 0; clock.work(); before = clock.cleaned.length, pieces++)
      most = Math.max(most, clock.cleaned.slice(before).join('').length);
    expect(thoughts(clock.cleaned)).toHaveLength(220);
    expect(pieces).toBeGreaterThan(20);
    expect(most).toBeLessThan(8_000);
  });

  it('a request adds its own messages alone', () => {
    const { memory, clock } = slow();
    const messages = [user('Find it.')];
    for (let i = 0; i < 30; i++) {
      messages.push(...step(i));
      clock.cleaned.length = 0;
      memory.observe('main', requestOf(messages), 'claude');
      while (clock.work());
      expect(thoughts(clock.cleaned)).toHaveLength(1);
    }
  });

  it('a text that cannot be read is not tried again', () => {
    const thread = createThread((text) => {
      if (text.includes('bad')) throw new Error('unreadable');
      return text;
    });
    thread.observe([user('bad'), user('good')], 'claude');
    expect(() => thread.unread.next(Infinity)).toThrow('unreadable');
    thread.unread.next(Infinity);
    expect(thread.line().map(({ noted }) => noted.passages.length)).toEqual([0, 1]);
  });
});

describe('a note that is needed at once', () => {
  const resumed = [user('Find it.'), ...steps(200), user('Now part7x3, please.')];

  it('reads the newest for so long, knows all that was done, and says so', () => {
    const { memory, clock } = slow();
    const { note } = memory.prepare('main', requestOf(resumed), GEMINI);
    expect(clock.now).toBe(50);
    const read = thoughts(clock.cleaned);
    expect(read).toHaveLength(50);
    expect(read[0]).toContain('Step 199 ');
    expect(note!.text).toContain('tests (t1): npm test → Tests 2 failed | 83 passed');
    expect(note!.text).toMatch(new RegExp(`\\(\\d+ of the newest ${note!.total} passages\\)`));
    expect(note!.total).toBe(read.length * 20);
  });

  it('reads the rest later, and the next note is chosen from all of it', () => {
    const { memory, clock } = slow();
    memory.prepare('main', requestOf(resumed), GEMINI);
    while (clock.work());
    expect(thoughts(clock.cleaned)).toHaveLength(200);
    const { note } = memory.prepare('main', requestOf(resumed), { ...GEMINI, provider: 'groq' });
    expect(note!.text).toContain('part7x3');
    expect(note!.text).toContain(`of ${note!.total} passages)`);
  });

  it('reads all of it where there is time', () => {
    const { memory } = slow(0);
    const { note } = memory.prepare('main', requestOf(resumed), GEMINI);
    expect(note!.text).toContain(`of ${note!.total} passages)`);
    expect(note!.text).toContain('part7x3');
  });
});

describe('what is lost before it has been read', () => {
  function listening() {
    const told: string[] = [];
    const texts = (kind: string) => (passages: readonly { text: string }[]) =>
      void told.push(...passages.map(({ text }) => `${kind}: ${text}`));
    return {
      told,
      listener: {
        heard: (text: string) => void told.push(`heard: ${text}`),
        said: texts('said'),
        takenBack: texts('back'),
        missed: () => {},
      },
    };
  }

  it('by a compaction, is read as gone', () => {
    const thread = createThread((text) => text);
    thread.observe([user('Find it.'), ...step(0, 1)], 'claude');
    thread.observe([user(SUMMARY)], 'claude');
    thread.unread.next(Infinity);
    const passages = thread.gone().flatMap(({ passages }) => passages);
    expect(passages.map(({ text, gone }) => [text, gone])).toContainEqual(['Step 0 found part0x0 in its place.', true]);
  });

  it('by a rewind, is told to nobody; what was heard is', () => {
    const { told, listener } = listening();
    const thread = createThread((text) => text);
    thread.observe([user('Find it.')], 'claude', false, listener);
    thread.unread.next(Infinity);
    thread.observe([user('Find it.'), ...step(0)], 'claude', false, listener);
    thread.observe([user('Find that.')], 'claude', false, listener);
    thread.unread.next(Infinity);
    expect(told.filter((text) => !/^heard: \s*$/.test(text))).toEqual([
      'said: Find it.',
      'heard: Tests 2 failed | 83 passed',
      'back: Find it.',
      'said: Find that.',
    ]);
  });
});
