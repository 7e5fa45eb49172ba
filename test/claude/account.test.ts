import { expect, test } from 'vitest';
import { findAccount } from '../../src/claude/account.ts';

const UUID = '01234567-89ab-4cde-8f01-23456789abcd';
const OTHER = 'ffffffff-89ab-4cde-8f01-23456789abcd';
const userId = (account: string) => JSON.stringify({ device_id: 'd', account_uuid: account, session_id: 's' });
const request = (over: object) => ({
  model: 'claude-opus-5-5',
  messages: [{ role: 'user', content: 'hello' }],
  metadata: { user_id: userId(UUID) },
  max_tokens: 1,
  stream: true,
  ...over,
});
const quoting = JSON.stringify(request({ metadata: { user_id: userId(OTHER) } }));

// oxfmt-ignore
test.each([
  ['as 2.1.330 writes it', request({}), UUID],
  ['as older versions wrote it', request({ metadata: { user_id: `user_ab12_account_${UUID}_session_${OTHER}` } }), UUID],
  ['an API key: no account', request({ metadata: { user_id: userId('') } }), undefined],
  ['an older version with a key', request({ metadata: { user_id: `user_ab12_account__session_${OTHER}` } }), undefined],
  ['no metadata', request({ metadata: undefined }), undefined],
  ['another shape', request({ metadata: { user_id: 'me' } }), undefined],
  ['a message that quotes another request', request({ messages: [{ role: 'user', content: quoting }] }), UUID],
  ['a quoted request, and no metadata', request({ metadata: undefined, messages: [{ role: 'user', content: quoting }] }), undefined],
  ['a long conversation before it', request({ messages: [{ role: 'user', content: 'x'.repeat(200_000) }] }), UUID],
])('%s', (_what, body, expected) => {
  expect(findAccount(Buffer.from(JSON.stringify(body)))).toBe(expected);
});
