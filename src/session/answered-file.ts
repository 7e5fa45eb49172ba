import { createHash } from 'node:crypto';
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fields, isNumber, isString } from '../ground/check.ts';
import { makePrivateFolder } from '../ground/folder.ts';
import { FORMAT } from '../ground/format.ts';
import { readRegularFile } from '../ground/regular-file.ts';
import type { Answered, Kept } from '../memory/away.ts';

/** Claude Code itself keeps a conversation for a month, unless the user has it keep more. */
const KEPT_MS = 30 * 24 * 3_600_000;

type Line = Answered & { version: typeof FORMAT; session: string };

const isLine = fields({
  version: (value) => value === FORMAT,
  session: isString,
  turn: isNumber,
  provider: isString,
  place: isNumber,
  key: isString,
});

/**
 * Who has answered a conversation since Claude did: a file for each that Claude has not come back to, a line for each
 * answer, without a word of it. Lines are added, so two sessions may go on with the same conversation. What cannot be
 * read or written costs a line on the screen, and nothing else: a full disk is told of by the journal.
 *
 * @param session this one's id.
 */
export function openAnswered(folder: string, session: string): Kept & { close(): Promise<void> } {
  let tail: Promise<unknown> = Promise.resolve();
  let isOpen = false;
  const then = (work: () => Promise<unknown>) => void (tail = tail.then(work).catch(() => {}));
  const fileOf = (conversation: string) =>
    join(folder, `${createHash('sha256').update(conversation).digest('hex').slice(0, 32)}.jsonl`);

  async function open(): Promise<void> {
    if (isOpen) return;
    isOpen = true;
    makePrivateFolder(folder);
    await removeOld(folder);
  }

  return {
    read(conversation) {
      // A program that does not say which conversation it is in.
      if (conversation === '') return [];
      try {
        return readRegularFile(fileOf(conversation)).split('\n').flatMap(lineOf);
      } catch {
        return [];
      }
    },
    add(conversation, answered) {
      if (conversation === '') return;
      const line: Line = { version: FORMAT, session, ...answered };
      then(async () => {
        await open();
        await appendFile(fileOf(conversation), `${JSON.stringify(line)}\n`, { mode: 0o600 });
      });
    },
    forget: (conversation) => then(() => rm(fileOf(conversation), { force: true })),
    close: async () => void (await tail),
  };
}

/** Nothing for one that is torn, or of another format. */
function lineOf(text: string): Line[] {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? [value as Line] : [];
  } catch {
    return [];
  }
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    // What is damaged, or no file, stays: the others must not wait for it.
    const isOld = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs > KEPT_MS,
      () => false,
    );
    if (isOld) await rm(file, { force: true }).catch(() => {});
  }
}
