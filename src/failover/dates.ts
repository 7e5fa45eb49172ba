/** Dates and times of day as people write them, read into epoch milliseconds. */

/** An IANA zone, or minutes ahead of UTC. */
export type Zone = number | string;

/** Names that say their zone, each with what it stands for. `CST` is left out: it is China's and Chicago's. */
const ZONES: Readonly<Record<string, Zone>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  pt: 'America/Los_Angeles',
  pacific: 'America/Los_Angeles',
  pst: -480,
  pdt: -420,
  mt: 'America/Denver',
  mst: -420,
  mdt: -360,
  ct: 'America/Chicago',
  cdt: -300,
  et: 'America/New_York',
  eastern: 'America/New_York',
  est: -300,
  edt: -240,
  bst: 60,
  cet: 60,
  cest: 120,
  msk: 180,
  ist: 330,
  hkt: 480,
  sgt: 480,
  bjt: 480,
  beijing: 480,
  jst: 540,
  kst: 540,
  aest: 600,
};

const MONTH_NAMES = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\b\\.?';
/** `18:00`, `1:34:05 PM`, `2pm` */
const TIME = String.raw`(?=\d{1,2}(?::\d|\s*[ap]\.?m\b))(?<hour>\d{1,2})(?::(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,]\d+)?)?)?(?:\s*(?<half>[ap])\.?m\b\.?)?`;
const THEN_TIME = String.raw`(?:(?:T|,?\s+(?:at\s+)?|\s*日\s*)${TIME})?`;

/** The forms of a date, each with an example. Where the day is missing it is the next one that has this time. */
const FORMS: readonly string[] = [
  // 2026-11-22T18:00:00Z, 2026/11/22 at 18:00, 2026年11月22日 18:00
  String.raw`(?<year>\d{4})[-/年](?<month>\d{1,2})[-/月](?<day>\d{1,2})(?!\d)${THEN_TIME}`,
  // Sep 3rd, 2026 at 1:34 PM; Sep 3, 13:34
  String.raw`(?<monthName>${MONTH})\s+(?<day>\d{1,2})(?:st|nd|rd|th)?(?!\d|:)(?:,?\s+(?<year>\d{4}))?(?!:)${THEN_TIME}`,
  // 22 Nov 2026 11:00:00
  String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)?\s+(?<monthName>${MONTH})(?:,?\s+(?<year>\d{4}))?(?!:)${THEN_TIME}`,
  // 09-03 13:34:00
  String.raw`(?<![\d-])(?<month>\d{2})-(?<day>\d{2})\s+${TIME}`,
  TIME,
  String.raw`(?<midnight>midnight)`,
];

const ZONE_BEHIND =
  /^\s*[([]?\s*(?:(?:UTC|GMT)?\s*(?<sign>[+-])(?<hours>\d{1,2})(?::?(?<minutes>\d{2}))?\b|(?<iana>[A-Z][A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+)|(?<name>[A-Za-z]{1,8})\b)/;

/**
 * The date at the beginning of a text.
 * @param zone the default where the text names no zone.
 * @returns undefined where the text does not begin with a date, or with an impossible one.
 */
export function readDate(text: string, zone: Zone, now: number): number | undefined {
  for (const form of FORMS) {
    const found = new RegExp(`^${form}`, 'i').exec(text);
    if (found) return momentOf(found.groups ?? {}, zoneBehind(text.slice(found[0].length)) ?? zone, now);
  }
  return undefined;
}

function zoneBehind(rest: string): Zone | undefined {
  const { sign, hours, minutes, iana, name } = ZONE_BEHIND.exec(rest)?.groups ?? {};
  if (hours !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0));
  if (iana !== undefined) return isZone(iana) ? iana : undefined;
  return name === undefined ? undefined : ZONES[name.toLowerCase()];
}

type Fields = Record<string, string | undefined>;

function momentOf(found: Fields, zone: Zone, now: number): number | undefined {
  const today = wallClock(now, zone);
  const time = timeOf(found);
  const month = found['monthName']
    ? MONTH_NAMES.indexOf(found['monthName'].slice(0, 3).toLowerCase())
    : Number(found['month']) - 1;
  if (time === undefined) return undefined;
  if (found['day'] === undefined) {
    // A time of day without its day is the next one.
    const at = inZone({ year: today.year, month: today.month, day: today.day, ...time }, zone);
    return at > now ? at : inZone({ year: today.year, month: today.month, day: today.day + 1, ...time }, zone);
  }
  const day = Number(found['day']);
  if (month < 0 || month > 11 || day < 1 || day > 31) return undefined;
  if (found['year'] !== undefined) return inZone({ year: Number(found['year']), month, day, ...time }, zone);
  const thisYear = inZone({ year: today.year, month, day, ...time }, zone);
  return thisYear > now - HALF_DAY_MS ? thisYear : inZone({ year: today.year + 1, month, day, ...time }, zone);
}

const HALF_DAY_MS = 43_200_000;

function timeOf(found: Fields): { hour: number; minute: number; second: number } | undefined {
  const [hour, minute, second] = ['hour', 'minute', 'second'].map((name) => Number(found[name] ?? 0)) as [
    number,
    number,
    number,
  ];
  const half = found['half']?.toLowerCase();
  if (minute > 59 || second > 60 || hour > (half ? 12 : 24)) return undefined;
  return { hour: half ? (hour % 12) + (half === 'p' ? 12 : 0) : hour, minute, second };
}

type Wall = { year: number; month: number; day: number; hour: number; minute: number; second: number };

/** The moment at which clocks in a zone show this. Fields beyond their range carry over, as with `Date.UTC`. */
export function inZone({ year, month, day, hour, minute, second }: Wall, zone: Zone): number {
  const asUtc = Date.UTC(year, month, day, hour, minute, second);
  if (typeof zone === 'number') return asUtc - zone * 60_000;
  // The offset may change between this guess and the moment: the second look is right on both sides of the change.
  return asUtc - offsetAt(asUtc - offsetAt(asUtc, zone), zone);
}

/** What clocks in a zone show at a moment. */
export function wallClock(at: number, zone: Zone): Wall {
  const shifted = new Date(at + (typeof zone === 'number' ? zone * 60_000 : offsetAt(at, zone)));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
  };
}

/** How far a zone is ahead of UTC at a moment, milliseconds. */
function offsetAt(at: number, zone: string): number {
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
