import type { Config } from '../config/schema.ts';
import { folders } from '../config/paths.ts';
import { openFiles } from '../recall/files.ts';
import { isStorageCode, storageCause } from '../words/storage.ts';
import { plural } from '../words/text.ts';
import type { Check } from './doctor-check.ts';

/** What is kept of sessions, and where. */
export async function checkMemory(
  env: NodeJS.ProcessEnv,
  { mode, keepDays }: Config['memory'],
  previews: boolean,
): Promise<Check[]> {
  const about = 'memory' as const;
  const folder = folders(env).memory;
  const records = await openFiles(folder)
    .list({})
    .catch((fault: NodeJS.ErrnoException) => fault);
  if (records instanceof Error) {
    if (!isStorageCode(records.code)) throw records;
    const text = `${folder} cannot be read (${storageCause(records.code)}): earlier sessions are not quoted`;
    return [{ about, level: 'warn', text, way: 'Make it yours again, or remove it.' }];
  }
  const projects = new Set(records.map(({ project }) => project)).size;
  const kept = `${plural(records.length, 'passage')} of ${plural(projects, 'project')} in ${folder}`;
  const sent = previews ? "; notes that were sent are in the sessions' journals" : '';
  if (mode === 'project') return [{ about, level: 'ok', text: `${kept}, for ${plural(keepDays, 'day')}${sent}` }];
  const texts = { off: 'no note is written', session: `nothing is kept of what is said${sent}` };
  return [
    { about, level: 'ok', text: texts[mode] },
    ...(records.length === 0
      ? []
      : [
          {
            about,
            level: 'note' as const,
            text: `still there: ${kept}`,
            way: 'Remove it with: ccmux memory forget --all',
          },
        ]),
  ];
}
