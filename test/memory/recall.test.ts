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

function found(text: string, { facts }: Session): number {
  return (
    facts.filter(({ name, value }) => new RegExp(`${name.replaceAll('.', '\\.')}[^]{0,120}${value}`).test(text))
      .length / facts.length
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

type Prompt = {
  asked: string;
  prompt: (session: Session, vocabulary: Vocabulary) => string;
  /** The skill at least, and after a compaction; the most that lies between two wordings: a fact is 6 points. */
  least: number;
  compacted: number;
  between: number;
};

/** How the user goes on: with the names of what is wanted, with nothing at all, or with words that stand all over. */
const PROMPTS: readonly Prompt[] = [
  {
    asked: 'names',
    prompt: ({ facts }) => `What did we learn of ${facts.map(({ name }) => name).join(', ')}?`,
    least: 0.9,
    compacted: 0.9,
    between: 0.1,
  },
  { asked: 'nothing', prompt: () => 'Please go on with it.', least: 0.6, compacted: 0.5, between: 0.2 },
  {
    asked: 'words that stand all over',
    prompt: (_, { chatter }) => {
      const random = createRandom(99);
      return `${chatter(random)} ${chatter(random)}`;
    },
    least: 0.6,
    compacted: 0.4,
    between: 0.4,
  },
];

describe('skill over passages drawn at random', () => {
  /** Each wording has facts and chatter of its own. */
  function skillsOf(name: string, vocabulary: Vocabulary, wording: string, compacted: boolean): number[] {
    const seed = 10 * Object.keys(vocabulary.wordings).indexOf(wording) + (compacted ? 7 : 3);
    const where = compacted ? {} : { where: ['thinking'] as const };
    const options = { turns: 5, stepsPerTurn: 22, facts: 18, vocabulary: name, wording };
    const session = createSession({ seed, ...options, ...where });
    const kept = compacted ? session.messages.slice(-20) : [];
    const memory = handOff();
    memory.observe('main', requestOf(session.messages.slice(0, session.messages.length - kept.length)), 'claude');
    const after = compacted ? [{ role: 'user' as const, content: SUMMARY }, ...kept] : session.messages;
    const random = randomRecall(session, 2_500, seed);
    return PROMPTS.map(({ asked, prompt }) => {
      const request = requestOf(after, prompt(session, vocabulary));
      const { note } = memory.prepare('main', request, { ...GEMINI, provider: asked });
      return skill(found(`${readableText(requestOf(kept))}\n${note!.text}`, session), random);
    });
  }

  it.each(Object.entries(VOCABULARIES))('%s', (name, vocabulary) => {
    const misses = [false, true].flatMap((compacted) => {
      const skills = Object.keys(vocabulary.wordings).map((wording) => skillsOf(name, vocabulary, wording, compacted));
      return PROMPTS.flatMap((prompt, i) => {
        const each = skills.map((all) => all[i]!);
        const isEnough = Math.min(...each) >= (compacted ? prompt.compacted : prompt.least);
        const isEven = Math.max(...each) - Math.min(...each) <= prompt.between;
        return isEnough && isEven ? [] : [{ asked: prompt.asked, compacted, each }];
      });
    });
    expect(misses).toEqual([]);
  });
});
