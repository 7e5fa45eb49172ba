import type { FailureClass } from '../events.ts';
import type { SafetyChecks } from '../failover/safety.ts';
import type { FooterField, Notification, SwitchBack } from '../state/live.ts';

/** What `failover.on` may name. The other failure classes never fail over, or always do (`translation`). */
export const FAILOVER_CLASSES = [
  'rate_limit',
  'overloaded',
  'server_error',
  'network',
  'timeout',
  'billing',
] as const satisfies FailureClass[];

/** Who judges a fallback's actions in auto mode while Claude cannot; from the strictest to the loosest. */
export const SAFETY_CHECKS = ['claude', 'ask', 'other'] as const satisfies SafetyChecks[];

/** What the footer can show, in the order in which it stands there unless `footer.format` says otherwise. */
export const FOOTER_FIELDS = ['who', 'next', 'limits', 'approvals', 'budget', 'cost'] as const satisfies FooterField[];

/** What a desktop notification or a bell can tell. */
export const NOTIFICATIONS = ['switched', 'nobody', 'back'] as const satisfies Notification[];

export const SWITCH_BACK = ['turn', 'manual', 'immediate'] as const satisfies SwitchBack[];

/** Settings as the command line gives them: raw text by option, absent where the option was not given. */
export type Flags = {
  config?: string;
  /** Answers what a first run would ask: conversations may go to the providers whose keys are found. */
  yes?: boolean;
  order?: string;
  switchBack?: string;
  /** False with `--no-failover`. */
  failover?: boolean;
  failoverOn?: string;
  waitUpTo?: string;
  firstByteTimeout?: string;
  retries?: string;
  safetyChecks?: string;
  limits?: string;
  footerFormat?: string;
  notify?: string;
  budgetPerSession?: string;
  budgetPerDay?: string;
  /** False with `--no-previews`. */
  previews?: boolean;
  /** False with `--no-first-party`. */
  firstParty?: boolean;
};

/** Text for one setting, understood or not: then what was expected, and what was typed where one of `names` belongs. */
export type Parsed<T = unknown> =
  | { ok: true; value: T }
  | { ok: false; expected: string; near?: string; names?: readonly string[] };

/** One setting that a flag or a variable can give. */
export type Setting = {
  /** Where it stands in a configuration file. */
  path: string;
  flag: keyof Flags;
  option: string;
  variable: string;
  /** @returns the value as a file would hold it: durations stay text. */
  parse(text: string): Parsed;
};

/** More tries than that within two seconds would be a nuisance to a host in trouble. */
export const MOST_RETRIES = 5;

/** What a setting may be, in the words of an error: shared by flags, variables and files. */
export const EXPECTED = {
  duration: 'a duration such as 500ms, 60s or 2m',
  safetyChecks: `one of ${SAFETY_CHECKS.join(', ')}`,
  switchBack: `one of ${SWITCH_BACK.join(', ')}`,
  failoverOn: `some of ${FAILOVER_CLASSES.join(', ')}`,
  footer: `some of ${FOOTER_FIELDS.join(', ')}`,
  notify: `some of ${NOTIFICATIONS.join(', ')}`,
  retries: 'a whole number from 0 to 5',
  usd: 'an amount in US dollars such as 5 or 2.50',
} as const;

/** What a duration looks like, for the parser and for the JSON Schema. */
export const DURATION = /^(0|(\d+(?:\.\d+)?)(ms|s|m|h))$/;

