/** By whose clock a host's times are read. */
export type Clock = {
  /** Ours, epoch milliseconds. */
  now: number;
  /** How far the host's clock is ahead of ours, milliseconds. */
  aheadMs: number;
  /** What the host means by a time without a zone: minutes ahead of UTC. */
  utcOffset: number;
};

/** A difference this small comes from latency and from the header's whole seconds. */
const TOLERANCE_MS = 5_000;

const CHINA = 8 * 60;

/** Hosts that write the time of day of China without saying so (z.ai: docs.z.ai, error codes; the others likewise). */
const CHINESE =
  /(?:^|\.)(?:z\.ai|bigmodel\.cn|minimaxi?\.(?:io|com|chat)|moonshot\.(?:ai|cn)|kimi\.com|deepseek\.com|aliyuncs\.com|volces\.com|siliconflow\.(?:cn|com)|stepfun\.(?:com|ai)|xiaomimimo\.com|hunyuan\.cloud\.tencent\.com|[\w-]+\.cn)$/i;

/** z.ai's codes for a plan that is used up (docs.z.ai, error codes): they tell whose words these are, also through a gateway. */
const PLAN_CODE = /^13(?:08|10|1[6-9]|2[01])$/;

/**
 * The clock of the host that sent these headers. A host names moments by its own clock; its `Date` header tells how far
 * that clock is from ours. So a machine with a wrong clock still waits for the right time.
 * @param headers lower-case names.
 * @param from `host[:port]` and the error's own codes, where they are known.
 */
export function clockOf(
  headers: Record<string, string>,
  now: number,
  from: { host?: string | undefined; codes?: readonly string[] } = {},
): Clock {
  const ahead = Date.parse(headers['date'] ?? '') - now;
  const aheadMs = Math.abs(ahead) > TOLERANCE_MS ? ahead : 0;
  const chinese = isChinese(from.host) || from.codes?.some((code) => PLAN_CODE.test(code));
  return { now, aheadMs, utcOffset: chinese ? CHINA : 0 };
}

/** By host: a session has a few, and looks with every answer. */
const known = new Map<string | undefined, boolean>();

function isChinese(host: string | undefined): boolean {
  const is = known.get(host) ?? CHINESE.test((host ?? '').replace(/:\d+$/, ''));
  known.set(host, is);
  return is;
}

/** The zone of a time that names none: the words and codes of Chinese hosts reveal it, also through a gateway. */
export function zoneOf(message: string, clock: Clock): number {
  const chinese = /[\u4e00-\u9fff]|beijing|\b(?:UTC|GMT)\+8\b|\[13(?:08|10|1[6-9]|2[01])\]/i;
  return chinese.test(message) ? CHINA : clock.utcOffset;
}
