import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { EventBody } from '../../src/events.ts';
import { readIgnoring, watchClient } from '../../src/launch/client-record.ts';

function state() {
  const base = mkdtempSync(join(tmpdir(), 'ccmux-client-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, 'state');
  const events: EventBody[] = [];
  const watch = (told: 'told' | 'switches' | 'untouched') =>
    watchClient(told, folder, { emit: (event) => void events.push(event) });
  return { folder, events, watch };
}

const client = (version: string, more: Record<string, string> = {}) => ({
  'user-agent': `claude-cli/${version} (external, cli)`,
  ...more,
});
const LISTENS = { 'x-client-request-id': 'c0ffee' };

it('says once that a client did not listen, and knows it at the next launch', () => {
  const { folder, events, watch } = state();
  const see = watch('told');
  expect(readIgnoring(folder)).toBeUndefined();
  see(client('2.1.63'));
  see(client('2.1.63'));
  expect(events).toEqual([{ type: 'client-read', version: '2.1.63', told: true, firstParty: false }]);
  expect(readIgnoring(folder)).toBe('2.1.63');
  expect(statSync(join(folder, 'client.json')).mode & 0o077).toBe(0);
});

it('forgets it when another version is seen', () => {
  const { folder, watch } = state();
  watch('told')(client('2.1.63'));
  watch('switches')(client('2.1.63'));
  expect(readIgnoring(folder)).toBe('2.1.63');
  watch('switches')(client('2.1.330', LISTENS));
  expect(readIgnoring(folder)).toBeUndefined();
});

it.each([
  ['listens', 'told', client('2.1.330', LISTENS)],
  ['reaches a gateway', 'untouched', client('2.1.63')],
  ['is another program', 'told', { 'user-agent': 'anthropic-sdk-python/1.0.0' }],
  ['asks for a title', 'told', client('2.1.330', { 'x-claude-code-request-class': 'auxiliary' })],
] as const)('keeps nothing of a client that %s', (_, told, headers) => {
  const { folder, watch } = state();
  watch(told)(headers);
  expect(readIgnoring(folder)).toBeUndefined();
});

it('waits for the conversation behind a title', () => {
  const { events, watch } = state();
  const see = watch('told');
  see(client('2.1.330', { 'x-claude-code-request-class': 'auxiliary' }));
  see(client('2.1.330', { 'x-claude-code-request-class': 'main', ...LISTENS }));
  expect(events).toEqual([{ type: 'client-read', version: '2.1.330', told: true, firstParty: true }]);
});

it('leaves the record of a newer ccmux alone, and keeps what one has added', () => {
  const { folder, watch } = state();
  watch('told')(client('2.1.63'));
  const file = join(folder, 'client.json');
  writeFileSync(file, '{"version":2,"ignoresFirstParty":["2.1.63"]}');
  watch('told')(client('2.1.63'));
  watch('switches')(client('2.1.330', LISTENS));
  expect(readIgnoring(folder)).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('{"version":2,"ignoresFirstParty":["2.1.63"]}');

  writeFileSync(file, '{"ignoresFirstParty":"2.1.63","more":7}');
  watch('switches')(client('2.1.330', LISTENS));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 1, more: 7 });
});

it('does without a folder that cannot be written', () => {
  const { folder, events, watch } = state();
  writeFileSync(folder, 'a file in its place');
  expect(() => watch('told')(client('2.1.63'))).not.toThrow();
  expect(events).toHaveLength(1);
  expect(readIgnoring(folder)).toBeUndefined();
  expect(readdirSync(join(folder, '..'))).toEqual(['state']);
});
