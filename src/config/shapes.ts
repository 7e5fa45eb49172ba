import type { z, ZodType } from 'zod';
import { A_DURATION, DURATION, formatDuration, parseDuration } from './duration.ts';
import type { Parsed } from './parsed.ts';

/**
 * The shape of a setting in its three forms: text (a flag, a variable), a value in a file, and the program's value. A
 * file and the program differ for durations alone: `60s` there, milliseconds here.
 */
export type Shape<InFile, Value = InFile> = {
  /** The text of a flag or a variable. @returns the value as a file would hold it. */
  parse(text: string): Parsed<InFile>;
  /** Parses the text of `ccmux config set`, if the variable is the opposite. */
  assign?(text: string): Parsed<InFile>;
  /**
   * The check of a file's value, from which its JSON Schema follows. zod is passed in, because a launch
   * without a mistake in a file does not load it.
   */
  check(zod: typeof z): ZodType<InFile>;
  read(value: InFile): Value;
  /** As `config show` prints it; left out: as a file holds it. */
  show?(value: Value): unknown;
  /** What a flag's value is called in the help. */
  placeholder?: string;
  /** The names that can stand here: one of them, or some. */
  names?: readonly string[];
  choice?: 'one' | 'some';
  /** The word for an empty list in a flag. */
  none?: string;
};

type Named<InFile, Name> = Omit<Shape<InFile>, 'names'> & { names: readonly Name[] };

const same = <T>(value: T): T => value;

/** On or off. */
export const onOff: Shape<boolean> = {
  parse: parseOnOff,
  check: (z) => z.boolean({ error: 'true or false' }),
  read: same,
};

/** On, where the variable is named after its opposite: `CCMUX_NO_FAILOVER=1` turns it off. */
export const onUnless: Shape<boolean> = {
  ...onOff,
  parse(text) {
    const parsed = parseOnOff(text);
    return parsed.ok ? { ok: true, value: !parsed.value } : parsed;
  },
  assign: parseOnOff,
};

export const duration: Shape<string, number> = {
  placeholder: 'duration',
  parse: parseDurationText,
  check: (z) => z.string({ error: A_DURATION }).regex(DURATION, { error: A_DURATION }),
  read: milliseconds,
  show: formatDuration,
};

/** Several durations by name: `firstByte=30s,whole=2m`. @param meanings what each of them is for. */
export function durations<Name extends string>(
  meanings: Record<Name, string>,
): Shape<Partial<Record<Name, string>>, Record<Name, number>> {
  const names = Object.keys(meanings) as Name[];
  return {
    placeholder: 'limits',
    parse(text) {
      const value: Partial<Record<Name, string>> = {};
      for (const pair of itemsOf(text)) {
        const [name = '', time = ''] = pair.split('=').map((part) => part.trim());
        const known = parseName(names, name);
        if (!known.ok) return known;
        const parsed = parseDurationText(time);
        if (!parsed.ok) return parsed;
        value[known.value] = time;
      }
      return Object.keys(value).length > 0 ? { ok: true, value } : { ok: false, expected: 'limits such as whole=2m' };
    },
    check: (z) => {
      const each = names.map((name) => [name, duration.check(z).optional().describe(sentence(meanings[name]))]);
      return z.strictObject(Object.fromEntries(each), A_MAPPING) as unknown as ZodType<Partial<Record<Name, string>>>;
    },
    read: (value) =>
      Object.fromEntries(names.map((name) => [name, milliseconds(value[name] ?? '0')])) as Record<Name, number>,
  };
}

export const usd: Shape<number> = {
  placeholder: 'usd',
  parse(text) {
    const value = Number(text.trim().replace(/^\$/, ''));
    const ok = text.trim() !== '' && Number.isFinite(value) && value >= 0;
    return ok ? { ok: true, value } : { ok: false, expected: AN_AMOUNT };
  },
  check: (z) => z.number({ error: AN_AMOUNT }).nonnegative({ error: AN_AMOUNT }),
  read: same,
};

const AN_AMOUNT = 'an amount in US dollars such as 5 or 2.50';

