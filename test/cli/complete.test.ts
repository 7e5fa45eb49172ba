import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseHelp } from '../../src/cli/complete-claude.ts';
import { sessions } from '../../src/cli/complete-values.ts';
import { runComplete } from '../../src/cli/complete.ts';

async function complete(...request: string[]): Promise<string[]> {
  const env = { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere', XDG_STATE_HOME: '/nowhere', PATH: '/nowhere' };
  let out = '';
  expect(await runComplete(request, { write: (text) => void (out += text) }, env)).toBe(0);
  return out.split('\n').filter((line) => line !== '');
}

test('a candidate and its description stand on one line, apart by a tab', async () => {
  expect(await complete('--', 'use', 'gem')).toEqual(['gemini\tGemini']);
  const all = await complete('--', '--');
  expect(all.length).toBeGreaterThan(8);
  for (const line of all) expect(line).toMatch(/^--[a-z0-9-]+\t[^\t\n]{1,80}$/);
});

test.runIf(process.platform !== 'win32')('sessions are offered beside a link that leads nowhere', async () => {
  const state = mkdtempSync(join(tmpdir(), 'ccmux-complete-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const folder = join(state, 'ccmux', 'sessions');
  mkdirSync(folder, { recursive: true });
  symlinkSync('nowhere', join(folder, 'gone.jsonl'));
  writeFileSync(join(folder, '20261116-100000-aaaa.jsonl'), '');
  const names = (await sessions({ XDG_STATE_HOME: state })).map(({ value }) => value);
  expect(names).toEqual(['20261116-100000-aaaa']);
});

test('the hidden command is not offered', async () => {
  const names = (await complete('--', '')).map((line) => line.split('\t')[0]);
  expect(names).toEqual(expect.arrayContaining(['claude', 'report', 'use', 'completion']));
  expect(names).not.toContain('complete');
});

test.each([
  [
    ['--new-word', '--', 'config'],
    ['show', 'path', 'trust', 'schema', 'help'],
  ],
  [['--new-word', '--'], ['claude']],
  [
    ['--new-word', '--', 'help'],
    ['get-started', 'troubleshooting', 'memory', 'report'],
  ],
  [
    ['--', 'help', 'tr'],
    ['trust', 'troubleshooting'],
  ],
  [['--'], ['claude']],
  [[], ['claude']],
  [['--', '--order', 'claude,gemini,'], ['claude,gemini,openai']],
  [
    ['--new-word', '--', 'config', 'set'],
    ['order', 'budget.perDay', 'failover.on'],
  ],
  [
    ['--new-word', '--', 'config', 'get'],
    ['order', 'budget.perDay'],
  ],
  [
    ['--new-word', '--', 'config', 'set', 'switchBack'],
    ['turn', 'manual'],
  ],
  [['--', 'models', 'gem'], ['gemini']],
  [['--', 'config', 'set', 'failover.enabled', 'f'], ['false']],
  [['--', 'config', 'set', 'notify', 'back,'], ['back,nobody']],
  [['--', 'config', 'set', 'order', 'claude,gem'], ['claude,gemini']],
  [
    ['--', 'report', '--since', ''],
    ['7d', 'yesterday'],
  ],
  [
    ['--', 'report', '--by', ''],
    ['day', 'week', 'model', 'provider', 'project', 'session'],
  ],
])('%j offers %j', async (request, expected) => {
  const values = (await complete(...request)).map((line) => line.split('\t')[0]);
  expect(values).toEqual(expect.arrayContaining(expected));
});

test('nobody is offered twice in a list', async () => {
  const values = (await complete('--', '--order', 'claude,gemini,')).map((line) => line.split('\t')[0]);
  expect(values).not.toContain('claude,gemini,claude');
});

test.each([
  [['--', 'claude', '--']],
  [['--', 'claude', '--', 'some prompt', '--mo']],
  [['--', 'use', 'claude', 'more', '']],
  [['--', '--unknown', '--order=nobody-', 'x', '']],
  [['--', '--config=']],
])('%j ends well whatever it is', async (request) => {
  for (const line of await complete(...request)) expect(line).toMatch(/^[^\t:]+(\t.+)?$/);
});

describe("the installed client's help", () => {
  test('is understood as the real one prints it', () => {
    const home = mkdtempSync(join(tmpdir(), 'ccmux-help-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const bin = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');
    const env = { HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude'), PATH: `${bin}:/usr/bin:/bin` };
    const help = parseHelp(execFileSync(join(bin, 'claude'), ['--help'], { env, encoding: 'utf8' }));
    const option = (name: string) => help.options.find(({ names }) => names.includes(name));
    expect(option('--print')).toMatchObject({ names: ['-p', '--print'], takesValue: false });
    expect(option('--model')).toMatchObject({ takesValue: true, choices: [] });
    expect(option('--output-format')?.choices).toEqual(['text', 'json', 'stream-json']);
    expect(option('--permission-mode')?.choices).toContain('plan');
    expect(option('--allowed-tools')?.names).toEqual(['--allowedTools', '--allowed-tools']);
    expect(help.commands.map(({ name }) => name)).toEqual(expect.arrayContaining(['mcp', 'plugin', 'update']));
    expect(help.options.every(({ names, description }) => names.length > 0 && description !== '')).toBe(true);
  });

  test.each(['', 'not a help\n', 'Options:\n'])('%j has nothing to offer', (text) => {
    expect(parseHelp(text)).toEqual({ options: [], commands: [] });
  });
});
