import { describe, expect, it } from 'vitest';
import { createHandOff } from '../../src/memory/hand-off.ts';
import { tokensOf } from '../../src/memory/tokens.ts';
import { createRandom, createSession, readableText, requestOf, SUMMARY, type Session } from './sessions.ts';
import { VOCABULARIES, type Vocabulary } from './vocabularies.ts';

/** Facts that the next model can read, by where they stood, with everything that was said in between. */

const WORDING_NAMES = Object.keys(VOCABULARIES['a new name in every sentence']!.wordings);

function handOff(tokens = 2_500) {
  return createHandOff({
    settings: () => ({ mode: 'session', tokens, reasoning: true }),
    own: 'claude',
    label: (id) => id,
    clean: (text) => text,
    why: () => '429 (5-hour limit)',
  });
}

const GEMINI = { provider: 'gemini', why: () => ({ kind: 'limit', status: 429 }) as const, room: 100_000 };

const escaped = (text: string) => text.replaceAll(/[.+]/g, '\\$&');

function found(text: string, { facts }: Session): number {
  return (
    facts.filter(({ name, value }) => new RegExp(`${escaped(name)}[^]{0,120}${escaped(value)}`).test(text)).length /
    facts.length
  );
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
    .flatMap((block) => (block.type === 'thinking' ? String(block['thinking']) : '').split(/(?<=\.) |(?<=。)/))
    .map((sentence) => ({ sentence, order: random() }))
    .sort((a, b) => a.order - b.order);
  let left = tokens;
  const drawn = sentences.filter(({ sentence }) => (left -= tokensOf(sentence)) > 0).map(({ sentence }) => sentence);
  return found(drawn.join('\n'), session);
}

const skill = (recall: number, random: number) => (recall - random) / (1 - random);
const SEEDS = [1, 2];

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

/** How the user goes on: with the names of what is wanted, with nothing at all, or with words that stand elsewhere. */
const PROMPTS: Record<string, (session: Session, vocabulary: Vocabulary) => string> = {
  names: ({ facts }) => `What did we learn of ${facts.map(({ name }) => name).join(', ')}?`,
  'one name': ({ facts }) => `And ${facts[0]!.name}?`,
  nothing: () => 'Please go on with it.',
  'words that stand all over': (_, { chatter }) => {
    const random = createRandom(99);
    return `${chatter(random)} ${chatter(random)}`;
  },
};

/** Skill at least, after a compaction, and the most that lies between two wordings. */
const LEAST = 0.6;
const LEAST_COMPACTED = 0.5;
const MOST_BETWEEN = 0.1;
/** Where a fact is hardest to tell from what stands around it, a long or a split sentence still falls behind. */
const MOST_BETWEEN_IN: Record<string, number> = { 'words among prose': 0.35, 'files and lines among code': 0.25 };
/** Each wording has facts and chatter of its own, several times. */
const SESSIONS = 3;

describe('skill over passages drawn at random', () => {
  /** @returns by prompt. */
  function skillsOf(vocabulary: string, wording: string, compacted: boolean, seed: number): number[] {
    const where = compacted ? {} : { where: ['thinking'] as const };
    const session = createSession({ seed, turns: 5, stepsPerTurn: 22, facts: 18, vocabulary, wording, ...where });
    const kept = compacted ? session.messages.slice(-20) : [];
    const memory = handOff();
    memory.observe('main', requestOf(session.messages.slice(0, session.messages.length - kept.length)), 'claude');
    const after = compacted ? [{ role: 'user' as const, content: SUMMARY }, ...kept] : session.messages;
    const random = randomRecall(session, 2_500, seed);
    return Object.entries(PROMPTS).map(([provider, prompt]) => {
      const request = requestOf(after, prompt(session, VOCABULARIES[vocabulary]!));
      const { note } = memory.prepare('main', request, { ...GEMINI, provider });
      return skill(found(`${readableText(requestOf(kept))}\n${note!.text}`, session), random);
    });
  }

  it.each(Object.entries(VOCABULARIES))('%s', (vocabulary, { wordings }) => {
    const misses = [false, true].flatMap((compacted) => {
      const skills = Object.keys(wordings).map((wording, place) => {
        const seeds = Array.from({ length: SESSIONS }, (_, i) => 100 * i + 10 * place + (compacted ? 7 : 3));
        const all = seeds.map((seed) => skillsOf(vocabulary, wording, compacted, seed));
        return {
          wording,
          seeds,
          means: all[0]!.map((_, i) => all.reduce((sum, each) => sum + each[i]!, 0) / SESSIONS),
        };
      });
      return Object.keys(PROMPTS).flatMap((asked, i) => {
        const each = skills.map(({ means }) => means[i]!);
        const isEnough = Math.min(...each) >= (compacted ? LEAST_COMPACTED : LEAST);
        const isEven = Math.max(...each) - Math.min(...each) <= (MOST_BETWEEN_IN[vocabulary] ?? MOST_BETWEEN);
        const told = skills.map(({ wording, seeds, means }) => `${wording} (${seeds.join()}): ${means[i]!.toFixed(2)}`);
        return isEnough && isEven ? [] : [{ asked, compacted, told }];
      });
    });
    expect(misses).toEqual([]);
  });
});
