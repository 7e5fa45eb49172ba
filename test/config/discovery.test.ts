import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { discover, readAnswers, saveAnswers } from '../../src/config/discovery.ts';
import { ROWS, scratch } from './scratch.ts';

const rows = Object.values(ROWS);

test.each([
  [{}, []],
  [{ GEMINI_API_KEY: 'k' }, ['gemini']],
  [{ GROQ_API_KEY: 'k', GEMINI_API_KEY: 'k' }, ['gemini', 'groq']],
  [{ GEMINI_API_KEY: ' ' }, []],
  [{ OPENAI_API_KEY: 'k' }, ['openai']],
  [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://else' }, []],
])('with %j, these are found: %j', (env, ids) => {
  expect(discover(rows, env).map(({ id }) => id)).toEqual(ids);
});

test('an answer is kept for good, and others beside it', async () => {
  const stateDir = join(scratch().root, 'state', 'ccmux');
  expect(await readAnswers(stateDir)).toEqual({ providers: {}, distrusted: {} });
  await saveAnswers({ providers: { gemini: 'yes' } }, stateDir);
  await saveAnswers({ providers: { groq: 'never' }, distrusted: { '/w/.ccmuxrc': 'a1' } }, stateDir);
  expect(await readAnswers(stateDir)).toEqual({
    providers: { gemini: 'yes', groq: 'never' },
    distrusted: { '/w/.ccmuxrc': 'a1' },
  });
  expect(statSync(join(stateDir, 'answers.json')).mode & 0o777).toBe(0o600);
});

test('answers that a newer ccmux keeps are left alone, and what one has added stays', async () => {
  const stateDir = join(scratch().root, 'state');
  mkdirSync(stateDir);
  const file = join(stateDir, 'answers.json');
  writeFileSync(file, '{"version":2,"providers":["gemini"]}');
  await saveAnswers({ providers: { gemini: 'yes' } }, stateDir);
  expect(await readAnswers(stateDir)).toEqual({ providers: {}, distrusted: {} });
  expect(readFileSync(file, 'utf8')).toBe('{"version":2,"providers":["gemini"]}');

  writeFileSync(file, '{"providers":{"groq":"never"},"more":7}');
  await saveAnswers({ providers: { gemini: 'yes' } }, stateDir);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    version: 1,
    providers: { groq: 'never', gemini: 'yes' },
    distrusted: {},
    more: 7,
  });
});

test('a state folder that cannot be written costs the memory, not the launch', async () => {
  const stateDir = join(scratch().root, 'state');
  mkdirSync(join(stateDir, 'answers.json'), { recursive: true });
  await saveAnswers({ providers: { gemini: 'yes' } }, stateDir);
  expect(await readAnswers(stateDir)).toEqual({ providers: {}, distrusted: {} });
});
