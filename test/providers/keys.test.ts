import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { catalogRow } from '../../src/providers/catalog.ts';
import { resolveKey, secrets, type KeyTarget } from '../../src/providers/keys.ts';
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
    const resolved = resolveKey(settings, target('gemini'), env);
    expect(resolved?.source).toBe(source);
    expect(await resolved?.get()).toBe(key);
  });

  it('needs none for a local host, and takes one if there is one', async () => {
    const none = resolveKey(undefined, target('ollama', { keyOptional: true }), {});
    expect([none?.source, await none?.get()]).toEqual(['none needed', undefined]);
    const some = resolveKey({ apiKey: 'lan-key' }, target('ollama', { keyOptional: true }), {});
    expect([some?.source, await some?.get()]).toEqual(['apiKey', 'lan-key']);
  });

  it('tells the redactor every key that was seen', async () => {
    resolveKey(undefined, target('groq'), { GROQ_API_KEY: 'gsk_for-the-redactor' });
    await resolveKey({ apiKeyCommand: 'echo printed-for-the-redactor' }, target('groq'), process.env)?.get();
    expect(secrets()).toEqual(expect.arrayContaining(['gsk_for-the-redactor', 'printed-for-the-redactor']));
  });
});

describe('apiKeyCommand', () => {
  it('runs once, and not before the key is needed', async () => {
    const log = join(scratch(), 'runs');
    writeFileSync(log, '');
    const key = resolveKey({ apiKeyCommand: `echo x >> '${log}'; echo the-key` }, target('gemini'), process.env)!;
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
    const error = await resolveKey({ apiKeyCommand }, target('gemini'), process.env)!
      .get()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
  });

  it('never repeats what the command printed', async () => {
    const error = await resolveKey(
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
    const key = resolveKey({ apiKeyCommand: `cat '${flag}'` }, target('gemini'), process.env)!;
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
    const act = () => resolveKey({ apiKey }, to, {});
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
    expect(resolveKey({ apiKey }, to, {})?.source).toBe('apiKey');
  });

  it('looks at keys from the environment too', () => {
    expect(() => resolveKey(undefined, target('gemini'), { GEMINI_API_KEY: 'sk-proj-x' })).toThrow(
      /GEMINI_API_KEY holds/,
    );
  });
});
