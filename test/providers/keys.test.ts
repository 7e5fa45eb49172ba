import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { catalogRow } from '../../src/providers/catalog.ts';
import { resolveKeys, secrets, type KeyTarget } from '../../src/providers/keys.ts';
import type { ProviderSettings } from '../../src/config/schema.ts';

const target = (id: string, change: Partial<KeyTarget> = {}): KeyTarget => ({
  ...catalogRow(id)!,
  keyOptional: false,
  ...change,
});
const own = (baseUrl: string): KeyTarget => ({
  id: 'mine',
  label: 'mine',
  baseUrl,
  keyVariables: [],
  keyOptional: true,
});

/** Where there is one at most. */
const only = (...of: Parameters<typeof resolveKeys>) => resolveKeys(...of)[0];

/** A temporary folder that goes with its test. */
function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'ccmux-key-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('where a key comes from', () => {
  const table: [string, ProviderSettings | undefined, NodeJS.ProcessEnv, string | undefined, string | undefined][] = [
    ['the first variable', undefined, { GEMINI_API_KEY: 'a1', GOOGLE_API_KEY: 'b1' }, 'GEMINI_API_KEY', 'a1'],
    ['the next variable', undefined, { GEMINI_API_KEY: ' ', GOOGLE_API_KEY: 'b1' }, 'GOOGLE_API_KEY', 'b1'],
    ['the setting above the variable', { apiKey: 'c1' }, { GEMINI_API_KEY: 'a1' }, 'apiKey', 'c1'],
    ["a variable of the user's choice", { apiKey: '${MY_KEY}' }, { MY_KEY: 'd1' }, 'MY_KEY', 'd1'],
    ['a chosen variable that is not set', { apiKey: '${MY_KEY}' }, { GEMINI_API_KEY: 'a1' }, undefined, undefined],
    ['nowhere', undefined, {}, undefined, undefined],
  ];
  it.each(table)('%s', async (_name, settings, env, source, key) => {
    const resolved = only(settings, target('gemini'), env);
    expect(resolved?.source).toBe(source);
    expect(await resolved?.get()).toBe(key);
  });

  it.each<[what: string, settings: ProviderSettings, env: NodeJS.ProcessEnv, sources: string[]]>([
    ['variables', { apiKey: ['${A}', '${B}'] }, { A: '1', B: '2' }, ['A', 'B']],
    ['one that is not set, which is left out', { apiKey: ['${A}', '${B}'] }, { B: '2' }, ['B']],
    ['none that is set', { apiKey: ['${A}', '${B}'] }, {}, []],
    ['the same key twice, which counts once', { apiKey: ['${A}', '${B}', '1'] }, { A: '1', B: '1' }, ['apiKey']],
    ['a command', { apiKey: ['${A}', 'k'], apiKeyCommand: 'echo c' }, { A: '1' }, ['A', 'apiKey', 'apiKeyCommand']],
    ['commands', { apiKeyCommand: ['echo c', 'echo d'] }, {}, ['apiKeyCommand', 'apiKeyCommand']],
  ])('may be several: %s', (_what, settings, env, sources) => {
    const keys = resolveKeys(settings, target('gemini'), env);
    expect(keys.map(({ source }) => source)).toEqual(sources);
    expect(new Set(keys.map(({ mark }) => mark)).size).toBe(keys.length);
  });

  it('gives each key a mark that is the same in every session, and tells nothing of it', () => {
    const marks = ['AIza-one', 'AIza-two', 'AIza-one'].map((apiKey) => only({ apiKey }, target('gemini'), {})?.mark);
    expect(marks[0]).toBe(marks[2]);
    expect(marks[0]).not.toBe(marks[1]);
    expect(marks[0]).toMatch(/^[0-9a-f]{8}$/);
  });

  it('refuses a foreign key among several, and tells the redactor of all', () => {
    const all = ['AIza-of-the-list-1', 'AIza-of-the-list-2'];
    resolveKeys({ apiKey: all }, target('gemini'), {});
    expect(secrets()).toEqual(expect.arrayContaining(all));
    expect(() => resolveKeys({ apiKey: [...all, 'gsk_x'] }, target('gemini'), {})).toThrow(/holds a key of Groq/);
  });

  it('needs none for a local host, and takes one if there is one', async () => {
    const none = only(undefined, target('ollama', { keyOptional: true }), {});
    expect([none?.source, await none?.get()]).toEqual(['none needed', undefined]);
    const some = only({ apiKey: 'lan-key' }, target('ollama', { keyOptional: true }), {});
    expect([some?.source, await some?.get()]).toEqual(['apiKey', 'lan-key']);
  });

  it('tells the redactor every key that was seen', async () => {
    only(undefined, target('groq'), { GROQ_API_KEY: 'gsk_for-the-redactor' });
    await only({ apiKeyCommand: 'echo printed-for-the-redactor' }, target('groq'), process.env)?.get();
    expect(secrets()).toEqual(expect.arrayContaining(['gsk_for-the-redactor', 'printed-for-the-redactor']));
  });
});