/** A whole number from 0 to `most`. */
export function upTo(most: number): Shape<number> {
  const error = `a whole number from 0 to ${most}`;
  return {
    placeholder: 'number',
    parse(text) {
      const value = Number(text.trim());
      const ok = /^\d+$/.test(text.trim()) && value <= most;
      return ok ? { ok: true, value } : { ok: false, expected: error };
    },
    check: (z) => z.int({ error }).min(0, { error }).max(most, { error }),
    read: same,
  };
}

/** One of these names. @param meanings each name of the type, and what it means: the compiler misses none. */
export function oneOf<Name extends string>(
  placeholder: string,
  meanings: Record<Name, string>,
): Named<Name, Name> & { meanings: Record<Name, string> } {
  const names = Object.keys(meanings) as Name[];
  return {
    placeholder,
    names,
    meanings,
    choice: 'one',
    parse: (text) => parseName(names, text.trim()),
    check: (z) => z.enum(names, { error: `one of ${names.join(', ')}` }),
    read: same,
  };
}

/**
 * Some of these names, in any order.
 * @param all the type's names, where only the true ones may be named: the compiler misses none.
 * @param may `none`: the word for an empty list, on the command line. `empty`: why a file's list may not be empty.
 */
export function someOf<Name extends string>(
  placeholder: string,
  all: Record<Name, boolean>,
  may: { none?: string; empty?: string } = {},
): Named<Name[], Name> {
  const names = (Object.keys(all) as Name[]).filter((name) => all[name]);
  const error = `some of ${names.join(', ')}`;
  return {
    placeholder,
    names,
    choice: 'some',
    ...(may.none !== undefined && { none: may.none }),
    parse(text) {
      const value: Name[] = [];
      for (const item of text.trim() === may.none ? [] : itemsOf(text)) {
        const parsed = parseName(names, item);
        if (!parsed.ok) return { ...parsed, expected: `${error}, with commas between` };
        value.push(parsed.value);
      }
      return { ok: true, value };
    },
    check(z) {
      const list = z.array(z.enum(names, { error }), { error: `a list of ${error}` });
      return may.empty === undefined ? list : list.min(1, { error: may.empty });
    },
    read: same,
  };
}

/** Who answers: ids of providers, each once. */
export const providerIds: Shape<string[]> = {
  placeholder: 'providers',
  parse(text) {
    const value = itemsOf(text);
    return value.length > 0
      ? { ok: true, value }
      : { ok: false, expected: 'provider ids with commas between: claude,gemini' };
  },
  check: (z) =>
    z
      .array(providerId(z), { error: 'a list of provider ids: [claude, gemini]' })
      .min(1, { error: 'a list of at least one provider id' }),
  read: (ids) => [...new Set(ids)],
};

export function providerId(zod: typeof z): z.ZodString {
  return zod
    .string({ error: 'a provider id' })
    .regex(/^[a-z][a-z0-9_-]*$/, { error: 'a provider id (small letters, digits, - and _)' });
}

/** What a file's mapping is called where something else stands in its place. */
export const A_MAPPING = { error: 'a mapping of names to values' };

/** A setting's meaning, as a sentence of its own. */
export function sentence(meaning: string): string {
  return `${meaning[0]?.toUpperCase()}${meaning.slice(1)}.`;
}

/** What stands between commas. */
export function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseName<Name extends string>(names: readonly Name[], text: string): Parsed<Name> {
  const found = names.find((name) => name === text);
  return found === undefined
    ? { ok: false, expected: `one of ${names.join(', ')}`, near: text, names }
    : { ok: true, value: found };
}

function parseOnOff(text: string): Parsed<boolean> {
  if (/^(1|true|on|yes)$/i.test(text)) return { ok: true, value: true };
  if (/^(0|false|off|no)$/i.test(text)) return { ok: true, value: false };
  return { ok: false, expected: '1 or 0' };
}

function parseDurationText(text: string): Parsed<string> {
  const parsed = parseDuration(text);
  return parsed.ok ? { ok: true, value: text.trim() } : parsed;
}

/** Of text that has been checked. */
function milliseconds(text: string): number {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value : 0;
}
