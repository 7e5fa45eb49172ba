import { resolve } from 'node:path';
import { EXIT, UserError } from '../errors.ts';
import type { MemoryRecord } from '../memory/recall.ts';
import type { Io } from '../report/terminal.ts';
import { plainLine, plural } from '../words/text.ts';
import { dayAndTime } from '../words/time.ts';
import { NOTHING_ELSE, NOTHING_KEPT, openStore, projectOf, type Scope } from './memory-kept.ts';
import { refuseUnwritable, writeOutput } from './output-file.ts';

export type ExportOptions = Scope & { file?: string; md?: boolean; json?: boolean };

/** `ccmux memory export`: all that is kept, for reading or for another program. @returns the exit code. */
export async function runMemoryExport(options: ExportOptions, io: Io = process): Promise<number> {
  const { file, md, json } = options;
  if (md && json) throw new UserError('an export is either --md or --json');
  const project = projectOf(options, io);
  const output = { file: resolve(file ?? ''), over: false, way: 'ccmux memory export <file>' };
  if (file !== undefined) refuseUnwritable(output);
  const store = await openStore(io);
  const records = await store.list(project === undefined ? {} : { project });
  if (records.length === 0)
    throw new UserError(store.isWhole() ? NOTHING_KEPT : NOTHING_ELSE, { exitCode: EXIT.failure });
  const asJson = json ?? (md ? false : (file?.endsWith('.json') ?? false));
  const text = asJson ? `${JSON.stringify(records, null, 2)}\n` : markdown(records);
  // What lacks a part is no copy of all.
  const code = store.isWhole() ? 0 : EXIT.failure;
  if (file === undefined) {
    io.stdout.write(text);
    return code;
  }
  writeOutput(output, text);
  io.stdout.write(`Written: ${file} (${plural(records.length, 'passage')})\n`);
  return code;
}

function markdown(records: readonly MemoryRecord[]): string {
  const sessions = Map.groupBy(records, ({ project, session }) => `${project}, session ${session}`);
  return [...sessions]
    .map(([title, all]) => {
      const lines = all.map(({ source, by, turn, text }) => {
        const who = source === 'user' ? 'you' : `${by}, ${source}`;
        return `- ${who} (message ${turn}): ${plainLine(text)}`;
      });
      return `## ${title}\n\nKept ${dayAndTime(all[0]!.at)}\n\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
