import { EXIT, UserError } from '../errors.ts';
import type { Forgotten, Recall, Selection } from '../memory/recall.ts';
import type { Io } from '../report/terminal.ts';
import { plural } from '../words/text.ts';
import { findKept, openStore, projectOf, type Scope } from './memory-kept.ts';
import { readStart } from './period.ts';

export type ForgetOptions = Scope & { what?: string; before?: string };

const HOW =
  'say what to forget: a session or the id of a passage (ccmux memory list, show), --project, --before 30d, or --all';

/** The notes that quoted them are no part of the store. */
const NOTES_STAY = 'Notes that were sent stay in the reports of their sessions; report.previews: false keeps none.';

/**
 * `ccmux memory forget`: removes passages for good, and says what could not be removed.
 * @returns the exit code: 1 where something is left.
 */
export async function runMemoryForget(options: ForgetOptions, io: Io = process): Promise<number> {
  const { what, project, before, all } = options;
  if ((what !== undefined) === (project !== undefined || before !== undefined || all === true))
    throw new UserError(HOW);
  if (all && before !== undefined) throw new UserError('--before 30d speaks of every project already: leave out --all');
  const store = await openStore(io);
  const { records, left } = what === undefined ? await store.forget(selected(options, io)) : await one(store, what);
  await store.close();
  io.stdout.write(
    `${records === 0 ? 'Nothing of that was kept.' : `Forgotten: ${plural(records, 'passage')}. ${NOTES_STAY}`}\n`,
  );
  for (const place of left) io.stderr.write(`ccmux: not removed: ${place}\n`);
  return left.length === 0 ? 0 : EXIT.failure;
}

function selected({ project, before, all }: ForgetOptions, io: Io): Selection {
  // As `ccmux report --since` counts days.
  const since = before === undefined ? undefined : readStart('--before', before, Date.now());
  const key = project === undefined ? undefined : projectOf({ project, ...(all && { all }) }, io);
  return { ...(key !== undefined && { project: key }), ...(since !== undefined && { before: since }) };
}

async function one(store: Recall, name: string): Promise<Forgotten> {
  const found = await findKept(store, name);
  if (!found) {
    throw new UserError(`nothing is kept under the name "${name}". See: ccmux memory list --all`, {
      exitCode: EXIT.failure,
    });
  }
  return store.forget(found.kind === 'session' ? { session: found.name } : { ids: [found.name] });
}
