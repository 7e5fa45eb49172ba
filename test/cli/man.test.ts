import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { manPage } from '../../bin/man.ts';
import { createProgram } from '../../src/cli/program.ts';
import { SETTINGS } from '../../src/config/settings.ts';

const lines = manPage().split('\n');
const terms = lines.flatMap((line, at) => (line === '.TP' ? [lines[at + 1]!.replace('.B ', '')] : []));

it('has every command, every option and every variable', () => {
  const { command } = createProgram({ stdout: { write: () => true } });
  const escaped = (text: string) => text.replaceAll('-', String.raw`\-`);
  for (const { name } of command.commands.map((each) => ({ name: each.name() }))) {
    expect(terms.some((term) => term.startsWith(`${escaped(name)} `))).toBe(true);
  }
  for (const { long, hidden } of command.options) {
    expect(terms.some((term) => term.includes(escaped(long!)))).toBe(!hidden);
  }
  for (const { variable } of Object.values(SETTINGS)) expect(terms).toContain(variable);
});

it('holds no macro but those of man(7), and no bare hyphen or backslash', () => {
  const macros = new Set(lines.flatMap((line) => /^\.(\w+)/.exec(line)?.[1] ?? []));
  expect([...macros].filter((name) => !['TH', 'SH', 'TP', 'B', 'BR', 'br', 'RS', 'RE'].includes(name))).toEqual([]);
  for (const line of lines.filter((each) => !each.startsWith('.TH'))) {
    expect(line.replaceAll(/\\[-e&]/g, '')).not.toMatch(/[\\-]|^'/);
  }
});

it('is named as npm wants it: of a single name it makes no link', () => {
  const { man } = JSON.parse(readFileSync('package.json', 'utf8')) as { man: unknown };
  expect(man).toEqual(['dist/ccmux.1']);
});
