import { expect } from 'vitest';
import { ask, askWell, requestOf, type Asked } from './ask.ts';
import { call, say, script, UNTOUCHED, type Scenario } from './scenario.ts';
import type { Host } from './host.ts';
import type { ContentBlock, Message, Tool } from '../../src/codec/anthropic.ts';
import type { Step } from '../../src/demo/script.ts';

const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const tool = (name: string, input_schema: Record<string, unknown> = { type: 'object', properties: {} }): Tool => ({
  name,
  description: 'A tool.',
  input_schema,
});
const use = (id: string): ContentBlock => ({ type: 'tool_use', id, name: 'Read', input: {} });
const result = (id: string): ContentBlock => ({ type: 'tool_result', tool_use_id: id, content: 'x' });

/** What hosts demand of a request, and what they refuse in it. */
export const DEMANDS: Scenario[] = [
  {
    name: 'words straight after a result',
    async run(host) {
      script(host, say('Understood.'));
      const messages: Message[] = [
        { role: 'user', content: 'Go.' },
        { role: 'assistant', content: [use('toolu_1')] },
        { role: 'user', content: [result('toolu_1'), text('[Request interrupted by user]')] },
        { role: 'user', content: 'Go on.' },
      ];
      const { sent } = await askWell(host, requestOf({ messages }));
      expect(sent!.body.toString()).toContain('Go on.');
    },
  },
  {
    name: 'half characters',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      script(host, say('cut \ud83d here'));
      const asked = await askWell(host, requestOf({ messages: [{ role: 'user', content: 'cut \ud83d there' }] }));
      expect([asked.text, asked.sent!.body.toString().includes('cut \uFFFD there')]).toEqual(['cut \uFFFD here', true]);
      return undefined;
    },
  },
  {
    name: '140 tools',
    async run(host) {
      script(host, say('So many.'));
      const mcp = Array.from({ length: 138 }, (_, n) => tool(`mcp__server__tool_${n}`));
      const request = requestOf({ tools: [tool('Read'), ...mcp, tool('Bash')] });
      // A limit that the catalogue does not know is learnt from the host's refusal, within the first request.
      const isKnown = host.provider.limitsOf(host.provider.modelFor(request.model)).maxTools !== undefined;
      expect((await ask(host, request)).text).toBe('So many.');
      expect(host.simulator.rejections.length).toBeLessThanOrEqual(isKnown ? 0 : 1);
      host.simulator.rejections.length = 0;
      const { sent, model, warnings } = await askWell(host, request);
      const most = host.provider.limitsOf(model).maxTools ?? 140;
      expect(sent!.facts.toolNames).toHaveLength(most);
      expect(sent!.facts.toolNames).toEqual(expect.arrayContaining(['Read', 'Bash']));
      expect(warnings.map(({ what }) => what)).toEqual(most < 140 ? ['tools'] : []);
    },
  },
  {
    name: 'schemas with definitions',
    async run(host) {
      script(host, say('Understood.'));
      const input_schema = {
        type: 'object',
        properties: {
          a: { $ref: '#/$defs/A', title: 'A', examples: ['x'] },
          n: { $ref: '#/$defs/N' },
          l: { anyOf: [{ type: ['array', 'null'] }, { type: 'string' }] },
        },
        required: ['n'],
        $defs: {
          A: { type: 'string', enum: ['x', 'y'] },
          N: {
            type: 'object',
            properties: { child: { $ref: '#/$defs/N' }, all: { type: 'array' } },
            required: ['child'],
          },
        },
      };
      await askWell(host, requestOf({ tools: [tool('Nested', input_schema)] }));
    },
  },
  {
    name: 'an answer format that is refused',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      const refusal = refused(host, 'output_config.format / response_format of type json_schema is not available');
      script(host, ({ json }) =>
        /json_?schema/i.test(
          JSON.stringify([json.response_format, json.text, json.output_config, json.generationConfig]),
        )
          ? refusal
          : say('{"title":"x"}'),
      );
      const schema = { type: 'object', properties: { title: { type: 'string' } }, additionalProperties: false };
      const asked = await askWell(host, requestOf({ output_config: { format: { type: 'json_schema', schema } } }));
      expect(asked.text).toBe('{"title":"x"}');
      return undefined;
    },
  },
  {
    name: 'thoughts of one model are not for another',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      const [large, small] = ['claude-opus-5-5', 'claude-haiku-5-5'].map((name) => host.provider.modelFor(name));
      if (large === small) return 'one model for every tier';
      const { messages } = await thoughtful(host);
      const { sent } = await askWell(host, requestOf({ model: 'claude-haiku-5-5', messages }));
      expect(signed(sent!.body.toString())).toBe(false);
      return undefined;
    },
  },
  {
    name: 'a signature that is refused',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      const { messages, wasSigned } = await thoughtful(host);
      if (!wasSigned) return 'nothing is signed on this wire';
      const refusal = refused(host, 'Invalid signature: the encrypted content could not be verified.');
      script(host, ({ body }) => (signed(body.toString()) ? refusal : say('Read.')));
      const asked = await ask(host, requestOf({ model: 'claude-opus-5-5', messages }));
      expect([asked.failure, asked.text]).toEqual([undefined, 'Read.']);
      return undefined;
    },
  },
];

function refused(host: Host, message: string): Step {
  if (host.wire === 'gemini')
    return { type: 'error', status: 400, body: { error: { code: 400, message, status: 'INVALID_ARGUMENT' } } };
  const error = { type: 'invalid_request_error', message };
  return { type: 'error', status: 400, body: host.wire === 'adapted' ? { type: 'error', error } : { error } };
}

/** A conversation in which the host's large model has thought and called. */
async function thoughtful(host: Host): Promise<{ messages: Message[]; wasSigned: boolean }> {
  script(host, { ...call({ name: 'Read', input: {} }), thinking: 'The file must be read first.' });
  const first: Asked = await askWell(host, requestOf({ model: 'claude-opus-5-5' }));
  const messages: Message[] = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: first.content },
    { role: 'user', content: first.calls.map(({ id }) => result(id)) },
  ];
  script(host, say('Read.'));
  const { sent } = await askWell(host, requestOf({ model: 'claude-opus-5-5', messages }));
  return { messages, wasSigned: signed(sent!.body.toString()) };
}

/** Holds something that only its maker can read: a signature, but not the one that stands for none. */
function signed(body: string): boolean {
  return /"encrypted_content":"|"signature":"|"thoughtSignature":"(?!skip_thought_signature_validator)/.test(body);
}
