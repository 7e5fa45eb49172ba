import { expect, it } from 'vitest';
import { standingText, whyText, whyWay } from '../../src/words/sharing.ts';

const now = new Date(2026, 10, 27, 12, 30).getTime();
const by = 'valkey at team-cache';
const away = { by, scope: 'team', state: 'away', why: 'ECONNREFUSED', since: now - 20 * 60_000 } as const;

it.each<[Parameters<typeof standingText>[0], string]>([
  [{ by, scope: 'team', state: 'connecting' }, 'by valkey at team-cache, not reached yet'],
  [{ by, scope: 'team', state: 'connected', machines: 1 }, 'by valkey at team-cache, no other machine yet'],
  [{ by, scope: 'team', state: 'connected', machines: 2 }, 'by valkey at team-cache, with 1 other machine'],
  [{ by, scope: 'me', state: 'connected', machines: 3 }, 'by valkey at team-cache, with 2 other machines of yours'],
  [
    { ...away, known: true },
    "valkey at team-cache is away since 12:10 (nothing listens there): this machine's own file has what was last known",
  ],
  [
    { ...away, known: false },
    'valkey at team-cache is away since 12:10 (nothing listens there): nothing is shared yet',
  ],
])('%j', (shared, text) => {
  expect(standingText(shared, now)).toBe(text);
});

it.each([
  ['ECONNREFUSED', 'nothing listens there', /^How to start one/],
  ['not-trusted', 'certificate not trusted', /NODE_EXTRA_CA_CERTS/],
  ['no-tls', 'no TLS at this address', /begin the address with redis:/],
  ['WRONGPASS invalid username-password pair', 'it does not take the password', /^Check the password/],
  ["NOPERM User ben has no permissions to run the 'eval' command", 'its user may not do this', /ccmux help sharing/],
  ['Command timed out', 'no answer', /begin the address with redis:/],
  ['ERR AUTH <password> called without any password', 'it wants no password', /^Take the password out/],
  ['ERR DB index is out of range', 'it has no database of this number', /0 is always there/],
  ['ERR max number of clients reached', 'too many are connected to it', /maxclients/],
  ["ERR unknown command 'EVAL'", 'it does not know a command', /Valkey or Redis/],
  ["READONLY You can't write against a read only replica.", 'it is a replica, which takes no changes', /^Name the/],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'its memory is full', /maxmemory/],
  ['MISCONF Redis is configured to save RDB snapshots', 'it cannot write to its disk', /log/],
  ['LOADING Redis is loading the dataset in memory', 'it is still starting', /^Wait/],
  ['WRONGTYPE Operation against a key', 'what is there was not written by ccmux', /prefix=/],
  ['what is there was not written by ccmux', 'what is there was not written by ccmux', /prefix=/],
])('%s', (why, text, way) => {
  expect(whyText(why)).toBe(text);
  expect(whyWay(why)).toMatch(way);
});

it.each(['TEAM_PASSWORD is not set', 'sharedPasswordCommand printed nothing.', 'too many machines write at once'])(
  '%s: says itself what is to do',
  (why) => {
    expect(whyText(why)).toBe(why);
    expect(whyWay(why)).toBeUndefined();
  },
);
