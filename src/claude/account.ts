/** Behind the conversation come a few settings: as much of a body as they may take. */
const TAIL_BYTES = 16_384;

/**
 * The account that a request's body names: `metadata.user_id` is a text that holds JSON with an `account_uuid`
 * (2.1.330), or `user_…_account_<uuid>_session_…` in older versions. Empty where the client has an API key. Found by a
 * search in the last kilobytes, without parsing; quotes inside a message are escaped, so that a text cannot pass for it.
 */
export function findAccount(body: Buffer): string | undefined {
  const tail = body.toString('latin1', Math.max(0, body.length - TAIL_BYTES));
  const [, userId] = /(?<!\\)"metadata"\s*:\s*\{\s*"user_id"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(tail) ?? [];
  const [, uuid, older] = /account_uuid\\":\\"([\w-]+)\\"|_account_([\w-]+?)_session_/.exec(userId ?? '') ?? [];
  return uuid ?? older;
}
