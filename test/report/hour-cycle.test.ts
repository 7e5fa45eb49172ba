import { expect, it } from 'vitest';
import { hourCycleOf } from '../../src/report/hour-cycle.ts';

it.each<[Record<string, string>, 'h12' | 'h23']>([
  [{}, 'h23'],
  [{ LANG: 'C.UTF-8' }, 'h23'],
  [{ LANG: 'POSIX' }, 'h23'],
  [{ LANG: 'en_US.UTF-8' }, 'h12'],
  [{ LANG: 'en_GB.UTF-8' }, 'h23'],
  [{ LANG: 'de_DE@euro' }, 'h23'],
  [{ LANG: 'de_DE.UTF-8', LC_TIME: 'en_US.UTF-8' }, 'h12'],
  [{ LANG: 'en_US.UTF-8', LC_TIME: 'en_AU.UTF-8', LC_ALL: 'fr_FR.UTF-8' }, 'h23'],
  [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, 'h12'],
  [{ LANG: 'hi_IN' }, 'h12'],
  [{ LANG: 'no such locale' }, 'h23'],
])('%o has the clock %s', (env, cycle) => expect(hourCycleOf(env)).toBe(cycle));
