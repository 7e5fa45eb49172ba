/** The end of a session's id, which is enough to name it: `3f2a` of `20261122-074312-3f2a`. */
export function shortId(session: string): string {
  return session.slice(session.lastIndexOf('-') + 1);
}
