import { UserError } from '../errors.ts';
import { valueAt } from './leaves.ts';
import { didYouMean } from './nearest.ts';
import { printable } from './printable.ts';

/** A mistake in a configuration file. */
export type Mistake = {
  /** The setting that it is about. */
  place: readonly PropertyKey[];
  /** The place by name, what was expected there, and the nearest valid name. */
  text: string;
};

/** What zod says of it. */
export type Issue = {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  values?: unknown[];
  issues?: Issue[];
  /** Of a union, for each of its members. */
  errors?: Issue[][];
};

/**
 * One issue for each mistake. If a mapping or a number is allowed, a mapping with a mistake was meant as a mapping, so
 * its own mistakes are reported.
 */
export function issuesOf(issue: unknown, content: unknown): Issue[] {
  const { code, path: place, keys = [], errors = [] } = issue as Issue;
  if (code === 'unrecognized_keys') return keys.map((key) => ({ ...(issue as Issue), keys: [key] }));
  const value = valueAt(content, place);
  const inner = errors.at(-1) ?? [];
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (code !== 'invalid_union' || !isMapping || inner.length === 0) return [issue as Issue];
  return inner.flatMap((one) => issuesOf({ ...one, path: [...place, ...one.path] }, content));
}

export async function mistakeOf(issue: Issue, content: unknown): Promise<Mistake> {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys?.[0] ?? '';
    const place = [...issue.path, key];
    const valid = await keysAt(issue.path);
    const hint = (await didYouMean(key, valid)) || ` Known here: ${valid.join(', ')}.`;
    return { place, text: `${printPath(place)} is not a setting.${hint}` };
  }
  const where = issue.path.length === 0 ? '' : `${printPath(issue.path)}: `;
  // A bad key of a record: zod puts what was expected of the key inside.
  const expected = issue.code === 'invalid_key' ? (issue.issues?.[0]?.message ?? issue.message) : issue.message;
  const value = valueAt(content, issue.path);
  const found = issue.code === 'invalid_key' || isSecret(issue.path) ? '' : `, found ${describe(value)}`;
  const near = typeof value === 'string' ? await didYouMean(value, (issue.values ?? []).map(String)) : '';
  return { place: issue.path, text: `${where}expected ${expected}${found}.${near}` };
}

/**
 * The part to leave out for an issue: its setting; a whole list; or, if something is missing, its parent.
 * @returns an empty path where it is the whole file.
 */
export function wrongPart(settings: unknown, { path: place, keys = [] }: Issue): PropertyKey[] {
  const wrong = [...place, ...keys];
  // Without its wrong member the list would mean something else.
  const list = wrong.findIndex((_, depth) => Array.isArray(valueAt(settings, wrong.slice(0, depth))));
  if (list !== -1) wrong.splice(list);
  while (wrong.length > 0 && valueAt(settings, wrong) === undefined) wrong.pop();
  return wrong;
}

/** The mistakes of a text in its order, each with its line. */
export async function withLines(text: string, mistakes: readonly Mistake[]): Promise<string[]> {
  if (mistakes.length === 0) return [];
  const { createLines } = await import('./lines.ts');
  const lineOf = createLines(text);
  return mistakes
    .map(({ place, text: what }) => ({ what, line: lineOf(place) }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ what, line }) => (line === undefined ? what : `line ${line}: ${what}`));
}

/** All mistakes of a file in one error. */
export async function mistakesError(file: string, text: string, mistakes: readonly Mistake[]): Promise<UserError> {
  const lines = await withLines(text, mistakes);
  if (lines.length === 1) return new UserError(`${file}: ${lines[0]}`);
  const head = `${file} has ${lines.length} mistakes. Correct them with: ccmux config edit`;
  return new UserError([head, ...lines].join('\n  '));
}

/** The names that are valid at a place. */
async function keysAt(place: readonly PropertyKey[]): Promise<string[]> {
  const { schemaAt } = await import('./schema-at.ts');
  return Object.keys(schemaAt(place)?.properties ?? {}).filter((key) => key !== '$schema');
}

/** @example `failover.on[1]` */
function printPath(place: readonly PropertyKey[]): string {
  return printable(
    place
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
      .join('')
      .replace(/^\./, ''),
  );
}

/** A key or password in the wrong place must not appear in an error. */
function isSecret(place: readonly PropertyKey[]): boolean {
  return place.some((key) =>
    ['apiKey', 'apiKeyCommand', 'headers', 'baseUrl', 'shared', 'sharedPasswordCommand'].includes(String(key)),
  );
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'a mapping' : printable(JSON.stringify(value), 60);
}
