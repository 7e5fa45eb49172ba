import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WALLS } from '../../oxlint.config.ts';

const src = join(import.meta.dirname, '..', '..', 'src');

it('the walls of the linter are those that src/ARCHITECTURE.md shows', () => {
  const [, page = ''] = readFileSync(join(src, 'ARCHITECTURE.md'), 'utf8').split('## Who may import whom');
  const names = (cell = '') => cell.split(',').flatMap((name) => name.trim() || []);
  const shown = [...page.split('\n## ')[0]!.matchAll(/^\| `(\w+)` \| ([^|]*)\| ([^|]*)\|/gm)].map(
    ([, room = '', may, types]) => [room, { may: names(may), types: names(types) }],
  );
  const held = Object.entries(WALLS).map(([room, wall]) => [
    room,
    { may: [...wall.may], types: 'types' in wall ? [...wall.types] : [] },
  ]);
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(held));
});

it('every room has its wall', () => {
  const rooms = readdirSync(src, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'))
    .map(({ name }) => name.replace(/\.ts$/, ''));
  expect(Object.keys(WALLS).toSorted()).toEqual([...new Set(rooms)].toSorted());
});
