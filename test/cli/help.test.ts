import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import stringWidth from 'string-width';
import { describe, expect, it, test } from 'vitest';
import { runHelp } from '../../src/cli/help.ts';
import { TOPICS, type Topic } from '../../src/cli/help-topics.ts';
import { createProgram } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config/load.ts';
import { schemaAt } from '../../src/config/schema-at.ts';
import { LAUNCH_OPTIONS, ROWS } from '../../src/config/settings.ts';
import { scratch } from '../config/scratch.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const NAMES = Object.keys(TOPICS) as Topic[];
const PAGES: [name: string, text: string][] = [
  ['README', read('README.md')],
  ...NAMES.map((name): [string, string] => [name, read(`src/help/${name}.md`)]),
];
const { command: program } = createProgram({ stdout: { write: () => true } });

async function help(topic: Topic, stdout: { columns?: number; isTTY?: boolean } = {}, env = {}): Promise<string> {
  let text = '';
  await runHelp(topic, { stdout: { ...stdout, write: (part) => (text += part) }, env });
  return text;
}

test('each topic has a page, and each page is a topic', () => {
  const pages = readdirSync(new URL('src/help', root)).map((name) => name.replace(/\.md$/, ''));
  expect(pages.toSorted()).toEqual(NAMES.toSorted());
  for (const [, text] of PAGES) expect(text).toMatch(/^# \S/);
});

describe('a page in the terminal', () => {
  it.each(NAMES)('%s: no markup is left, and no line is wider than the terminal', async (topic) => {
    for (const columns of [80, 60, 200]) {
      const text = await help(topic, { columns });
      const code = text.split('\n').filter((line) => line.startsWith('    '));
      const words = text.replaceAll(/^ {4}.*$/gm, '').replaceAll(/`[^`]+`/g, '');
      expect(words).not.toMatch(/\]\(|\*\*|^#|```|^\||\u00A0|undefined/m);
      for (const line of text.split('\n').filter((each) => !code.includes(each)))
        expect(stringWidth(line)).toBeLessThanOrEqual(Math.min(columns, 100));
      expect(text).not.toMatch(/\n{3}|[ \t]\n/);
    }
  });

  it.each(NAMES)('%s: every word of it is there', async (topic) => {
    // Nothing that the small renderer does not know may be dropped.
    const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    const shown = new Set(words(await help(topic)));
    const tables = read(`src/help/${topic}.md`).replaceAll(/^\|.*\|\n\| ?---.*$/gm, '');
    const said = words(tables.replaceAll(/\]\([^)]*\)/g, ']').replaceAll(/^```\w*$/gm, ''));
    expect(said.filter((word) => !shown.has(word))).toEqual([]);
  });

  it('has colour on a terminal, and a link is a command', async () => {
    const coloured = await help('trust', { isTTY: true, columns: 80 }, { TERM: 'xterm' });
    expect(coloured.startsWith('\u001B[1m\u001B[4mTrust')).toBe(true);
    expect(await help('trust', { isTTY: true }, { NO_COLOR: '1' })).toMatch(/^TRUST\n\n/);
    expect(await help('trust')).toMatch(/see\s+overflow\s+\(ccmux help overflow\)/);
  });
});

/** Every command, with the ones below it. */
const COMMANDS = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];

it.each(COMMANDS.map((command): [string, Command] => [command.name(), command]))(
  'the help of %s fits a terminal of 80 columns',
  (_, command) => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 }).outputHelp();
    // A value without a blank can be longer than its column.
    const wide = text.split('\n').filter((line) => line.length > 80 && !/^ +\S+$/.test(line));
    expect([text === '', wide]).toEqual([false, []]);
  },
);

describe.each(PAGES)('what %s names is there', (_, text) => {
  const fences = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, kind = '', body = '']) => ({ kind, body }));
  const spans = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replaceAll(/\s+/g, ' '),
  );
  const lines = fences.filter(({ kind }) => kind === 'sh').flatMap(({ body }) => body.split('\n'));

  test('commands, with their options', () => {
    const commands = [...spans, ...lines.map((line) => line.replace(/\s+#.*/, '').replace(/^.*&& /, ''))];
    const wrong = commands.flatMap((line) => problemOf(line) ?? []);
    expect(wrong).toEqual([]);
  });

  test('settings, flags and variables', () => {
    const settings = new Set(ROWS.map(([name]) => name.split('.')[0]!));
    const dotted = spans.filter((code) => /^[a-z]\w*(\.\w+)+$/.test(code) && settings.has(code.split('.')[0]!));
    expect(dotted.filter((name) => schemaAt(name.split('.')) === undefined)).toEqual([]);
    const known = new Set([
      ...ROWS.map(([, { variable }]) => variable),
      ...Object.values(LAUNCH_OPTIONS).map((one) => one.variable),
    ]);
    const variables = spans.flatMap((code) => code.match(/\bCCMUX_\w+/g) ?? []);
    expect(variables.filter((name) => !known.has(name as never))).toEqual([]);
    const flags = spans.filter((code) => /^--[a-z-]+$/.test(code));
    expect(flags.filter((flag) => !ALL_FLAGS.has(flag) && !CLIENTS_FLAGS.has(flag))).toEqual([]);
  });

  test('configuration that is shown is valid', async () => {
    const { user, project, env } = scratch();
    const inline = spans.filter((code) => /^[a-z]\w*: ./i.test(code) && schemaAt([code.split(':')[0]!])).map(asFile);
    for (const yaml of [...fences.filter(({ kind }) => kind === 'yaml').map(({ body }) => body), ...inline]) {
      user(yaml);
      const { warnings } = await loadConfig({ env: { ...env, GEMINI_API_KEY: 'k', MY_KEY: 'k' }, cwd: project });
      expect({ yaml, warnings }).toEqual({ yaml, warnings: [] });
    }
  });
});

/** `failover.enabled: false` → `failover: { enabled: false }` */
function asFile(code: string): string {
  const [, group, name, value] = /^(\w+)\.(\w+): (.*)$/.exec(code) ?? [];
  return group === undefined ? code : `${group}: { ${name}: ${value} }`;
}

const ALL_FLAGS = new Set(COMMANDS.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short])));
/** Options of Claude Code that the pages speak of. */
const CLIENTS_FLAGS = new Set(['--resume', '--bg']);

/** `ccmux use gemini --only`: every word that is no argument must be a command or an option of one. */
function problemOf(line: string): string | undefined {
  const [name, ...words] = line.split(' ');
  if (name !== 'ccmux') return undefined;
  let command: Command = program;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (command === program && word === 'claude') return undefined;
    if (command === program && word === 'help') {
      const page = words.slice(at + 1).join(' ');
      const isPage = page in TOPICS || page.startsWith('<') || program.commands.some((each) => each.name() === page);
      return isPage ? undefined : `${line}: no page ${page}`;
    }
    if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short);
      if (!option && word !== '--help') return `${line}: no option ${word}`;
      if (option?.required) at++;
      continue;
    }
    const child = command.commands.find((each) => each.name() === word);
    if (child) command = child;
    else if (command.registeredArguments.length === 0) return `${line}: ${word} is no command`;
    else {
      const choices = command.registeredArguments[0]?.argChoices;
      if (choices && !word.split('|').every((one) => choices.includes(one))) return `${line}: ${word} is no choice`;
    }
  }
  return undefined;
}
