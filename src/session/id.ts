const { randomBytes } = process.getBuiltinModule('node:crypto');

/** `20261122-074312-3f2a`: sorts by time, and its beginning or end is enough to name it. */
export function sessionId(at: number): string {
  const [date, time] = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().split('T') as [
    string,
    string,
  ];
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${randomBytes(2).toString('hex')}`;
}