/** `500ms`, `60s`, `2m`, `1h`, and a bare `0`, in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const match = DURATION.exec(text.trim());
  if (match?.[1] === '0') return { ok: true, value: 0 };
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[3] ?? ''];
  if (!match || unit === undefined) return { ok: false, expected: EXPECTED.duration };
  return { ok: true, value: Math.round(Number(match[2]) * unit) };
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
  { path: 'order', flag: 'order', option: '--order', variable: 'CCMUX_ORDER', parse: parseList },
  {
    path: 'switchBack',
    flag: 'switchBack',
    option: '--switch-back',
    variable: 'CCMUX_SWITCH_BACK',
    parse: (text) => oneOf(SWITCH_BACK, text.trim()),
  },
  {
    path: 'failover.enabled',
    flag: 'failover',
    option: '--no-failover',
    variable: 'CCMUX_NO_FAILOVER',
    parse: parseOff,
  },
  {
    path: 'failover.on',
    flag: 'failoverOn',
    option: '--failover-on',
    variable: 'CCMUX_FAILOVER_ON',
    parse: (text) => someOf(FAILOVER_CLASSES, EXPECTED.failoverOn, text),
  },
  {
    path: 'failover.waitUpTo',
    flag: 'waitUpTo',
    option: '--wait',
    variable: 'CCMUX_WAIT_UP_TO',
    parse: checkDuration,
  },
  {
    path: 'failover.firstByteTimeout',
    flag: 'firstByteTimeout',
    option: '--first-byte-timeout',
    variable: 'CCMUX_FIRST_BYTE_TIMEOUT',
    parse: checkDuration,
  },
  {
    path: 'failover.retries',
    flag: 'retries',
    option: '--retries',
    variable: 'CCMUX_RETRIES',
    parse: parseRetries,
  },
  { path: 'limits', flag: 'limits', option: '--limits', variable: 'CCMUX_LIMITS', parse: parseLimits },
  {
    path: 'failover.safetyChecks',
    flag: 'safetyChecks',
    option: '--safety-checks',
    variable: 'CCMUX_SAFETY_CHECKS',
    parse: (text) => oneOf(SAFETY_CHECKS, text.trim()),
  },
  {
    path: 'footer.format',
    flag: 'footerFormat',
    option: '--footer-format',
    variable: 'CCMUX_FOOTER_FORMAT',
    parse: (text) => someOf(FOOTER_FIELDS, EXPECTED.footer, text),
  },
  {
    path: 'notify',
    flag: 'notify',
    option: '--notify',
    variable: 'CCMUX_NOTIFY',
    parse: (text) => (text.trim() === 'none' ? { ok: true, value: [] } : someOf(NOTIFICATIONS, EXPECTED.notify, text)),
  },
  {
    path: 'budget.perSession',
    flag: 'budgetPerSession',
    option: '--budget-per-session',
    variable: 'CCMUX_BUDGET_PER_SESSION',
    parse: parseUsd,
  },
  {
    path: 'budget.perDay',
    flag: 'budgetPerDay',
    option: '--budget-per-day',
    variable: 'CCMUX_BUDGET_PER_DAY',
    parse: parseUsd,
  },
  {
    path: 'report.previews',
    flag: 'previews',
    option: '--no-previews',
    variable: 'CCMUX_PREVIEWS',
    parse: parseOn,
  },
  {
    path: 'client.firstParty',
    flag: 'firstParty',
    option: '--no-first-party',
    variable: 'CCMUX_FIRST_PARTY',
    parse: parseOn,
  },
];

function checkDuration(text: string): Parsed<string> {
  const parsed = parseDuration(text);
  return parsed.ok ? { ok: true, value: text.trim() } : parsed;
}

function parseList(text: string): Parsed<string[]> {
  const value = text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  return value.length > 0
    ? { ok: true, value }
    : { ok: false, expected: 'provider ids with commas between: claude,gemini' };
}

function someOf(values: readonly string[], expected: string, text: string): Parsed<string[]> {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    const parsed = oneOf(values, name);
    if (!parsed.ok) return { ...parsed, expected: `${expected}, with commas between` };
  }
  return { ok: true, value: names };
}

function oneOf<T extends string>(values: readonly T[], text: string): Parsed<T> {
  const found = values.find((value) => value === text);
  return found === undefined
    ? { ok: false, expected: `one of ${values.join(', ')}`, near: text, names: values }
    : { ok: true, value: found };
}

/** What a provider may take time for, each with a limit of its own. */
const LIMITS = ['connect', 'firstByte', 'silence', 'firstContent', 'whole', 'afterContent'] as const;

/** `firstByte=30s,whole=2m` */
function parseLimits(text: string): Parsed<Record<string, string>> {
  const value: Record<string, string> = {};
  for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
    const [name = '', duration = ''] = pair.split('=').map((part) => part.trim());
    const known = oneOf(LIMITS, name);
    if (!known.ok) return known;
    const parsed = checkDuration(duration);
    if (!parsed.ok) return parsed;
    value[name] = duration;
  }
  return Object.keys(value).length > 0 ? { ok: true, value } : { ok: false, expected: 'limits such as whole=2m' };
}

function parseRetries(text: string): Parsed<number> {
  const value = Number(text.trim());
  const ok = /^\d+$/.test(text.trim()) && value <= MOST_RETRIES;
  return ok ? { ok: true, value } : { ok: false, expected: EXPECTED.retries };
}

function parseUsd(text: string): Parsed<number> {
  const value = Number(text.trim().replace(/^\$/, ''));
  return text.trim() !== '' && Number.isFinite(value) && value >= 0
    ? { ok: true, value }
    : { ok: false, expected: EXPECTED.usd };
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
