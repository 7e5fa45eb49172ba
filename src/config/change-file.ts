import { parse } from 'yaml';
import { UserError } from '../errors.ts';
import { changedText, type Change } from './change.ts';
import { checkSettings, readWithMistakes } from './file.ts';
import type { Mistake } from './mistakes.ts';
import { writePrivateFile } from './paths.ts';
import { providerMistakes } from './provider-mistakes.ts';

const fs = process.getBuiltinModule('node:fs');

/**
 * Changes settings in the user's own configuration file, and creates the file if necessary. Nothing is written if a
 * change would be a mistake; other mistakes in the file stay.
 * @param catalogue ids of the known providers.
 * @param begin what a new file begins with.
 * @returns false if all of it was so already.
 * @throws UserError that names what was expected.
 */
export async function changeFile(
  file: string,
  changes: readonly Change[],
  catalogue: ReadonlySet<string>,
  begin = '',
): Promise<boolean> {
  const text = fs.existsSync(file) ? (await readWithMistakes(file)).text : begin;
  const before = await mistakesIn(file, text, catalogue);
  refuse(before.filter(({ place }) => changes.some(({ path }) => place.length < path.length && isWithin(path, place))));
  const after = changedText(file, text, changes);
  const mistakes = await mistakesIn(file, after, catalogue);
  const old = new Set(before.map(({ text }) => text));
  const isAbout = ({ place }: Mistake) => changes.some(({ path }) => isWithin(place, path) || isWithin(path, place));
  refuse(
    mistakes.filter((mistake) => isAbout(mistake) || !old.has(mistake.text)),
    changes,
  );
  await writePrivateFile(file, after);
  return after !== text;
}

async function mistakesIn(file: string, text: string, catalogue: ReadonlySet<string>): Promise<Mistake[]> {
  const content: unknown = file.endsWith('.json') && text !== '' ? JSON.parse(text) : parse(text);
  const { settings, mistakes } = await checkSettings(content);
  const named = { providers: {}, ...settings } as Parameters<typeof providerMistakes>[0];
  return [...mistakes, ...(await providerMistakes(named, catalogue))];
}

function refuse([mistake]: readonly Mistake[], changes: readonly Change[] = []): void {
  if (mistake) throw new UserError(`${ended(sentence(mistake, changes))} Nothing was changed.`);
}

function ended(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** A change can make another setting a mistake: one that it needs beside it, or one that names what it takes out. */
function sentence({ place, text }: Mistake, changes: readonly Change[]): string {
  const [change] = changes;
  if (!change) return text;
  const { path, value } = change;
  const setting = path.join('.');
  const holder = path.slice(0, -1);
  const isBeside = holder.length > 0 && isWithin(place, holder) && place.length > holder.length;
  const isOwn = changes.some((one) => isWithin(place, one.path) || isWithin(one.path, place));
  if (value === undefined) {
    const whole = isBeside ? ` To take out all of it: ccmux config set ${holder.join('.')} --unset` : '';
    return isOwn ? `${text}${whole}` : `${setting} is still needed: ${text}${whole}`;
  }
  if (isOwn) return text;
  if (!isBeside) return `with this value of ${setting}, ${text}`;
  const missing = place.slice(holder.length).map(String).join('.');
  const both = `'{ ${path.at(-1)}: …, ${missing}: … }'`;
  return `${setting} is not enough: ${text} Give both: ccmux config set ${holder.join('.')} ${both}`;
}

function isWithin(place: readonly PropertyKey[], holder: readonly PropertyKey[]): boolean {
  return holder.every((key, index) => String(place[index]) === String(key));
}
