import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { answer } from '../../src/demo/script.ts';
import { makeCast } from '../helpers/cast.ts';
import { ccmuxCommand, claudeCommand, runCcmux, start, type Place } from '../helpers/claude.ts';
import { useQuickClient } from '../helpers/quick-client.ts';

/** Every command and every option of a command runs once in the built program, in a home that holds one session. */
const COMMANDS: [args: string[], code: number, output: RegExp][] = [
  [['report'], 0, /Claude/],
  [['report', 'last', '--json'], 0, /"responses":/],
  [['report', '--list'], 0, /\d{8}-\d{6}-[0-9a-f]{4}|[0-9a-f]{4}/],
  [['report', '--html', 'page.html'], 0, /page\.html/],
  [['report', '--open'], 0, /./],
  [['report', '--all'], 0, /Timeline/],
  [['report', 'last', '--follow'], 0, /answered by Claude[^]*session ends with exit code 0/],
  [['report', '--since', '7d'], 0, /1 session · 1 message/],
  [['report', '--until', 'yesterday'], 0, /Nothing was asked/],
  [['report', '--by', 'provider'], 0, /By provider/],
  [['report', '--csv'], 0, /^sessions,messages,answers/],
  [['report', '--markdown'], 0, /\| all \| 1 \|/],
  [['status'], 0, /^No session is running/],
  [['status', '--json'], 0, /"running": *false|"providers"/],
  [['dashboard'], 1, /no session is running/],
  [['dashboard', '--session', 'abcd'], 1, /no session/],
  [['use', 'gemini'], 1, /no session is running/],
  [['use', 'gemini', '--only', '--session', 'abcd'], 1, /no session/],
  [['allow', 'gemini'], 1, /no session is running/],
  [['explain'], 1, /no session is running/],
  [['explain', 'the incident', '--session', 'abcd'], 1, /no session/],
  [['budget'], 1, /no session is running/],
  [['budget', '+5'], 1, /no session is running/],
  [['budget', '+5', '--session', 'abcd'], 1, /no session/],
  [['budget', '5'], 2, /expected an amount to add/],
  [['allow', 'gemini', '--session', 'abcd'], 1, /no session/],
  [['memory', 'show'], 1, /^No note was sent/],
  [['memory', 'show', 'last', '--note'], 1, /No note was sent/],
  [['memory', 'off'], 0, /memory\.mode: off .*in /],
  [['memory', 'on'], 0, /before: off/],
  [['memory', 'on', '--project'], 0, /memory\.mode: project [^]*What is given to whom/],
  [['memory', 'list'], 0, /^Nothing is kept of earlier sessions/],
  [['memory', 'list', '--all', '--json'], 0, /^\[\]/],
  [['memory', 'list', '--project', 'x'], 0, /^Nothing is kept of a project x/],
  [['memory', 'forget', 'abcd'], 1, /nothing is kept under the name "abcd"/],
  [['memory', 'forget', '--all'], 0, /^Nothing of that was kept/],
  [['memory', 'forget', '--project', '--before', '30d'], 0, /^Nothing of that was kept/],
  [['memory', 'export', 'kept.md', '--md'], 1, /Nothing is kept/],
  [['memory', 'export', '--all', '--json'], 1, /Nothing is kept/],
  [['memory', 'export', '--project'], 1, /Nothing is kept/],
  [['providers'], 0, /gemini +available/],
  [['providers', '--json'], 0, /"gemini"/],
  [['providers', '--config', 'other.yaml'], 0, /other +no key needed/],
  [['--config', 'other.yaml', 'config', 'get', 'order'], 0, /other/],
  [['demo', '--html'], 2, /--html goes with --memory/],
  [['models', 'claude'], 2, /Claude Code lists its models: \/model/],
  [['models', 'groq', '--json'], 1, /Groq cannot be asked for its models without GROQ_API_KEY/],
  [['doctor'], 0, /claude/],
  [['doctor', '--json'], 0, /"checks"/],
  [['doctor', '--live', '--yes'], 0, /claude: not asked/],
  [['doctor', '--live', '--yes', '--max-cost', '0.05'], 0, /claude: not asked/],
  [['doctor', '--bundle', 'bundle.json'], 0, /Written: .*bundle\.json/],
  [['drill', 'nobody'], 2, /nobody is not in your order\. Those that are: /],
  [['drill', 'nobody', '--yes', '--json', '--model', 'haiku', '--max-cost', '1'], 2, /not in your order/],
  [['init', '--yes'], 1, /--force/],
  [['init', '--yes', '--force'], 0, /config\.yaml/],
  [['config', 'show'], 0, /switchBack/],
  [['config', 'show', '--json'], 0, /"switchBack"/],
  [['config', 'path'], 0, /config\.yaml/],
  [['config', 'get', 'switchBack'], 0, /^turn$/m],
  [['config', 'get', 'order', '--json'], 0, /"claude"/],
  [['config', 'set', 'budget.perDay', '20'], 0, /budget\.perDay: 20, in /],
  [['config', 'set', 'budget.perDay', '--unset'], 0, /before: 20/],
  [['config', 'edit'], 0, /config\.yaml is unchanged/],
  [['config', 'trust', '.ccmuxrc'], 1, /switchBack[^]*on a terminal only/],
  [['config', 'schema'], 0, /"title": "ccmux configuration"/],
  [['completion', 'bash'], 0, /complete /],
  [['completion', 'zsh'], 0, /compdef/],
  [['completion', 'fish'], 0, /complete -c ccmux/],
  [['completion', 'powershell'], 0, /Register-ArgumentCompleter/],
  [['help', 'trust'], 0, /^TRUST\n/],
  [['--version'], 0, /^\d+\.\d+\.\d+$/m],
  [['--help'], 0, /Usage/],
];

