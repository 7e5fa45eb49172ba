/** Behind the conversation come a few settings: as much of a body as they may take. */
export const SETTINGS_BYTES = 16_384;

/**
 * The account that a request's body names: `metadata.user_id` is a text that holds JSON with an `account_uuid`
 * (2.1.330), or `user_…_account_<uuid>_session_…` in older versions. Empty where the client has an API key. Found by a
 * search, without parsing; quotes inside a message are escaped, so that a text cannot pass for it.
 * @param end the body's last `SETTINGS_BYTES`.
 */
export function findAccount(end: Buffer): string | undefined {
  const at = end.indexOf('"metadata"');
  if (at < 0) return undefined;
  const settings = end.toString('latin1', Math.max(0, at - 1));
  const [, userId] = /(?<!\\)"metadata"\s*:\s*\{\s*"user_id"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(settings) ?? [];
  const [, uuid, older] = /account_uuid\\":\\"([\w-]+)\\"|_account_([\w-]+?)_session_/.exec(userId ?? '') ?? [];
  return uuid ?? older;
}
