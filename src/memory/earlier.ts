import type { MemoryRecord } from './recall.ts';

/**
 * What earlier sessions said, a line each, with the day and the session: the reader must see how old it is.
 * `[2026-11-20 3f2a thinking] The pool is full.`
 * @param known whether this conversation says it as well, as one that was resumed does.
 * @param clean as for every passage: a store's file may have been changed by somebody else.
 */
export function earlierLines(
  records: readonly MemoryRecord[],
  input: {
    known: (text: string) => boolean;
    clean: (text: string) => string;
    label: (by: string) => string | undefined;
  },
): string[] {
  const lines = records
    .filter(({ text }) => !input.known(text))
    .map(({ at, session, source, by, text }) => {
      const name = source === 'user' ? undefined : input.label(by);
      const who = `${source}${name === undefined ? '' : ` of ${name}`}`;
      return `[${dayOf(at)} ${session.slice(-4)} ${who}] ${input.clean(text).replaceAll(/\s+/g, ' ').trim()}`;
    });
  return [...new Set(lines)];
}

/** As the user's calendar has it. */
function dayOf(at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
