import { expect, it, vi, type Mock } from 'vitest';
import { rehearse } from '../../src/providers/rehearse.ts';
import { createTranslatedSend } from '../../src/providers/translated.ts';
import type { Memory } from '../../src/codec/carry.ts';
import type { Relay } from '../../src/providers/upstream.ts';
import { spec } from './translated-upstream.ts';

function setUp(kind: Parameters<typeof spec>[0]) {
  const asked = { relay: vi.fn<Relay>(), key: vi.fn<() => Promise<undefined>>() };
  const memory = {
    remember: vi.fn<Memory['remember']>(),
    recall: vi.fn<Memory['recall']>(),
    forget: vi.fn<Memory['forget']>(),
  };
  const mocks = [...Object.values(asked), ...Object.values(memory)] as Mock[];
  const calls = () => mocks.flatMap(({ mock }) => mock.calls);
  return { made: { ...spec(kind, 'http://127.0.0.1:9'), ...asked, memory }, calls };
}

it.each(['openai-compatible', 'gemini', 'openai'] as const)(
  'runs a whole request through a provider of %s, contacts nobody and keeps nothing',
  async (kind) => {
    const { made, calls } = setUp(kind);
    const answer = await rehearse(made, createTranslatedSend);
    const types = [...answer!.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      ...types.filter((type) => type === 'content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(calls()).toEqual([]);
  },
);

it.each(['azure', 'bedrock', 'vertex', 'vertex-anthropic'] as const)(
  'asks nothing of a provider of %s, whose package the user installs',
  async (kind) => {
    const { made, calls } = setUp(kind);
    expect([await rehearse(made, createTranslatedSend), calls()]).toEqual([undefined, []]);
  },
);
