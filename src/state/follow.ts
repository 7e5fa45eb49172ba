import { open, type FileHandle } from 'node:fs/promises';
import { ForeignFile, isForeign } from '../ground/format.ts';
import { pause } from '../ground/pause.ts';
import { startOf } from './journal.ts';

const NEWLINE = 0x0a;
const CHUNK = 64 * 1024;

/**
 * The lines of a journal, those that are there and those that are still to come. A line that is being written is not
 * told before its end. It looks at the file again and again: no file system of a network tells of changes.
 *
 * @param how.isOver whether nothing more will come; then what is there is read to its end.
 * @param how.stopped ends it at once.
 * @throws ForeignFile for a journal of another format.
 */
export async function* followLines(
  file: string,
  { isOver, stopped, everyMs = 250 }: { isOver: () => boolean; stopped: AbortSignal; everyMs?: number | undefined },
): AsyncGenerator<string> {
  const handle = await open(file);
  try {
    let begun: Buffer = Buffer.alloc(0);
    let isFirst = true;
    while (!stopped.aborted) {
      const last = isOver();
      for await (const bytes of chunks(handle)) {
        begun = Buffer.concat([begun, bytes]);
        const end = begun.lastIndexOf(NEWLINE) + 1;
        const text = begun.toString('utf8', 0, end);
        begun = begun.subarray(end);
        if (isFirst && end > 0) {
          isFirst = false;
          const start = startOf(text);
          if (isForeign({ version: start?.format })) throw new ForeignFile(file, start?.version);
        }
        for (const line of text.split('\n')) {
          if (stopped.aborted) return;
          if (line !== '') yield line;
        }
      }
      if (last) return;
      await pause(everyMs, stopped);
    }
  } finally {
    await handle.close();
  }
}

/** From where the last read ended to what is the end now. */
async function* chunks(handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
