import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

type Damage = [name: string, put: (place: string) => void, cause: string];

/** What a person, a crash or a disk may have put in a file's place, and what the user is told of it. Root reads anything. */
export const DAMAGES: readonly Damage[] = [
  ['a folder', (place) => mkdirSync(place), 'a folder stands where a file should be'],
  ['more than fits', putHuge, 'it is too large'],
  ...(process.platform === 'win32'
    ? []
    : ([
        ['links in a circle', (place) => symlinkSync(basename(place), place), 'its links lead in a circle'],
        [
          'a pipe',
          (place) => execFileSync('sh', ['-c', 'mkfifo "$0"', place]),
          'it is no file, but a pipe, a socket or a device',
        ],
      ] satisfies Damage[])),
];

/** It has a hole, so no disk is filled. */
function putHuge(place: string): void {
  writeFileSync(place, '');
  truncateSync(place, 3 * 1024 ** 3);
}
