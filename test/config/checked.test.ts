import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { checkedIn } from '../../src/config/checked.ts';
import { readWithMistakes } from '../../src/config/file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccmux-checked-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function fileWith(text: string, name = 'config.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const marks = () => readdirSync(join(folder, 'checked'));

const VALID = [
  ['nothing', '# nothing yet\n'],
  ['an order', 'order: [claude, gemini]\n'],
  ['a schema', '$schema: ./schema.json\nswitchBack: manual\n'],
  ['durations', 'limits: { firstByte: 30s }\nfailover: { waitUpTo: 2m }\n'],
  [
    'rules',
    'handoff: [{ when: { paths: ["a/**"] }, then: hold }]\noverflow: { at: 90%, until: 80%, move: [subagents] }\n',
  ],
  [
    'a host',
    'providers: { local: { kind: openai-compatible, baseUrl: "http://127.0.0.1:9/v1", models: { default: m } } }\n',
  ],
];

test.each(VALID)('%s is read the same, checked or known', async (_what, text) => {
  const checked = checkedIn(folder, 'build')!;
  const file = fileWith(text);
  const first = await readWithMistakes(file, checked);
  expect(first.mistakes).toEqual([]);
  expect(marks()).toHaveLength(1);
  expect(checked.has(file, text)).toBe(true);
  expect(await readWithMistakes(file, checked)).toEqual(first);
});

test('a text with a mistake is checked each time', async () => {
  const checked = checkedIn(folder, 'build')!;
  const file = fileWith('switchBack: whenever\n');
  for (let launch = 0; launch < 2; launch++) {
    expect((await readWithMistakes(file, checked)).mistakes).toHaveLength(1);
  }
});

test('another text, another format and another build are unknown', () => {
  const checked = checkedIn(folder, 'build')!;
  checked.add('/a/config.yaml', 'order: [claude]');
  expect(checked.has('/b/config.yaml', 'order: [claude]')).toBe(true);
  expect(checked.has('/a/config.yaml', 'order: [claude] ')).toBe(false);
  expect(checked.has('/a/config.json', 'order: [claude]')).toBe(false);
  expect(checkedIn(folder, 'newer')!.has('/a/config.yaml', 'order: [claude]')).toBe(false);
});

test('from source, where code changes under the same name, nothing is known', () => {
  expect(checkedIn(folder)).toBeUndefined();
});

test('the marks do not become more and more', () => {
  const checked = checkedIn(folder, 'build')!;
  for (let text = 0; text < 200; text++) checked.add('config.yaml', String(text));
  expect(marks().length).toBeLessThanOrEqual(50);
  expect(checked.has('config.yaml', '199')).toBe(true);
});

test('a folder that cannot be written means a check at each launch', async () => {
  const checked = checkedIn(fileWith('', 'no-folder'), 'build')!;
  const file = fileWith('order: [claude]\n');
  expect((await readWithMistakes(file, checked)).settings).toEqual({ order: ['claude'] });
  expect(checked.has(file, 'order: [claude]\n')).toBe(false);
});
