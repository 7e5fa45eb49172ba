import { folders } from '../config/paths.ts';
import type { Flags } from '../config/settings.ts';
import { EXIT, UserError } from '../errors.ts';
import type { Io } from '../report/terminal.ts';
import { loadSummary, resolveSession } from '../state/store.ts';
import { NO_NOTE, notesText } from '../words/memory.ts';

/**
 * `ccmux memory show`: the notes that other providers were sent in a session. @param options.note the last one alone,
 * byte for byte. @returns 1 where there is none.
 */
export async function runMemoryShow(options: { session?: string; note: boolean }, io: Io = process): Promise<number> {
  const { sessions } = folders(io.env);
  const id = await resolveSession(sessions, options.session ?? 'last');
  const { notes = [], providers = [] } = (await loadSummary(sessions, id)) ?? {};
  const label = (provider: string) => providers.find((one) => one.id === provider)?.label ?? provider;
  if (options.note) {
    const text = notes.findLast((note) => note.text !== undefined)?.text;
    if (text === undefined) throw new UserError(NO_NOTE, { exitCode: EXIT.failure });
    io.stdout.write(text);
    return 0;
  }
  io.stdout.write(`${notesText(notes, label)}\n`);
  return notes.length === 0 ? EXIT.failure : 0;
}

/** `ccmux memory on|off`: whether notes are written at all, from the next launch on. @returns the exit code. */
export async function runMemorySwitch({ on, flags }: { on: boolean; flags: Flags }): Promise<number> {
  const { runConfigSet } = await import('./config-change.ts');
  return runConfigSet({ setting: 'memory.mode', value: on ? 'session' : 'off', unset: false, flags });
}
