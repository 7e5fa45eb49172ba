import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/launch/arguments.ts';

const session = (args: string[]) => {
  const invocation = readArguments(args);
  if (invocation.kind !== 'session') throw new Error(`read as ${invocation.why}`);
  return invocation;
};

describe('a session', () => {
  it.each<[string[], boolean]>([
    [[], false],
    [['fix the bug'], false],
    [['-p', 'fix the bug'], true],
    [['--print'], true],
    [['fix the bug', '-p'], true],
    [['-pc'], true],
    [['-cp', 'hello'], true],
    [['--model', 'opus', '-p'], true],
    [['--append-system-prompt', '-p'], false],
    [['-n', '-p'], false],
    [['--', '-p'], false],
    [['--resume', '-p'], true],
    [['-r', 'some-id'], false],
    [['-dp'], false],
  ])('%j: print %s', (args, print) => {
    expect(session(args).print).toBe(print);
  });

  it('prints where there is no terminal to draw on', () => {
    expect(readArguments(['hello'], false)).toMatchObject({ kind: 'session', print: true });
  });

  it.each<[string[], unknown]>([
    [['hello'], undefined],
    [['--settings', 'a.json', 'hello'], { from: 0, count: 2, value: 'a.json' }],
    [['hello', '--settings={"env":{}}'], { from: 1, count: 1, value: '{"env":{}}' }],
    [['--settings', 'a.json', '-c', '--settings', 'b.json'], { from: 3, count: 2, value: 'b.json' }],
    [['--system-prompt', '--settings', 'hello'], undefined],
    [['--add-dir', 'a', 'b', '--settings', 'c.json'], { from: 3, count: 2, value: 'c.json' }],
    [['--', '--settings', 'a.json'], undefined],
    [['--settings'], undefined],
  ])('%j: settings %j', (args, settings) => {
    expect(session(args).settings).toEqual(settings);
  });

  it.each<[string[], Partial<ReturnType<typeof session>>]>([
    [['--fallback-model', 'sonnet, claude-haiku-5-5', 'hello'], { fallbackModels: ['sonnet', 'claude-haiku-5-5'] }],
    [[], { hooks: true, sources: ['user', 'project', 'local'] }],
    [['--bare'], { hooks: false }],
    [['--safe-mode'], { hooks: false }],
    [['--restricted'], { sources: [] }],
    [['--setting-sources', 'user'], { sources: ['user'] }],
    [['--setting-sources=project, local'], { sources: ['project', 'local'] }],
    [['--initialize-fields=settings'], { settingsOnStdin: true }],
    [['--initialize-fields', 'disallowedTools,settings'], { settingsOnStdin: true }],
    [['--initialize-fields', 'disallowedTools'], { settingsOnStdin: false }],
  ])('%j: %j', (args, expected) => {
    expect(session(args)).toMatchObject(expected);
  });
});

describe('claude as it is', () => {
  it.each<[string[], string, string]>([
    [['mcp', 'list'], 'subcommand', 'mcp'],
    [['update'], 'subcommand', 'update'],
    [['--model', 'opus', 'doctor'], 'subcommand', 'doctor'],
    [['--verbose', 'agents'], 'subcommand', 'agents'],
    [['--version'], 'information', '--version'],
    [['-h'], 'information', '-h'],
    [['mcp', '--help'], 'subcommand', 'mcp'],
    [['--bg', 'fix the bug'], 'background', '--bg'],
    [['fix the bug', '--background'], 'background', '--background'],
    [['--worktree', 'x', '--tmux'], 'background', '--tmux'],
    [['--cloud', 'fix the bug'], 'elsewhere', '--cloud'],
    [['--desktop'], 'elsewhere', '--desktop'],
  ])('%j: %s', (args, why, detail) => {
    expect(readArguments(args)).toEqual({ kind: 'plain', why, detail });
  });

  it('does not take a prompt, a value or a later word for a subcommand', () => {
    expect(session(['explain', 'mcp'])).toMatchObject({ print: false });
    for (const print of [['-p'], ['--print'], ['-pc'], ['--print', '--verbose'], ['-p', '--model', 'opus']]) {
      expect(session([...print, 'doctor'])).toMatchObject({ print: true });
    }
    for (const option of [
      '--model',
      '--prefill-b64',
      '--ref',
      '--metadata',
      '--project-config-root',
      '--watch-artifact',
    ])
      expect(session([option, 'mcp'])).toMatchObject({ print: false });
    expect(session(['update the readme'])).toMatchObject({ print: false });
    expect(session(['--append-system-prompt', '--bg'])).toMatchObject({ print: false });
  });
});
