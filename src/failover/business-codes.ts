/**
 * Codes of hosts that answer an error with a 200, as the status that they stand for.
 * Sources: MiniMax's and z.ai's documentation of their error codes, state of November 2026.
 */
/** In `base_resp.status_code`. */
const MINIMAX: ReadonlyMap<string, number> = new Map([
  ['1000', 500],
  ['1001', 504],
  ['1002', 429],
  ['1004', 401],
  ['1008', 402],
  ['1013', 500],
  ['1024', 500],
  ['1033', 500],
  ['1039', 429],
  ['1041', 429],
  ['2013', 400],
  ['2049', 401],
  ['2056', 429],
]);

const ZAI: ReadonlyMap<string, number> = new Map([
  ['1000', 401],
  ['1001', 401],
  ['1002', 401],
  ['1003', 401],
  ['1110', 402],
  ['1111', 401],
  ['1112', 402],
  ['1113', 402],
  ['1120', 500],
  ['1210', 400],
  ['1211', 404],
  ['1213', 400],
  ['1214', 400],
  ['1220', 403],
  ['1230', 500],
  ['1234', 500],
  ['1261', 400],
  ['1302', 429],
  ['1303', 429],
  ['1304', 429],
  ['1305', 429],
  ['1308', 429],
  ['1309', 402],
  ['1310', 429],
]);

/** Words, for codes that are not in the table. */
const WORDS: readonly [RegExp, number][] = [
  [/insufficient.{0,10}(?:balance|funds|credit)|no (?:money|balance|credit)|recharge|arrears/i, 402],
  [/rate.?limit|too many requests|usage limit|quota|limit will reset/i, 429],
  [/invalid.{0,10}(?:api.?key|token)|unauthori[sz]ed|authentication/i, 401],
  [/overloaded|at capacity|high demand/i, 529],
];

/** The status that an error inside a 200 stands for; undefined where it is unknown. */
export function statusOfBusinessCode({
  code,
  type,
  message,
}: Record<'code' | 'type' | 'message', string>): number | undefined {
  const known = (type === 'base_resp' ? MINIMAX : ZAI).get(code);
  return known ?? WORDS.find(([words]) => words.test(message))?.[1];
}
