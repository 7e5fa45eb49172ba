import { afterEach, describe, expect, it, vi } from 'vitest';
import { readPeriod } from '../../src/cli/period.ts';

afterEach(() => void vi.unstubAllEnvs());

/** Five days after the clocks went forward in Berlin: Friday, 2 April 2027, 15:30. */
const NOW = Date.parse('2027-04-02T13:30:00Z');

describe('--since and --until', () => {
  it.each<[text: string, since: string, until: string]>([
    ['today', '2027-04-01T22:00:00.000Z', '2027-04-02T22:00:00.000Z'],
    ['Yesterday', '2027-03-31T22:00:00.000Z', '2027-04-01T22:00:00.000Z'],
    // Whole local days: the first of the seven is before the change of the clocks.
    ['7d', '2027-03-26T23:00:00.000Z', '2027-03-26T23:00:00.000Z'],
    ['1w', '2027-03-26T23:00:00.000Z', '2027-03-26T23:00:00.000Z'],
    ['1d', '2027-04-01T22:00:00.000Z', '2027-04-01T22:00:00.000Z'],
    ['24h', '2027-04-01T13:30:00.000Z', '2027-04-01T13:30:00.000Z'],
    ['2027-03-28', '2027-03-27T23:00:00.000Z', '2027-03-28T22:00:00.000Z'],
    ['2027-03-28T14:30', '2027-03-28T12:30:00.000Z', '2027-03-28T12:30:00.000Z'],
    ['2027-03-28 14:30', '2027-03-28T12:30:00.000Z', '2027-03-28T12:30:00.000Z'],
    ['2027-03-28T14:30:00Z', '2027-03-28T14:30:00.000Z', '2027-03-28T14:30:00.000Z'],
  ])('%s', (text, since, until) => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(new Date(readPeriod({ since: text }, NOW).since!).toISOString()).toBe(since);
    expect(new Date(readPeriod({ until: text }, NOW).until!).toISOString()).toBe(until);
  });

  it.each(['', '7', 'd', '-7d', '7 days', '2027-02-29', '2027-13-01', '28.03.2027', 'last week', '2027-03-28T25:00'])(
    'refuse %j, and say what they take',
    (text) => {
      expect(() => readPeriod({ since: text }, NOW)).toThrow(/^--since: expected a moment such as 7d, 24h/);
      expect(() => readPeriod({ until: text }, NOW)).toThrow(/^--until: expected a moment such as 7d, 24h/);
    },
  );

  it('refuse a period in which nothing can lie', () => {
    expect(() => readPeriod({ since: 'today', until: 'yesterday' }, NOW)).toThrow(
      '--since today begins after --until yesterday ends',
    );
    expect(() => readPeriod({ since: '2028-01-01' }, NOW)).toThrow('--since 2028-01-01 is in the future');
    expect(readPeriod({}, NOW)).toEqual({ since: undefined, until: undefined });
  });
});
