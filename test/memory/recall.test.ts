import { describe, expect, it } from 'vitest';
import { createHandOff } from '../../src/memory/hand-off.ts';
import { tokensOf } from '../../src/memory/tokens.ts';
import { createRandom, createSession, readableText, requestOf, SUMMARY, WORDINGS, type Session } from './sessions.ts';

/** Facts that the next model can read, by where they stood, with everything that was said in between. */

const WORDING_NAMES = Object.keys(WORDINGS);

function handOff(tokens = 2_500) {
  return createHandOff({
    settings: () => ({ mode: 'session', tokens, reasoning: true }),
    own: 'claude',
    label: (id) => id,
    clean: (text) => text,
    why: () => '429 (5-hour limit)',
  });
}

const GEMINI = { provider: 'gemini', why: { kind: 'limit', status: 429 } as const, room: 100_000 };

function found(text: string, { facts }: Session): number {
  return facts.filter(({ name, value }) => new RegExp(`${name}[^]{0,120}${value}`).test(text)).length / facts.length;
}

/** The request after the last one of the session, by another model; the transcript is observed as it grows. */
function ask({ messages }: Session, prompt: string, options: { tokens?: number; compactAt?: number } = {}) {
  const memory = handOff(options.tokens);
  const cut = options.compactAt ?? 0;
  if (cut > 0) memory.observe('main', requestOf(messages.slice(0, cut)), 'claude');
  const after = cut > 0 ? [{ role: 'user' as const, content: SUMMARY }, ...messages.slice(cut)] : messages;
  return memory.prepare('main', requestOf(after, prompt), GEMINI);
}

/** What passages drawn at random would bring, for the same room. */
function randomRecall(session: Session, tokens: number, seed: number): number {
  const random = createRandom(seed);
  const sentences = session.messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .flatMap((block) => (block.type === 'thinking' ? String(block['thinking']) : '').split(/(?<=\.) /))
    .map((sentence) => ({ sentence, order: random() }))
    .sort((a, b) => a.order - b.order);
  let left = tokens;
  const drawn = sentences.filter(({ sentence }) => (left -= tokensOf(sentence)) > 0).map(({ sentence }) => sentence);
  return found(drawn.join('\n'), session);
}

const skill = (recall: number, random: number) => (recall - random) / (1 - random);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const SEEDS = [1, 2, 3, 4];

describe('all that fits', () => {
  it.each(WORDING_NAMES)('is there, when it is %s', (wording) => {
    for (const seed of SEEDS) {
      const session = createSession({ seed, turns: 3, stepsPerTurn: 3, facts: 9, wording, thinking: 2 });
      const { request } = ask(session, 'Go on.');
      expect(found(readableText(request), session)).toBe(1);
    }
  });

  it.each(WORDING_NAMES)('is there after a compaction, when it is %s', (wording) => {
    const session = createSession({ seed: 5, turns: 3, stepsPerTurn: 3, facts: 9, wording, thinking: 2 });
    const { request } = ask(session, 'Go on.', { compactAt: session.messages.length });
    expect(found(readableText(request), session)).toBe(1);
  });
});

describe('skill over passages drawn at random', () => {
  const skillOf = (wording: string, options: { compacted: boolean; names: boolean }) =>
    mean(
      SEEDS.map((seed) => {
        const where = options.compacted ? undefined : (['thinking'] as const);
        const session = createSession({
          seed,
          turns: 6,
          stepsPerTurn: 25,
          facts: 15,
          wording,
          ...(where && { where }),
        });
        const named = session.facts.slice(0, 15).map(({ name }) => name);
        const prompt = options.names ? `What did we learn of ${named.join(', ')}?` : 'Please go on with it.';
        const { request } = ask(session, prompt, options.compacted ? { compactAt: session.messages.length - 20 } : {});
        return skill(found(readableText(request), session), randomRecall(session, 2_500, seed));
      }),
    );

  it.each([
    { title: '2,500 tokens', compacted: false, names: true, least: 0.6 },
    { title: 'after a compaction', compacted: true, names: true, least: 0.5 },
    { title: 'a question that names nothing', compacted: false, names: false, least: 0.6 },
  ])('$title', ({ compacted, names, least }) => {
    const skills = WORDING_NAMES.map((wording) => skillOf(wording, { compacted, names }));
    for (const each of skills) expect(each).toBeGreaterThanOrEqual(least);
    expect(Math.max(...skills) - Math.min(...skills)).toBeLessThanOrEqual(0.1);
  });
});
