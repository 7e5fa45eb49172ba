import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { discover, noticeDiscovery } from '../../src/config/discovery.ts';
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

test('who may answer is said once, and again only when that changes', async () => {
  const stateDir = join(scratch().root, 'state', 'ccmux');
  const one = discover(rows, { GEMINI_API_KEY: 'k' });
  const two = discover(rows, { GEMINI_API_KEY: 'k', GROQ_API_KEY: 'k' });
  expect(await noticeDiscovery({ found: [], stateDir })).toBeUndefined();
  expect(await noticeDiscovery({ found: one, stateDir })).toMatch(/GEMINI \(GEMINI_API_KEY\).*ccmux init/);
  expect(await noticeDiscovery({ found: one, stateDir })).toBeUndefined();
  expect(await noticeDiscovery({ found: two, stateDir })).toMatch(/GEMINI.*GROQ \(GROQ_API_KEY\)/);
  expect(await noticeDiscovery({ found: [...two].reverse(), stateDir })).toBeUndefined();
  expect(await noticeDiscovery({ found: [], stateDir })).toBeUndefined();
  expect(await noticeDiscovery({ found: one, stateDir })).toMatch(/GEMINI/);
  expect(statSync(join(stateDir, 'discovered.json')).mode & 0o777).toBe(0o600);
});

test('a state folder that cannot be written costs the memory, not the launch', async () => {
  const stateDir = join(scratch().root, 'state');
  mkdirSync(join(stateDir, 'discovered.json'), { recursive: true });
  const found = discover(rows, { GEMINI_API_KEY: 'k' });
  expect(await noticeDiscovery({ found, stateDir })).toMatch(/GEMINI/);
});
