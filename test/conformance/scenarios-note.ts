import { expect } from 'vitest';
import { askWell, requestOf, type Asked } from './ask.ts';
import { call, say, script, UNTOUCHED, type Scenario } from './scenario.ts';
import type { Host } from './host.ts';
import type { ContentBlock, Message, MessagesRequest } from '../../src/codec/anthropic.ts';
import { createHandOff, type HandOff } from '../../src/memory/hand-off.ts';
import { identityLine } from '../../src/memory/identity.ts';
import { withSystemLine } from '../../src/memory/place.ts';

const THOUGHT = 'The window at line 487 is 3 ms wide.';
const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });
const text = (words: string): ContentBlock => ({ type: 'text', text: words });
const read = (file_path: string) => ({ name: 'Read', input: { file_path } });
const result = (id: string): ContentBlock => ({ type: 'tool_result', tool_use_id: id, content: `contents for ${id}` });

/** Two parallel calls of Claude's and their results: its limit strikes in the middle of a tool loop. */
const LOOP: Message[] = [
  user(text('Find the race.')),
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: THOUGHT, signature: 'c2lnbmF0dXJl' },
      text('I look at two files.'),
      { type: 'tool_use', id: 'toolu_1', ...read('/a') },
      { type: 'tool_use', id: 'toolu_2', ...read('/b') },
    ],
  },
  user(result('toolu_1'), result('toolu_2')),
];

/** The note in front of a request. */
export const NOTE: Scenario[] = [
  {
    name: 'a hand-off note through two turns',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      script(host, ({ facts }) =>
        facts.stepInTurn === 2 || facts.toolResults.length === 0
          ? say('It is in settle.')
          : call(read('/c'), read('/d')),
      );
      const handOff = handOffFor(host);
      const bodies: string[] = [];
      const ask = async (messages: Message[]): Promise<Asked> => {
        const asked = await askWell(host, prepared(host, handOff, requestOf({ messages })));
        handOff.observe('main', requestOf({ messages }), host.row.id);
        bodies.push(asked.sent!.body.toString());
        return asked;
      };
      const messages = [...LOOP];
      const first = await ask(messages);
      expect(first.calls).toHaveLength(2);
      messages.push({ role: 'assistant', content: first.content }, user(...first.calls.map(({ id }) => result(id))));
      const second = await ask(messages);
      expect(second.text).toBe('It is in settle.');
      messages.push({ role: 'assistant', content: second.content }, user(text('Fix it.')));
      await ask(messages);
      expect(bodies[0]).toContain(THOUGHT);
      for (const body of bodies) {
        expect(body.match(/<handoff-note /g)).toHaveLength(1);
        expect(body).not.toContain('c2lnbmF0dXJl');
      }
      bodies
        .slice(1)
        .forEach((body, i) => expect(body.slice(0, beginning(bodies[i]!).length)).toBe(beginning(bodies[i]!)));
      return undefined;
    },
  },
];

function handOffFor(host: Host): HandOff {
  return createHandOff({
    settings: () => ({ mode: 'session', tokens: 2_500, reasoning: true }),
    own: 'claude',
    label: (id) => id,
    clean: (words) => words,
    why: () => `429, so ${host.row.id} is asked`,
  });
}

/** As the proxy prepares it. */
function prepared({ row, provider }: Host, handOff: HandOff, request: MessagesRequest): MessagesRequest {
  const plain = withSystemLine(request, identityLine(row.label, provider.modelFor(request.model)));
  return handOff.prepare('main', plain, { provider: row.id, why: () => 'chosen', room: 100_000 }).request;
}

/** A body's bytes up to the end of its conversation, which the next one goes on with. */
function beginning(body: string): string {
  const { messages, contents, input } = JSON.parse(body) as Record<'messages' | 'contents' | 'input', unknown[]>;
  const conversation = JSON.stringify(messages ?? contents ?? input).slice(0, -1);
  const at = body.indexOf(conversation);
  expect(at, 'the conversation is in the body, byte for byte').toBeGreaterThan(0);
  return body.slice(0, at + conversation.length);
}
