import { folders } from '../config/paths.ts';
import { EXIT, UserError } from '../errors.ts';
import { shortId } from '../ground/short-id.ts';
import { styleOf, type Io } from '../report/terminal.ts';
import { loadSummary, resolveSession } from '../state/store.ts';
import { labelsOf } from '../words/label.ts';
import { NO_NOTE, notesText } from '../words/memory.ts';
import { plural } from '../words/text.ts';
import { findKept, openStore, passagesText } from './memory-kept.ts';

/**
 * `ccmux memory show`: the notes that other providers were sent in a session, and what is kept of it for later ones; or
 * one passage. @param options.note the last note alone, byte for byte. @returns 1 where there is neither.
 */
export async function runMemoryShow(options: { name?: string; note: boolean }, io: Io = process): Promise<number> {
  const { sessions } = folders(io.env);
  const { width } = styleOf(io.stdout, io.env);
  const store = await openStore(io);
  const found = options.name === undefined ? undefined : await findKept(store, options.name);
  if (found?.kind === 'passage' && !options.note) {
    io.stdout.write(`${passagesText(found.records, width)}\n`);
    return 0;
  }
  const kept = found?.kind === 'session' ? found.name : undefined;
  const id = kept ?? (await resolveSession(sessions, options.name ?? 'last'));
  const { notes = [], providers = [] } = (await loadSummary(sessions, id)) ?? {};
  if (options.note) {
    const text = notes.findLast((note) => note.text !== undefined)?.text;
    if (text === undefined) throw new UserError(NO_NOTE, { exitCode: EXIT.failure });
    io.stdout.write(text);
    return 0;
  }
  const records = await store.list({ session: id });
  io.stdout.write(`${notesText(notes, labelsOf(providers))}\n`);
  if (records.length > 0) {
    io.stdout.write(`\nKept of session ${shortId(id)} for later ones: ${plural(records.length, 'passage')}\n\n`);
    io.stdout.write(`${passagesText(records, width)}\n`);
  }
  return notes.length + records.length === 0 ? EXIT.failure : 0;
}
