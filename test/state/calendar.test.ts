import { afterEach, describe, expect, it, vi } from 'vitest';
import { dayOf, dayStart, weekOf } from '../../src/state/calendar.ts';

afterEach(() => void vi.unstubAllEnvs());

const H = 3_600_000;

describe('a day of the calendar', () => {
  it.each<[zone: string, moment: string, day: string]>([
    ['UTC', '2026-11-22T23:59:59.999Z', '2026-11-22'],
    ['Europe/Berlin', '2026-11-22T23:30:00Z', '2026-11-23'],
    ['America/New_York', '2026-01-01T04:59:00Z', '2025-12-31'],
    ['Asia/Kolkata', '2026-02-28T18:30:00Z', '2026-03-01'],
    ['Pacific/Kiritimati', '2026-11-26T10:00:00Z', '2026-11-27'],
    // The hour that comes twice belongs to one day.
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01'],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01'],
  ])('in %s, %s is %s', (zone, moment, day) => {
    vi.stubEnv('TZ', zone);
    expect(dayOf(Date.parse(moment))).toBe(day);
  });

  it.each<[zone: string, day: string, hours: number]>([
    ['Europe/Berlin', '2026-11-22T12:00:00Z', 24],
    ['Europe/Berlin', '2027-03-28T12:00:00Z', 23],
    ['America/New_York', '2026-11-01T12:00:00Z', 25],
    ['Australia/Lord_Howe', '2026-10-04T02:00:00Z', 23.5],
    // The clock goes from 23:59 to 01:00: this day has no midnight.
    ['Africa/Cairo', '2026-04-24T12:00:00Z', 23],
  ])('in %s, the day of %s has %d hours', (zone, moment, hours) => {
    vi.stubEnv('TZ', zone);
    const at = Date.parse(moment);
    expect((dayStart(at, 1) - dayStart(at)) / H).toBe(hours);
    expect(dayOf(dayStart(at))).toBe(dayOf(at));
    expect(dayOf(dayStart(at) - 1)).not.toBe(dayOf(at));
  });
});

describe('a week by ISO 8601', () => {
  it.each([
    ['2026-11-22', '2026-W47'], // a Sunday
    ['2026-11-23', '2026-W48'],
    ['2026-01-01', '2026-W01'], // a Thursday
    ['2027-01-01', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
    ['2024-12-30', '2025-W01'],
    ['2023-01-01', '2022-W52'],
    ['2020-12-31', '2020-W53'],
  ])('%s is in %s, wherever it is', (day, week) => {
    for (const zone of ['UTC', 'America/New_York', 'Europe/Berlin', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      vi.stubEnv('TZ', zone);
      for (const time of ['00:00', '12:00', '23:59']) expect(weekOf(new Date(`${day}T${time}`).getTime())).toBe(week);
    }
  });
});