async function aPlaceWithASession(): Promise<Place> {
  const { place } = await makeCast({
    claude: () => answer('Claude was here.'),
    gemini: () => answer('Gemini was here.'),
    env: { BROWSER: 'true', EDITOR: 'true' },
  });
  useQuickClient(place);
  writeFileSync(join(place.project, '.ccmuxrc'), 'switchBack: manual\n');
  const other = 'other: { kind: openai-compatible, baseUrl: http://127.0.0.1:9/v1, models: { default: m } }';
  writeFileSync(join(place.project, 'other.yaml'), `order: [claude, other]\nproviders: { ${other} }\n`);
  const { code } = await start(place, claudeCommand('ccmux', ['-p', 'hello'])).finished;
  expect(code).toBe(0);
  return place;
}

/** On a busy machine. */
const COMMAND_MS = 2_000;

it('runs every command and every option of it', { timeout: COMMANDS.length * COMMAND_MS }, async () => {
  const place = await aPlaceWithASession();
  const wrong: unknown[] = [];
  for (const [args, code, output] of COMMANDS) {
    const run = await runCcmux(place, args);
    const text = run.stdout + run.stderr;
    if (run.code !== code || !output.test(text)) wrong.push({ args, code: run.code, text: text.slice(0, 400) });
    // A fault of ours asks for a report; the world's faults and a user's mistakes never do.
    expect(text).not.toMatch(/\n\s+at |please report/i);
  }
  expect(wrong).toEqual([]);
});

it('keeps the status current until Ctrl-C', async () => {
  const place = await aPlaceWithASession();
  const watching = start(place, ccmuxCommand(['status', '--watch']));
  await vi.waitFor(() => expect(watching.stdout()).toContain('No session is running'), 10_000);
  watching.child.kill('SIGINT');
  const { code, signal } = await watching.finished;
  expect([code, signal]).toEqual([0, null]);
});

it('has a row for every command and option', () => {
  const rows = COMMANDS.map(([args]) => args.join(' '));
  const missing: string[] = [];
  const visit = (command: Command, path: string[]): void => {
    for (const child of command.commands) visit(child, [...path, child.name()]);
    const name = path.join(' ');
    const own = rows.filter((row) => row === name || row.startsWith(`${name} `));
    if (command.commands.length === 0 && own.length === 0) missing.push(name);
    if (path.length === 0) return;
    for (const { long } of command.options) {
      // Every command has it, and one row stands for all of them.
      if (long && long !== '--config' && !own.some((row) => row.split(' ').includes(long)))
        missing.push(`${name} ${long}`);
    }
  };
  visit(createProgram({ stdout: process.stdout }).command, []);
  // What runs until somebody ends it, or takes some seconds, has a test of its own; `claude` is what all others run.
  expect(missing).toEqual(['claude', 'status --watch', 'demo --memory']);
});
