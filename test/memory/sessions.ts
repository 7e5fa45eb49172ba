import type { ContentBlock, Message, MessagesRequest } from '../../src/codec/anthropic.ts';

/** A generator of numbers that are the same in each run. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Fact = { name: string; value: string; where: 'thinking' | 'answer' | 'user' };

/** Ways to say that a name has a value; no two share a word that could be a cue. */
export const WORDINGS: Record<string, (fact: Fact) => string> = {
  stated: ({ name, value }) => `The value of ${name} is ${value}.`,
  oblique: ({ name, value }) => `Had it not been for ${name} we would never see ${value} come up there.`,
  noted: ({ name, value }) => `${name}: ${value}`,
  told: ({ name, value }) => `After two more looks at what ${name} gives back, ${value} turns up each time.`,
};

const SYLLABLES = 'ba cor del fin gar hul jem kil lon mar nor pel quo ras sil tor ul vex wim yor zan'.split(' ');

export function createName(random: () => number): string {
  const pick = () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]!;
  const second = pick();
  return `${pick()}${pick()}${second[0]!.toUpperCase()}${second.slice(1)}${pick()}`;
}

const CHATTER = [
  'Let me look at how the pool hands out its connections before anything else is touched.',
  'The tests for the parser pass, so the trouble must be further down the road.',
  'Reading the file again shows that the loop is left early when the list is empty.',
  'It would be simpler to keep the cache where it was and to clear it at the end.',
  'That explains why the second call sees an older state than the first one.',
  'The types say one thing and the data another, which deserves a closer look.',
  'Nothing in the log speaks against it, yet nothing speaks for it either.',
  'A retry hides the symptom but leaves the order of the writes as it was.',
  'Both branches end in the same function, so one of them can go.',
  'The helper is called from three places, and only one of them waits for it.',
  'With the lock held for so long the others pile up behind it.',
  'Perhaps the import order matters here, because the module has a side effect.',
];

/** Some sentences of a working day. Each is a little different from all others. */
export function createChatter(random: () => number, sentences: number): string[] {
  return Array.from({ length: sentences }, () => {
    const sentence = CHATTER[Math.floor(random() * CHATTER.length)]!;
    return `${sentence.slice(0, -1)} in ${createName(random)}.`;
  });
}

export type Session = { messages: Message[]; facts: Fact[] };

/** A session of tool steps with facts in what was thought, answered and typed. */
export function createSession(options: {
  seed: number;
  turns: number;
  stepsPerTurn: number;
  facts: number;
  wording: string;
  /** Sentences of thinking a step. */
  thinking?: number;
  where?: readonly Fact['where'][];
}): Session {
  const random = createRandom(options.seed);
  const places = options.where ?? ['thinking', 'answer', 'user'];
  const facts = Array.from({ length: options.facts }, (_, i): Fact => ({
    name: createName(random),
    value: String(1_000 + Math.floor(random() * 9_000)),
    where: places[i % places.length]!,
  }));
  const steps = options.turns * options.stepsPerTurn;
  const planted = facts.map((fact) => ({ ...fact, step: Math.floor(random() * steps) }));
  const say = WORDINGS[options.wording]!;
  const messages: Message[] = [];
  let step = 0;
  for (let turn = 0; turn < options.turns; turn++) {
    const here = planted.filter((fact) => Math.floor(fact.step / options.stepsPerTurn) === turn);
    const typed = [...createChatter(random, 1), ...here.filter(({ where }) => where === 'user').map(say)];
    messages.push({ role: 'user', content: [{ type: 'text', text: typed.join(' ') }] });
    for (let i = 0; i < options.stepsPerTurn; i++, step++) {
      const now = here.filter((fact) => fact.step === step);
      const said = (where: Fact['where'], sentences: number) => {
        const lines = createChatter(random, sentences);
        for (const fact of now.filter((one) => one.where === where))
          lines.splice(Math.floor(random() * (lines.length + 1)), 0, say(fact));
        return lines.join(' ');
      };
      const id = `toolu_${options.seed}_${step}`;
      const content: ContentBlock[] = [
        { type: 'thinking', thinking: said('thinking', options.thinking ?? 4), signature: 'c2ln' },
        { type: 'text', text: said('answer', 1) },
      ];
      const isLast = i === options.stepsPerTurn - 1;
      if (!isLast) content.push({ type: 'tool_use', id, name: 'Read', input: { file_path: `/src/part${step}.ts` } });
      messages.push({ role: 'assistant', content });
      const result = { type: 'tool_result', tool_use_id: id, content: `export const part = ${step};` };
      if (!isLast) messages.push({ role: 'user', content: [result] });
    }
  }
  return { messages, facts };
}

export const SUMMARY =
  'This session is being continued from a previous conversation that ran out of context. Summary: work went on.';

export function requestOf(messages: Message[], prompt?: string): MessagesRequest {
  const asked: Message[] = prompt === undefined ? [] : [{ role: 'user', content: [{ type: 'text', text: prompt }] }];
  return {
    model: 'claude-opus-5-5',
    max_tokens: 32_000,
    system: 'You are Claude Code.',
    messages: [...messages, ...asked],
  };
}

/** Everything that a model other than Claude can read in a request. */
export function readableText({ messages }: MessagesRequest): string {
  return messages
    .flatMap(({ content }) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content))
    .map((block) => (block.type === 'text' ? String((block as { text: string }).text) : ''))
    .join('\n');
}
