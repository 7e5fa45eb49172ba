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
 * @throws UserError that names what was expected.
 */
export async function changeFile(
  file: string,
  changes: readonly Change[],
  catalogue: ReadonlySet<string>,
  begin = '',
): Promise<void> {
  const text = fs.existsSync(file) ? (await readWithMistakes(file)).text : begin;
  const before = await mistakesIn(file, text, catalogue);
  refuse(before.filter(({ place }) => changes.some(({ path }) => place.length < path.length && isWithin(path, place))));
  const after = changedText(file, text, changes);
  const mistakes = await mistakesIn(file, after, catalogue);
  refuse(mistakes.filter(({ place }) => changes.some(({ path }) => isWithin(place, path) || isWithin(path, place))));
  await writePrivateFile(file, after);
}

async function mistakesIn(file: string, text: string, catalogue: ReadonlySet<string>): Promise<Mistake[]> {
  const content: unknown = file.endsWith('.json') && text !== '' ? JSON.parse(text) : parse(text);
  const { settings, mistakes } = await checkSettings(content);
  const named = { providers: {}, ...settings } as Parameters<typeof providerMistakes>[0];
  return [...mistakes, ...(await providerMistakes(named, catalogue))];
}

function refuse([first]: readonly Mistake[]): void {
  if (first) throw new UserError(`${first.text} Nothing was changed.`);
}

function isWithin(place: readonly PropertyKey[], holder: readonly PropertyKey[]): boolean {
  return holder.every((key, index) => String(place[index]) === String(key));
}
