import type { FailureClass } from '../events.ts';
import type { SwitchBack } from '../report/live.ts';

/** What `failover.on` may name. The other failure classes never fail over, or always do (`translation`). */
export const FAILOVER_CLASSES = [
  'rate_limit',
  'overloaded',
  'server_error',
  'network',
  'timeout',
  'billing',
] as const satisfies FailureClass[];

export const SWITCH_BACK = ['turn', 'manual', 'immediate'] as const satisfies SwitchBack[];

/** Settings as the command line gives them: raw text by option, absent where the option was not given. */
export type Flags = {
  config?: string;
  order?: string;
  switchBack?: string;
  /** False with `--no-failover`. */
  failover?: boolean;
  failoverOn?: string;
  waitUpTo?: string;
  firstByteTimeout?: string;
  budgetPerSession?: string;
  budgetPerDay?: string;
  /** False with `--no-previews`. */
  previews?: boolean;
};

/** Text for one setting, understood or not; `expected` tells the user what would have been. */
export type Parsed<T = unknown> = { ok: true; value: T } | { ok: false; expected: string; near?: string };

/** One setting that a flag or a variable can give. `path` is where it stands in `Config`, and in a file but for the unit. */
export type Setting = {
  path: string;
  filePath: string;
  flag: keyof Flags;
  option: string;
  variable: string;
  parse(text: string): Parsed;
};

/** `500ms`, `60s`, `2m`, `1h`, and a bare `0`, in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(text.trim());
  if (text.trim() === '0') return { ok: true, value: 0 };
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  if (!match || unit === undefined) return { ok: false, expected: 'a duration such as 500ms, 60s or 2m' };
  return { ok: true, value: Math.round(Number(match[1]) * unit) };
}

/** `60s`, the shortest text that `parseDuration` reads back. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms === 0 ? '0s' : `${ms}ms`;
}

/** Every setting that has a flag and a variable, in the order in which `config show` prints them. */
export const SETTINGS: Setting[] = [
  { path: 'order', filePath: 'order', flag: 'order', option: '--order', variable: 'CCMUX_ORDER', parse: parseList },
  {
    path: 'switchBack',
    filePath: 'switchBack',
    flag: 'switchBack',
    option: '--switch-back',
    variable: 'CCMUX_SWITCH_BACK',
    parse: (text) => oneOf(SWITCH_BACK, text.trim()),
  },
  {
    path: 'failover.enabled',
    filePath: 'failover.enabled',
    flag: 'failover',
    option: '--no-failover',
    variable: 'CCMUX_NO_FAILOVER',
    parse: parseOff,
  },
  {
    path: 'failover.on',
    filePath: 'failover.on',
    flag: 'failoverOn',
    option: '--failover-on',
    variable: 'CCMUX_FAILOVER_ON',
    parse: parseClasses,
  },
  {
    path: 'failover.waitUpToMs',
    filePath: 'failover.waitUpTo',
    flag: 'waitUpTo',
    option: '--wait-up-to',
    variable: 'CCMUX_WAIT_UP_TO',
    parse: parseDuration,
  },
  {
    path: 'failover.firstByteTimeoutMs',
    filePath: 'failover.firstByteTimeout',
    flag: 'firstByteTimeout',
    option: '--first-byte-timeout',
    variable: 'CCMUX_FIRST_BYTE_TIMEOUT',
    parse: parseDuration,
  },
  {
    path: 'budget.perSession',
    filePath: 'budget.perSession',
    flag: 'budgetPerSession',
    option: '--budget-per-session',
    variable: 'CCMUX_BUDGET_PER_SESSION',
    parse: parseUsd,
  },
  {
    path: 'budget.perDay',
    filePath: 'budget.perDay',
    flag: 'budgetPerDay',
    option: '--budget-per-day',
    variable: 'CCMUX_BUDGET_PER_DAY',
    parse: parseUsd,
  },
  {
    path: 'report.previews',
    filePath: 'report.previews',
    flag: 'previews',
    option: '--no-previews',
    variable: 'CCMUX_PREVIEWS',
    parse: parseOn,
  },
];

function parseList(text: string): Parsed<string[]> {
  const value = text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  return value.length > 0
    ? { ok: true, value }
    : { ok: false, expected: 'provider ids with commas between: claude,gemini' };
}

function parseClasses(text: string): Parsed<string[]> {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    const parsed = oneOf(FAILOVER_CLASSES, name);
    if (!parsed.ok) return { ...parsed, expected: `some of ${FAILOVER_CLASSES.join(', ')}, with commas between` };
  }
  return { ok: true, value: names };
}

function oneOf<T extends string>(values: readonly T[], text: string): Parsed<T> {
  const found = values.find((value) => value === text);
  return found === undefined
    ? { ok: false, expected: `one of ${values.join(', ')}`, near: text }
    : { ok: true, value: found };
}

function parseUsd(text: string): Parsed<number> {
  const value = Number(text.trim().replace(/^\$/, ''));
  return text.trim() !== '' && Number.isFinite(value) && value >= 0
    ? { ok: true, value }
    : { ok: false, expected: 'an amount in US dollars such as 5 or 2.50' };
}

function parseOn(text: string): Parsed<boolean> {
  if (/^(1|true|on|yes)$/i.test(text)) return { ok: true, value: true };
  if (/^(0|false|off|no)$/i.test(text)) return { ok: true, value: false };
  return { ok: false, expected: '1 or 0' };
}

/** `CCMUX_NO_FAILOVER=1` turns the setting off. */
function parseOff(text: string): Parsed<boolean> {
  const parsed = parseOn(text);
  return parsed.ok ? { ok: true, value: !parsed.value } : parsed;
}
