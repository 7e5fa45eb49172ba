/**
 * For what must not grow with a long session: beyond so many entries the oldest goes. To be called after each addition.
 */
export function keepNewest(entries: Map<unknown, unknown>, most: number): void {
  if (entries.size > most) entries.delete(entries.keys().next().value);
}
