import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keychainsHere, storeKey } from '../../src/cli/keychain.ts';
import { scratch } from '../config/scratch.ts';

/** Each program keeps what it is given in a file, as strictly as its manual says; it writes down its arguments. */
const PROGRAMS: Record<string, string> = {
  security: `case $1 in
    -i) read -r verb update s service a account w key; [ "$verb $update $s $service $a" = "add-generic-password -U -s ccmux -a" ] || exit 1; printf %s "$key" > "$HOME/$account";;
    find-generic-password) [ "$2 $3 $4 $6" = "-s ccmux -a -w" ] && cat "$HOME/$5" && echo;;
    *) exit 1;; esac`,
  'secret-tool': `case $1 in
    store) [ "$2 $4 $5 $6" = "--label service ccmux provider" ] && cat > "$HOME/$7";;
    lookup) [ "$2 $3 $4" = "service ccmux provider" ] && cat "$HOME/$5";;
    *) exit 1;; esac`,
  op: `case $1 in
    item) [ "$*" = "item create --format json -" ] && cat > "$HOME/item" && echo '{"id":"abc","vault":{"id":"v1"}}';;
    read) [ "$2" = op://v1/abc/credential ] && sed 's/.*"value":"\\([^"]*\\)".*/\\1/' "$HOME/item";;
    *) exit 1;; esac`,
  pass: `case $1 in
    insert) [ "$2 $3" = "--multiline --force" ] && cat > "$HOME/$(basename "$4")";;
    show) cat "$HOME/$(basename "$2")";;
    *) exit 1;; esac`,
};

function place(programs: Record<string, string>) {
  const { home } = scratch();
  const bin = join(home, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "$*" >> "$HOME/arguments"\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { home, env: { HOME: home, PATH: `${bin}:/usr/bin:/bin` } };
}

const KEY = 'sk-or-v1-0123456789abcdef';

test.each(Object.keys(PROGRAMS))('%s keeps a key, which never stands in an argument', async (program) => {
  const { home, env } = place({ [program]: PROGRAMS[program]! });
  const keychain = keychainsHere(env).find((one) => one.program === program)!;
  const command = await storeKey(keychain, 'openrouter', KEY, env);
  expect(command).not.toContain(KEY);
  expect(execFileSync('sh', ['-c', command], { env }).toString().trim()).toBe(KEY);
  expect(readFileSync(join(home, 'arguments'), 'utf8')).not.toContain(KEY);
});

test('only those that are on the PATH are offered', () => {
  const { env } = place({ pass: PROGRAMS['pass']! });
  const here = keychainsHere(env).map(({ program }) => program);
  expect(here).toContain('pass');
  expect(here).not.toContain('op');
  expect(keychainsHere({ PATH: '/nowhere' })).toEqual([]);
  expect(keychainsHere({})).toEqual([]);
});

describe('what went wrong is said without the key', () => {
  test.each([
    ['it fails', 'cat; exit 3', /pass did not take the key \(pass: status 3\)/],
    ['it says nothing and keeps nothing', 'cat > /dev/null', /it does not give the key back/],
    [
      'it gives another one back',
      `case $1 in show) echo other;; *) cat > /dev/null;; esac`,
      /it does not give the key back/,
    ],
  ])('%s', async (_, script, message) => {
    const { env } = place({ pass: script });
    const keychain = keychainsHere(env).find(({ program }) => program === 'pass');
    const error = (await storeKey(keychain!, 'groq', KEY, env).catch((caught: unknown) => caught)) as Error;
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(KEY);
  });

  test('an answer of another kind', async () => {
    const { env } = place({ op: 'cat > /dev/null; echo Signed out' });
    const keychain = keychainsHere(env).find(({ program }) => program === 'op');
    await expect(storeKey(keychain!, 'groq', KEY, env)).rejects.toThrow(/answers otherwise than expected/);
  });

  test.each(['two words', 'a"quote', 'new\nline', ''])('%j is no key', async (key) => {
    const { env } = place({ security: PROGRAMS['security']! });
    const [keychain] = keychainsHere(env);
    await expect(storeKey(keychain!, 'groq', key, env)).rejects.toThrow(/this is no key/);
  });
});
