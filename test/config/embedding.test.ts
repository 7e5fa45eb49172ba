import { expect, it } from 'vitest';
import { z } from 'zod';
import { embedding } from '../../src/config/embedding.ts';

it.each([
  ['http://127.0.0.1:11434/v1', true],
  ['http://127.0.0.53/v1', true],
  ['http://localhost:1234/v1', true],
  ['http://[::1]:8080/v1', true],
  ['https://api.openai.example/v1', false],
  ['https://127.0.0.1:11434/v1', false],
  ['http://192.168.1.20:11434/v1', false],
  ['http://0.0.0.0:11434/v1', false],
  ['http://127.0.0.1.example.org/v1', false],
  ['http://localhost.example.org/v1', false],
  ['http://127.0.0.1@example.org/v1', false],
  ['http://user:word@127.0.0.1:11434/v1', false],
  ['http://127.0.0.1:11434/v1?key=word', false],
  ['http://127.0.0.1:11434/v1#word', false],
  ['127.0.0.1:11434', false],
  ['', false],
])('takes %j for an address on this machine: %s', (url, isOne) => {
  expect(embedding.check(z).safeParse({ url, model: 'm' }).success).toBe(isOne);
  expect(embedding.parse(`url=${url},model=m`).ok).toBe(isOne);
});

it.each([
  '',
  'm',
  'url=http://127.0.0.1:1/v1',
  'url=http://127.0.0.1:1/v1,model=',
  'url=http://127.0.0.1:1/v1,modle=m',
])('%j is none', (text) => {
  expect(embedding.parse(text).ok).toBe(false);
});

it('says what is missing, and ends where `/embeddings` follows', () => {
  const { error } = embedding.check(z).safeParse({ url: 'http://10.0.0.5/v1', model: '' });
  expect(error?.issues.map(({ message }) => message)).toEqual([
    'a plain http address on this machine, which prompts do not leave: http://127.0.0.1:11434/v1',
    'the name of a model',
  ]);
  expect(embedding.read({ url: 'http://127.0.0.1:1/v1/', model: 'm' }).url).toBe('http://127.0.0.1:1/v1');
});
