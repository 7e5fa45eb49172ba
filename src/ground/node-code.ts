/**
 * Node's code of an error. Where TLS fails while something waits to be written, that is only `EPROTO`, and the message
 * holds OpenSSL's reason: `write EPROTO …:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:…`. It is given the
 * code that Node has for the same reason at any other time.
 */
export function nodeCode(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EPROTO') return code;
  const reason = /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1];
  return reason === undefined ? code : `ERR_SSL_${reason.trim().toUpperCase().replaceAll(' ', '_')}`;
}
