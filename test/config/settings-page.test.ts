import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jsonSchema } from '../../src/config/file-schema.ts';
import { LAUNCH_OPTIONS, ROWS, type AnySetting } from '../../src/config/settings.ts';
import { sentence } from '../../src/config/shapes.ts';
import { inYaml } from '../../src/config/template.ts';

const PAGE = readFileSync(new URL('../../src/help/configuration.md', import.meta.url), 'utf8');

test('the help has the settings table (if not: put in its place what this test expects)', () => {
  const rows = ROWS.map(([name, row]) => [
    `\`${name}\``,
    `${sentence(row.meaning)} ${namesOf(row)}`.trim(),
    row.default === undefined ? '' : `\`${inYaml(row.default)}\``,
    `\`${row.flag}\` \`${row.variable}\``,
    typeof row.project === 'function' ? 'stricter' : (row.project ?? 'no'),
  ]);
  const table = [
    ['setting', 'what it does', 'default', 'flag, variable', "in a project's file"],
    Array.from({ length: 5 }, () => '---'),
    ...rows,
  ];
  expect(PAGE).toContain(table.map((cells) => `| ${cells.join(' | ')} |\n`).join(''));
});

test('the help names what only a launch can be given', () => {
  for (const { flag, variable } of Object.values(LAUNCH_OPTIONS)) {
    expect(PAGE).toContain(`\`${flag}\``);
    expect(PAGE).toContain(`\`${variable}\``);
  }
});

test('the schema knows the settings of the table, the providers, and nothing else', () => {
  type Node = { properties?: Record<string, Node> };
  const { $schema: _, providers: __, ...top } = (jsonSchema() as Node).properties!;
  const names = Object.entries(top).flatMap(([name, { properties = {} }]) =>
    ['limits', 'overflow', 'embedding'].includes(name) || Object.keys(properties).length === 0
      ? [name]
      : Object.keys(properties).map((member) => `${name}.${member}`),
  );
  expect(names.toSorted()).toEqual(ROWS.map(([name]) => name).toSorted());
});

function namesOf({ shape: { names = [], choice } }: AnySetting): string {
  if (choice === undefined) return '';
  return `${choice === 'one' ? 'One of' : 'Any of'}: ${names.map((name) => `\`${name}\``).join(', ')}.`;
}
