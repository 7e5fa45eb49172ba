import { expect, test } from 'vitest';
import { followAddress, type Reading } from '../../src/launch/address.ts';

const A = 'https://a.example';
const B = 'https://b.example';

/** `files`: what they say from now on (the clock of their stamp moves on). `asks`: a credential, and where it may go. */
type Step = { files: Reading; broken?: true } | { asks: string | undefined; at: string };

// oxfmt-ignore
test.each<[string, Reading, Step[]]>([
  ['nothing changes', { upstream: A, credential: 'a' }, [{ asks: 'a', at: A }, { asks: 'a', at: A }]],
  ['host and key together', { upstream: A, credential: 'a' }, [{ asks: 'a', at: A }, { files: { upstream: B, credential: 'b' } }, { asks: 'b', at: B }]],
  ['the client is late: its old key stays where it belongs', { upstream: A, credential: 'a' },
    [{ asks: 'a', at: A }, { files: { upstream: B, credential: 'b' } }, { asks: 'a', at: A }, { asks: 'b', at: B }, { asks: 'a', at: A }]],
  ['as a bearer', { upstream: A, credential: 'a' }, [{ asks: 'Bearer a', at: A }, { files: { upstream: B, credential: 'b' } }, { asks: 'Bearer a', at: A }, { asks: 'Bearer b', at: B }]],
  ['the host alone, the key is the same', { upstream: A, credential: 'a' }, [{ asks: 'a', at: A }, { files: { upstream: B, credential: 'a' } }, { asks: 'a', at: B }]],
  ['the host alone, a login', { upstream: A, credential: undefined }, [{ asks: 'Bearer l', at: A }, { files: { upstream: B, credential: undefined } }, { asks: 'Bearer l', at: B }]],
  ['from a login to a gateway with its token', { upstream: A, credential: undefined }, [{ asks: 'Bearer l', at: A }, { files: { upstream: B, credential: 'b' } }, { asks: 'Bearer l', at: A }, { asks: 'Bearer b', at: B }]],
  ['from a gateway with its token back to the login', { upstream: B, credential: 'b' }, [{ asks: 'Bearer b', at: B }, { files: { upstream: A, credential: undefined } }, { asks: 'Bearer b', at: B }, { asks: 'Bearer l', at: A }]],
  ['a refreshed login goes on to the same host', { upstream: A, credential: undefined }, [{ asks: 'Bearer 1', at: A }, { asks: 'Bearer 2', at: A }]],
  ['there and back', { upstream: A, credential: 'a' }, [{ asks: 'a', at: A }, { files: { upstream: B, credential: 'b' } }, { asks: 'b', at: B }, { files: { upstream: A, credential: 'a' } }, { asks: 'a', at: A }, { asks: 'b', at: B }]],
  ['no credential', { upstream: A, credential: 'a' }, [{ asks: undefined, at: A }, { files: { upstream: B, credential: 'b' } }, { asks: undefined, at: B }]],
  ['a file that is being written', { upstream: B, credential: undefined }, [{ asks: 'l', at: B }, { files: { upstream: A, credential: undefined }, broken: true }, { asks: 'l', at: B }, { files: { upstream: B, credential: undefined } }, { asks: 'l', at: B }]],
])('%s', (_what, first, steps) => {
  let files = first;
  let stamp = 0;
  let broken = false;
  const address = followAddress(
    () => files,
    () => String(stamp),
    () => broken,
  );
  for (const step of steps) {
    if ('files' in step) [files, stamp, broken] = [step.files, stamp + 1, step.broken ?? false];
    else expect(address.for(step.asks)).toBe(step.at);
  }
});

test('reads the files for a credential that the host has not seen, even where their stamp is the same', () => {
  let files: Reading = { upstream: A, credential: 'a' };
  const address = followAddress(
    () => files,
    () => 'same',
    () => false,
  );
  expect(address.for('a')).toBe(A);
  files = { upstream: B, credential: 'b' };
  expect(address.for('b')).toBe(B);
});
