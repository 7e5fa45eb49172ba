import type { Overage, Rise } from '../state/spending.ts';
import type { Response, Summary } from '../state/summary.ts';
import { percent } from './limit.ts';
import { estimateText } from './money.ts';
import { clock } from './time.ts';

/** What a session takes of the user's plan, and beyond it. */

const NAMES: Record<Response['thread'], string> = {
  main: 'conversation',
  subagent: 'subagents',
  side: 'auxiliary requests',
};

type Shares = Record<Response['thread'], number>;

/** The request whose answer told of the window first began a moment before. */
const JUST_BEFORE_MS = 60_000;

/**
 * Who took the session's own part since then, by what their answers would cost: fractions that add up to 1.
 * @returns undefined while nothing was taken, or while no price is known.
 */
function sharesOf({ rise, responses }: Summary): Shares | undefined {
  if (rise === undefined) return undefined;
  const sums = { main: 0, subagent: 0, side: 0 };
  for (const { at, provider, thread, usd } of responses) {
    if (provider === rise.provider && at >= rise.since - JUST_BEFORE_MS) sums[thread] += usd ?? 0;
  }
  const all = sums.main + sums.subagent + sums.side;
  return all === 0 ? undefined : { main: sums.main / all, subagent: sums.subagent / all, side: sums.side / all };
}

/**
 * `40 % → 62 % since 14:31 · of this session's part: conversation 70 %, subagents 25 %, auxiliary requests 5 %`. Other
 * sessions of the account fill the window too; how much each of them did nobody tells.
 */
function riseText({ from, to, since }: Rise, shares: Shares | undefined, now: number): string {
  const text = `${percent(from)} → ${percent(to)} since ${clock(since, now)}`;
  if (shares === undefined) return text;
  const parts = (Object.keys(NAMES) as Response['thread'][]).filter((name) => shares[name] >= 0.01);
  return `${text} · of this session's part: ${parts.map((name) => `${NAMES[name]} ${percent(shares[name])}`).join(', ')}`;
}

/** What a session has taken of the plan's 5-hour limit, and beyond the plan, each a line; none where nothing is known. */
export function planTexts(summary: Summary, now: number): { taken?: string; billed?: string } {
  const { rise, overage } = summary;
  return {
    ...(rise !== undefined && rise.to > rise.from && { taken: riseText(rise, sharesOf(summary), now) }),
    ...(overage !== undefined && { billed: overageText(overage, now) }),
  };
}

/** `billed as extra usage since 15:02: est. $1.20` */
function overageText({ since, usd, ongoing }: Overage, now: number): string {
  const from = `${ongoing ? 'billed as extra usage since' : 'extra usage, from'} ${clock(since, now)}`;
  return `${from}: ${estimateText({ usd: usd ?? 0, unknown: usd === null })}`;
}
