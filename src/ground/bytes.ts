/** Whether these bytes hold an ASCII text: a search, without decoding them. */
export function includesText(bytes: Uint8Array, text: string): boolean {
  return asBuffer(bytes).includes(text, 0, 'latin1');
}

export function endsWithText(bytes: Uint8Array, text: string): boolean {
  return bytes.length >= text.length && asBuffer(bytes).toString('latin1', bytes.length - text.length) === text;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
