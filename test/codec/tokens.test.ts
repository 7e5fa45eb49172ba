import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ContentBlock, MessagesRequest } from '../../src/codec/anthropic.ts';
import { correct, estimateTokens, measure, PRIOR } from '../../src/codec/tokens.ts';
import { realTokens } from '../helpers/tokenizer.ts';
import { PDF, PNG } from './requests.ts';

const root = new URL('../../', import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, root), 'utf8');
/** As Claude Code's Read tool shows a file. */
const numbered = (text: string): string =>
  text
    .split('\n')
    .map((line, at) => `${String(at + 1).padStart(6)}\t${line}`)
    .join('\n');

const INSTRUCTIONS = `You are an interactive command line tool that helps users with software engineering tasks. Use the
instructions below and the tools available to you to assist the user. Keep answers short. Do not explain what the code
does unless you are asked to. Before you edit a file, read it; before you run a command that changes something outside of
the working directory, say what it will do. When a test fails, look for the cause before you change the test. Prefer the
dedicated tools over shell commands: they are faster and their output is easier to review for the user.\n`;

const schema = (...names: string[]) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: Object.fromEntries(
    names.map((name) => [
      name,
      { type: 'string', description: `The ${name} that the tool works on, as an absolute value` },
    ]),
  ),
  required: names,
  additionalProperties: false,
});

const tools = ['Bash', 'Edit', 'Glob', 'Grep', 'NotebookEdit', 'Read', 'Task', 'TodoWrite', 'WebFetch', 'Write'].map(
  (name) => ({
    name,
    description: `${name}: ${INSTRUCTIONS}`,
    input_schema: schema('file_path', 'pattern', 'command', 'timeout'),
  }),
);

const start: MessagesRequest = {
  model: 'claude-opus-5-5',
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330; cc_entrypoint=cli' },
    { type: 'text', text: INSTRUCTIONS.repeat(12) },
  ],
  tools,
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Please find out why the session switches back too early.' }] },
  ],
};

function working(paths: string[]): MessagesRequest {
  const messages: MessagesRequest['messages'] = [...start.messages];
  paths.forEach((path, at) => {
    messages.push({
      role: 'assistant',
      content: [
        { type: 'text', text: `Next I read ${path} to see how it is used.` },
        {
          type: 'tool_use',
          id: `toolu_${at}`,
          name: 'Read',
          input: { file_path: `/home/user/project/${path}`, limit: 2_000 },
        },
      ],
    });
    messages.push({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: `toolu_${at}`, content: numbered(file(path)) }],
    });
  });
  return { ...start, messages };
}

describe('the estimate is within 10 % of o200k', () => {
  const sources = ['src/codec/translate/request.ts', 'src/codec/anthropic.ts', 'src/codec/tokens.ts', 'src/events.ts'];
  it.each([
    ['the first request of a session', start],
    ['a session that read a few files', working(sources)],
    [
      'a session that read many files',
      working([
        ...sources,
        'src/codec/content.ts',
        'src/codec/translate/answer.ts',
        'src/codec/turns.ts',
        'src/errors.ts',
        'src/codec/translate/normalise-chunk.ts',
      ]),
    ],
  ])('%s', (_, request) => {
    const tokens = realTokens(request);
    expect(Math.abs(estimateTokens(request, PRIOR) - tokens) / tokens).toBeLessThan(0.1);
  });
});

describe('measure', () => {
  it('does not count base64 as text', () => {
    const big = PNG.repeat(20_000);
    const request = (block: ContentBlock): MessagesRequest => ({
      model: 'm',
      messages: [{ role: 'user', content: [block] }],
    });
    const image = request({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: big } });
    expect(measure(image).textBytes).toBe(0);
    expect(estimateTokens(image, PRIOR)).toBeLessThan(2_000);
    const pdf = request({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } });
    expect(measure(pdf).textBytes).toBe(0);
    const inside = request({
      type: 'tool_result',
      tool_use_id: 'a',
      content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: big } }],
    });
    expect(measure(inside).textBytes).toBe(0);
  });

  it.each(['plain', 'Grüße', '漢字かな', '👋🏽 emoji', '€'])('counts the UTF-8 bytes of %s', (text) => {
    expect(measure({ model: 'm', messages: [{ role: 'user', content: text }] }).textBytes).toBe(
      Buffer.byteLength(text),
    );
  });
});

describe('correct', () => {
  it('moves at once from the prior, then step by step, to what is reported', () => {
    let ratio = correct(PRIOR, 30_000, 10_000);
    expect(ratio.bytesPerToken).toBeGreaterThan(3);
    expect(ratio.bytesPerToken).toBeLessThan(PRIOR.bytesPerToken);
    for (let n = 0; n < 20; n++) ratio = correct(ratio, 30_000, 10_000);
    expect(ratio.bytesPerToken).toBeCloseTo(3, 1);
  });

  it.each([
    [500, 100],
    [10_000, 0],
    [10_000, -5],
  ])('learns nothing from %d bytes and %d tokens', (bytes, tokens) => {
    expect(correct(PRIOR, bytes, tokens)).toBe(PRIOR);
  });

  it('does not believe the impossible', () => {
    expect(correct(PRIOR, 1_000_000, 3).bytesPerToken).toBeLessThanOrEqual(8);
    expect(correct(PRIOR, 3_000, 1_000_000).bytesPerToken).toBeGreaterThanOrEqual(1.5);
  });
});
