const { createHash } = process.getBuiltinModule('node:crypto');

/**
 * A short fingerprint. Eight digits are enough to tell accounts or keys apart, and far too few to tell anything of one.
 */
export function markOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Makes each mark once: some are asked for several times a request. */
export function rememberMarks(): typeof markOf {
  const marks = new Map<string, string>();
  return (text) => {
    const mark = marks.get(text) ?? markOf(text);
    marks.set(text, mark);
    return mark;
  };
}
