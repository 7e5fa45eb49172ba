import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignLooks } from '../../src/page/client/looks.ts';

const named = (...ids: string[]) => ids.map((id) => ({ id, label: id }));

describe('how providers are told apart', () => {
  it('keeps the colour of a known provider, whatever the order and the company', () => {
    const one = assignLooks(named('claude', 'gemini', 'openrouter'));
    const other = assignLooks(named('openrouter', 'my-host', 'claude'));
    expect(other.get('claude')?.slot).toBe(one.get('claude')?.slot);
    expect(other.get('openrouter')?.slot).toBe(one.get('openrouter')?.slot);
  });

  it('gives no colour twice while there are colours left', () => {
    const looks = assignLooks(named('my-host', 'claude', 'gemini', 'other-host', 'openai', 'third-host'));
    expect(new Set([...looks.values()].map(({ slot }) => slot)).size).toBe(6);
  });

  it.each([
    [
      ['Claude', 'Gemini'],
      ['C', 'G'],
    ],
    [
      ['OpenAI', 'OpenRouter', 'Ollama'],
      ['O', 'Op', 'Ol'],
    ],
    [
      ['a', 'a!', 'A'],
      ['A', 'A2', 'A3'],
    ],
    [
      ['<b>', '…'],
      ['B', '?'],
    ],
  ])('writes %j as %j', (labels, letters) => {
    const looks = assignLooks(labels.map((label, index) => ({ id: String(index), label })));
    expect([...looks.values()].map((look) => look.letters)).toEqual(letters);
  });

  it('never gives two providers the same letters, nor letters that could be markup', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 20 }), (labels) => {
        const looks = [...assignLooks(labels.map((label, index) => ({ id: String(index), label }))).values()];
        expect(new Set(looks.map(({ letters }) => letters)).size).toBe(labels.length);
        for (const { letters } of looks) expect(letters).toMatch(/^[\p{L}\p{N}?]+$/u);
      }),
    );
  });
});
