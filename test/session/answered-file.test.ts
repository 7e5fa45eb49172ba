import {
  appendFileSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openAnswered } from '../../src/session/answered-file.ts';
import { DAMAGES } from '../helpers/damage.ts';

/** Who has answered since Claude did, from one session to the next. */

const newFolder = () => join(mkdtempSync(join(tmpdir(), 'ccmux-away-')), 'away');
const answered = { turn: 1, provider: 'gemini', place: 0, key: 'a mark' };

it('is read by the next session until Claude has answered', async () => {
  const folder = newFolder();
  const first = openAnswered(folder, 'one');
  first.add('conversation', answered);
  first.add('../../other', answered);
  await first.close();
  expect(readdirSync(folder)).toHaveLength(2);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  const next = openAnswered(folder, 'two');
  expect(next.read('conversation')).toMatchObject([{ ...answered, session: 'one' }]);
  next.forget('conversation');
  await next.close();
  expect(next.read('conversation')).toEqual([]);
  expect(next.read('../../other')).toHaveLength(1);
});

it.each([
  '{"version":1,"session":"one","turn"',
  '{"version":2}',
  'null',
  '[]',
  '{"version":1,"session":"x","turn":"1"}',
])('leaves out a line that is none: %s', async (line) => {
  const folder = newFolder();
  const first = openAnswered(folder, 'one');
  first.add('conversation', answered);
  await first.close();
  appendFileSync(join(folder, readdirSync(folder)[0]!), line);
  expect(openAnswered(folder, 'two').read('conversation')).toHaveLength(1);
});

it('asks and keeps nothing for a program that does not name its conversation', async () => {
  const folder = newFolder();
  const first = openAnswered(folder, 'one');
  first.add('', answered);
  await first.close();
  expect(first.read('')).toEqual([]);
  expect(() => readdirSync(folder)).toThrow('ENOENT');
});

it('goes on where nothing can be kept', async () => {
  const folder = newFolder();
  writeFileSync(folder, '');
  const first = openAnswered(folder, 'one');
  first.add('conversation', answered);
  await first.close();
  expect(first.read('conversation')).toEqual([]);
});

it.each(DAMAGES)('keeps the first answer beside %s', async (_, put) => {
  const folder = newFolder();
  mkdirSync(folder);
  put(join(folder, 'broken.jsonl'));
  lutimesSync(join(folder, 'broken.jsonl'), 0, 0);
  const first = openAnswered(folder, 'one');
  first.add('conversation', answered);
  await first.close();
  expect(first.read('conversation')).toHaveLength(1);
});

it('removes what nobody has gone on with for a month', async () => {
  const folder = newFolder();
  const first = openAnswered(folder, 'one');
  first.add('old', answered);
  await first.close();
  const monthsAgo = Date.now() / 1000 - 31 * 24 * 3_600;
  utimesSync(join(folder, readdirSync(folder)[0]!), monthsAgo, monthsAgo);
  const next = openAnswered(folder, 'two');
  next.add('new', answered);
  await next.close();
  expect(next.read('old')).toEqual([]);
  expect(next.read('new')).toHaveLength(1);
});
