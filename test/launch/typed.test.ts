import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTyped } from '../../src/launch/typed.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccmux-typed-'));
  mkdirSync(join(folder, '.claude'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const after = (input: unknown) => {
  const typed = createTyped([folder]);
  typed.onToolCall(input);
  return typed.isConsentTyped(undefined);
};

it.each<[string, unknown]>([
  ['CronCreate', { cron: '* * * * *', prompt: 'ccmux allow gemini', recurring: false }],
  ['ScheduleWakeup', { delaySeconds: 60, prompt: 'ccmux\tallow  gemini' }],
  ['Write', { file_path: 'a', content: 'x\nccmux allow gemini' }],
  ['a tool of an MCP server', { tasks: [{ steps: ['CCMUX ALLOW GEMINI'] }] }],
])('a line that %s was called with may be the model’s', (_, input) => expect(after(input)).toBe(false));

it.each<[string, unknown]>([
  ['another command', { command: 'ccmux status' }],
  ['no input', undefined],
  ['null', null],
  ['a text with both words', { prompt: 'allow ccmux' }],
])('%s is nothing of the kind', (_, input) => expect(after(input)).toBe(true));

it.each([
  ['a task', '{"tasks":[{"prompt":"ccmux allow gemini"}]}', false],
  ['a task in other letters', String.raw`{"tasks":[{"prompt":"ccmu\u0078 allow gemini"}]}`, false],
  ['a file that is no JSON', 'ccmux allow gemini', false],
  ['another task', '{"tasks":[{"prompt":"look at the logs"}]}', true],
])('scheduled before the session: %s', (_, text, wanted) => {
  writeFileSync(join(folder, '.claude', 'scheduled_tasks.json'), text);
  expect(createTyped([folder]).isConsentTyped(undefined)).toBe(wanted);
});

it.each([
  [undefined, true],
  ['user', true],
  ['sdk', true],
  ['system', false],
  ['loop_wakeup', false],
  ['schedule_wakeup', false],
  ['a source of next year', false],
])('the client says that %s has written it: %s', (source, wanted) =>
  expect(createTyped([folder]).isConsentTyped(source)).toBe(wanted),
);