describe('apiKeyCommand', () => {
  it('runs once, and not before the key is needed', async () => {
    const log = join(scratch(), 'runs');
    writeFileSync(log, '');
    const key = only({ apiKeyCommand: `echo x >> '${log}'; echo the-key` }, target('gemini'), process.env)!;
    expect(readFileSync(log, 'utf8')).toBe('');
    expect(await Promise.all([key.get(), key.get()])).toEqual(['the-key', 'the-key']);
    expect(await key.get()).toBe('the-key');
    expect(readFileSync(log, 'utf8')).toBe('x\n');
  });

  it.each([
    ['exit 3', /ended with status 3/],
    ['true', /printed nothing/],
    ['echo two words', /more than one word/],
    ['echo sk-ant-api03-x', /key of Anthropic, but gemini sends it to Google/],
  ])('%s says what is wrong', async (apiKeyCommand, message) => {
    const error = await only({ apiKeyCommand }, target('gemini'), process.env)!
      .get()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
  });

  it('never repeats what the command printed', async () => {
    const error = await only(
      { apiKeyCommand: 'echo hunter2; echo hunter2 >&2; exit 1' },
      target('gemini'),
      process.env,
    )!
      .get()
      .catch((e: unknown) => e);
    expect((error as Error).message).not.toContain('hunter2');
    expect((error as Error).cause).toBeUndefined();
  });

  it('may be tried again after a failure', async () => {
    const flag = join(scratch(), 'unlocked');
    const key = only({ apiKeyCommand: `cat '${flag}'` }, target('gemini'), process.env)!;
    await expect(key.get()).rejects.toThrow(/apiKeyCommand/);
    writeFileSync(flag, 'now-open');
    expect(await key.get()).toBe('now-open');
  });
});

describe('a key goes to its own vendor and to no other', () => {
  it.each([
    [
      'sk-ant-api03-x',
      target('gemini'),
      /holds a key of Anthropic, but gemini sends it to Google \(generativelanguage/,
    ],
    ['AIzaSyX', target('groq'), /key of Google, but groq sends it to Groq/],
    ['sk-or-v1-x', target('openai'), /key of OpenRouter, but openai sends it to OpenAI/],
    ['gsk_x', own('https://api.openai.com/v1'), /key of Groq, but mine sends it to OpenAI/],
    ['gsk_x', target('gemini', { baseUrl: 'http://127.0.0.1:9/v1' }), /key of Groq, but gemini sends it to Google/],
    ['sk-ant-oat01-x', own('https://gateway.example.com'), /Claude login token, which ccmux sends nowhere/],
    ['sk-ant-oat01-x', own('https://api.anthropic.com'), /Claude login token/],
  ])('%s', (apiKey, to, message) => {
    const act = () => only({ apiKey }, to, {});
    expect(act).toThrow(UserError);
    expect(act).toThrow(message);
    expect(act).not.toThrow(new RegExp(apiKey.slice(-6)));
  });

  it.each([
    ['sk-ant-api03-x', own('https://api.anthropic.com')],
    ['sk-proj-x', own('https://gateway.example.com/v1')],
    ['sk-or-v1-x', target('openrouter-chat')],
    ['sk-plain', target('deepseek')],
    ['sk-plain', target('moonshot')],
    ['gsk_x', own('http://127.0.0.1:4000')],
  ])('%s is let through where it may go', (apiKey, to) => {
    expect(only({ apiKey }, to, {})?.source).toBe('apiKey');
  });

  it('looks at keys from the environment too', () => {
    expect(() => only(undefined, target('gemini'), { GEMINI_API_KEY: 'sk-proj-x' })).toThrow(/GEMINI_API_KEY holds/);
  });
});
