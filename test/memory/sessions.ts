import type { ContentBlock, Message, MessagesRequest } from '../../src/codec/anthropic.ts';
import { VOCABULARIES } from './vocabularies.ts';

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

export type Session = { messages: Message[]; facts: Fact[] };

/** A session of tool steps with facts in what was thought, answered and typed. */
export function createSession(options: {
  seed: number;
  turns: number;
  stepsPerTurn: number;
  facts: number;
  vocabulary?: string;
  wording: string;
  /** Sentences of thinking a step. */
  thinking?: number;
  where?: readonly Fact['where'][];
}): Session {
  const random = createRandom(options.seed);
  const places = options.where ?? ['thinking', 'answer', 'user'];
  const {
    chatter,
    name,
    wordings,
    gap,
    value: valueOf,
  } = VOCABULARIES[options.vocabulary ?? 'a new name in every sentence']!;
  const names = new Set<string>();
  while (names.size < options.facts) names.add(name(random));
  const facts = [...names].map((each, i): Fact => {
    const value = valueOf?.(random) ?? String(1_000 + Math.floor(random() * 9_000));
    return { name: each, value, where: places[i % places.length]! };
  });
  const steps = options.turns * options.stepsPerTurn;
  const planted = facts.map((fact) => ({ ...fact, step: Math.floor(random() * steps) }));
  const say = wordings[options.wording]!;
  const sentences = (count: number) => Array.from({ length: count }, () => chatter(random));
  const messages: Message[] = [];
  let step = 0;
  for (let turn = 0; turn < options.turns; turn++) {
    const here = planted.filter((fact) => Math.floor(fact.step / options.stepsPerTurn) === turn);
    const typed = [...sentences(1), ...here.filter(({ where }) => where === 'user').map(say)];
    messages.push({ role: 'user', content: [{ type: 'text', text: typed.join(gap) }] });
    for (let i = 0; i < options.stepsPerTurn; i++, step++) {
      const now = here.filter((fact) => fact.step === step);
      const said = (where: Fact['where'], count: number) => {
        const lines = sentences(count);
        for (const fact of now.filter((one) => one.where === where))
          lines.splice(Math.floor(random() * (lines.length + 1)), 0, say(fact));
        return lines.join(gap);
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
