import type { Config } from '../config/schema.ts';
import { folders } from '../config/paths.ts';
import { openFiles } from '../recall/files.ts';
import { failOf, openIndex } from '../recall/open.ts';
import { embeddingOf } from '../session/embedding.ts';
import { isStorageCode, storageCause } from '../words/storage.ts';
import { storeName, storeTrouble, storeWay } from '../words/store.ts';
import { plural } from '../words/text.ts';
import type { Check } from './doctor-check.ts';

const about = 'memory' as const;

/** What is kept of sessions, where, and whether what stands beside the files can be used. */
export async function checkMemory(
  env: NodeJS.ProcessEnv,
  config: Pick<Config, 'memory' | 'embedding' | 'report'>,
): Promise<Check[]> {
  const { mode, keepDays } = config.memory;
  const folder = folders(env).memory;
  const unread: Check[] = [];
  const files = openFiles(folder, (trouble) => {
    const text = `${trouble}: it is not quoted`;
    unread.push({ about, level: 'warn', text, way: 'Make it yours again, or remove it.' });
  });
  const records = await files.list({}).catch((fault: NodeJS.ErrnoException) => fault);
  if (records instanceof Error) {
    if (!isStorageCode(records.code)) throw records;
    const text = `${folder} cannot be read (${storageCause(records.code)}): earlier sessions are not quoted`;
    return [{ about, level: 'warn', text, way: 'Make it yours again, or remove it.' }];
  }
  const projects = new Set(records.map(({ project }) => project)).size;
  const kept = `${plural(records.length, 'passage')} of ${plural(projects, 'project')} in ${folder}`;
  const sent = config.report.previews ? "; notes that were sent are in the sessions' journals" : '';
  if (mode === 'project')
    return [
      { about, level: 'ok', text: `${kept}, for ${plural(keepDays, 'day')}${sent}` },
      ...unread,
      ...(await checkIndex(folder, config)),
    ];
  const texts = { off: 'no note is written', session: `nothing is kept of what is said${sent}` };
  return [
    { about, level: 'ok', text: texts[mode] },
    ...unread,
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

/** Mem0 or Chroma, and who makes their vectors. */
async function checkIndex(folder: string, config: Pick<Config, 'memory' | 'embedding'>): Promise<Check[]> {
  const chosen = await openIndex({ folder, settings: config.memory, embedding: embeddingOf(config) });
  if (!chosen) return [];
  const { index, store, vectors } = chosen;
  try {
    const version = await index.version();
    await vectors.ofQuestion('hello');
    const by = config.embedding
      ? `by your embedding (${config.embedding.model})`
      : 'by words alone: embedding is not set';
    return [{ about, level: 'ok', text: `${storeName(store)} answers (${version}) and finds passages ${by}` }];
  } catch (error) {
    const fail = failOf(store, error);
    const text = `${storeName(store)} ${storeTrouble(fail)}: earlier sessions are searched by words, without it`;
    return [{ about, level: 'warn', text, way: storeWay(fail) }];
  } finally {
    await index.close();
  }
}
