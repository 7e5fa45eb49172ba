const { Buffer } = process.getBuiltinModule('node:buffer');

/**
 * The same text in memory of its own. A slice of a long string keeps the whole string in memory: 80 characters of each
 * prompt once kept every prompt.
 */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
