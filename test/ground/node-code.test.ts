import { expect, it } from 'vitest';
import { nodeCode } from '../../src/ground/node-code.ts';

const epro = (reason: string) =>
  Object.assign(new Error(`write EPROTO 400D:error:0A00010B:SSL routines:${reason}:../deps/openssl/x.c:354:\n`), {
    code: 'EPROTO',
  });

it.each<[unknown, string | undefined]>([
  [epro('tls_validate_record_header:wrong version number'), 'ERR_SSL_WRONG_VERSION_NUMBER'],
  [epro('ssl3_read_bytes:tlsv1 alert protocol version'), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  [epro('ssl3_read_bytes:tlsv13 alert certificate required'), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
  [epro('ssl3_read_bytes:ssl/tls alert handshake failure'), 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'],
  [epro(':bad signature'), 'ERR_SSL_BAD_SIGNATURE'],
  [Object.assign(new Error('write EPROTO'), { code: 'EPROTO' }), 'EPROTO'],
  [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [new Error('x'), undefined],
])('%s: %s', (error, code) => expect(nodeCode(error)).toBe(code));
