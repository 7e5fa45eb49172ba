import { expect, it } from 'vitest';
import { holdsPassword, readSharedAddress, sharedAddress, withoutPassword } from '../../src/config/shared-address.ts';

const team = {
  kind: 'valkey',
  host: 'team-cache',
  port: 6379,
  database: 0,
  encrypted: false,
  scope: 'team',
  prefix: 'ccmux',
};

it.each([
  ['valkey://team-cache', team],
  ['valkey://team-cache:6380/3', { ...team, port: 6380, database: 3 }],
  ['redis://team-cache/0', { ...team, kind: 'redis' }],
  ['rediss://team-cache', { ...team, kind: 'redis', encrypted: true }],
  ['valkeys://team-cache', { ...team, encrypted: true }],
  ['valkey://[::1]:7000', { ...team, host: '::1', port: 7000 }],
  ['valkey://ada:${PASSWORD}@team-cache', { ...team, user: 'ada', password: '${PASSWORD}' }],
  ['valkey://:p%40ss%2Fword@team-cache', { ...team, password: 'p@ss/word' }],
  ['valkey://team-cache?scope=me&prefix=payments', { ...team, scope: 'me', prefix: 'payments' }],
  ['${WHOLE}', { ...team, database: 1 }],
  ['off', undefined],
  [undefined, undefined],
])('%s', (text, expected) => {
  expect(text === undefined || sharedAddress.parse(text).ok).toBe(true);
  expect(readSharedAddress(text, { WHOLE: 'valkey://team-cache/1' })).toEqual(expected);
});

it.each([
  'http://team-cache',
  'team-cache:6379',
  'valkey://',
  'valkey:///0',
  'valkey://team-cache/first',
  'valkey://team-cache/0/1',
  'valkey://team-cache?scope=everybody',
  'valkey://team-cache?prefix=a b',
  'valkey://team-cache?prefix=',
  'valkey://team-cache?scop=me',
  'valkey://team-cache?scope=me&scope=team',
  'valkey://team-cache?prefix=a&scope=me&prefix=a',
  'valkey://team-cache#x',
  'valkey://:%E0%A4%A@team-cache',
  '',
])('%j is no address', (text) => {
  expect(sharedAddress.parse(text).ok).toBe(false);
});

it('a variable that is not set, or holds something else, is named', () => {
  expect(() => readSharedAddress('${WHOLE}', {})).toThrow('WHOLE is not set');
  expect(() => readSharedAddress('${WHOLE}', { WHOLE: 'http://x' })).toThrow('WHOLE holds no address');
});

it.each([
  ['valkey://:secret@team-cache/0', 'valkey://[redacted]@team-cache/0', true],
  ['valkey://ada:secret@team-cache', 'valkey://[redacted]@team-cache', true],
  ['valkey://ada:s@cr/et@team-cache', 'valkey://[redacted]@team-cache', false],
  ['http://ada:secret@team-cache', 'http://[redacted]@team-cache', false],
  ['valkey://ada:${PASSWORD}@team-cache', 'valkey://ada:${PASSWORD}@team-cache', false],
  ['valkey://team-cache', 'valkey://team-cache', false],
])('%s is shown as %s', (text, shown, inClear) => {
  expect([withoutPassword(text), holdsPassword(text)]).toEqual([shown, inClear]);
});
