import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configText, runInit } from '../../src/cli/init.ts';
import { jsonSchema } from '../../src/config/file-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import { scratch } from '../config/scratch.ts';
import { captureOutput, standIn } from './output.ts';

function place(env: Record<string, string> = {}) {
  const room = scratch();
  const keys = Object.values(CATALOG).flatMap(({ keyVariables }) =>
    keyVariables.map((name) => [name, undefined] as const),
  );
  standIn(room.project, { ...Object.fromEntries(keys), ...room.env, ...env });
  return { ...room, ...captureOutput(), file: join(room.configFolder, 'config.yaml') };
}

test('--yes writes who was found, for their owner only, and it is read back', async () => {
  const room = place({ GEMINI_API_KEY: 'k', GROQ_API_KEY: 'k' });
  expect(await runInit({ yes: true, force: false })).toBe(0);
  expect(room.out()).toContain(`Written: ${room.file}`);
  expect(statSync(room.file).mode & 0o777).toBe(0o600);
  const { config, sources } = await loadConfig();
  expect(config).toMatchObject({ order: ['claude', 'gemini', 'groq'], switchBack: 'turn' });
  expect(sources['order']).toEqual({ kind: 'user', where: room.file });
});

test('--yes with no key anywhere leaves the order open for keys to come', async () => {
  place();
  expect(await runInit({ yes: true, force: false })).toBe(0);
  expect((await loadConfig()).config.order).toBeUndefined();
});

test('an editor finds the schema beside the file', async () => {
  const room = place();
  await runInit({ yes: true, force: false });
  const [first] = readFileSync(room.file, 'utf8').split('\n');
  const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first ?? '')?.[1] ?? '';
  expect(JSON.parse(readFileSync(join(room.configFolder, schema), 'utf8'))).toEqual(jsonSchema());
});

describe('what is there stays', () => {
  test.each(['config.yaml', 'config.yml', 'config.json'])('%s', async (name) => {
    const room = place({ GEMINI_API_KEY: 'k' });
    const file = room.user('{"switchBack": "manual"}', name);
    await expect(runInit({ yes: true, force: false })).rejects.toThrow(`${file} is there already and stays as it is`);
    expect(readFileSync(file, 'utf8')).toBe('{"switchBack": "manual"}');
  });

  test('unless --force says otherwise', async () => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user('switchBack: manual');
    expect(await runInit({ yes: true, force: true })).toBe(0);
    expect(readFileSync(room.file, 'utf8')).toContain('order: [claude, gemini]');
  });
});

test('with nobody to ask, it says how to go on', async () => {
  const room = place();
  const before = process.stdin.isTTY;
  process.stdin.isTTY = false;
  await expect(runInit({ yes: false, force: false })).rejects.toThrow(/no terminal to ask in.*ccmux init --yes/);
  process.stdin.isTTY = before;
  expect(room.out()).toBe('');
});

test('every line that is commented out is right once it is not', async () => {
  const room = place();
  const text = configText({ order: ['claude', 'gemini'], switchBack: 'manual' }, Object.values(CATALOG));
  const settings = text.replace(/^# (?=\w+:| {2,4}\w+:)/gm, '');
  expect(settings).not.toBe(text);
  room.user(settings);
  const { config } = await loadConfig();
  expect(config.budget).toEqual({ perSession: 5, perDay: 20 });
  expect(config.providers['local']).toMatchObject({ kind: 'openai-compatible', contextWindow: 131072 });
});
