import type { EventOf, ProviderId, Reason } from '../events.ts';
import { couldNot, reasonText } from '../words/why.ts';

/**
 * The sentences a person reads when something happened: facts in, one line out. Nothing here knows where a line
 * will be shown. Providers go by their ids, the names that `ccmux use` takes; `now` (epoch milliseconds) decides
 * whether a clock time needs its date. A line has at most 160 characters: what matters least is left out first.
 */
export const LONGEST = 160;
/** A provider's own words must not push out who answered and when the other is back. */
const LONGEST_REASON = 60;

/** `claude answered 429 (5-hour limit) · gemini served it in 4.2 s, claude's usual 2.8 s · claude is back at 17:05` */
export function failoverLine(event: EventOf<'provider-switch'>, now: number): string {
  const { from, to, usualMs } = event;
  const served = `${to} served it in ${seconds(event.ms)}`;
  const usual = usualMs === undefined ? '' : `, ${from}'s usual ${seconds(usualMs)}`;
  const back = backPart({ provider: from, at: event.backAt }, now);
  return line([failed(from, event.reason), served + usual, back], [served]);
}

/** `claude is back · answers come from claude again` */
export function backLine({ to }: EventOf<'provider-switch'>): string {
  return line([`${to} is back`, `answers come from ${to} again`]);
}

/** `answers come from gemini from the next request on · undo: ccmux use auto` */
export function steerLine(event: EventOf<'provider-steer'>, order: readonly ProviderId[]): string {
  if (event.provider === 'auto') {
    return line(['your order decides again, from the next request on', order.join(', ')]);
  }
  const who = `answers come from ${event.provider} from the next request on`;
  return line([event.only ? `${who}, and from nobody else` : who, 'undo: ccmux use auto']);
}

/** With `switchBack: manual`: the provider of first choice has its limits behind it, and waits to be asked. */
export function readyLine(provider: ProviderId): string {
  return line([`${provider} is ready again: ccmux use ${provider}`]);
}

/** `this session's budget is spent ($5.02 of $5.00), paid providers are skipped · to lift it, raise budget.perSession` */
export function budgetLine(event: EventOf<'budget-reach'>): string {
  const whose = event.scope === 'session' ? "this session's" : "today's";
  const spent = `${dollars(event.spentUsd)} of ${dollars(event.limitUsd)}`;
  if (event.level === 'near') return line([`${whose} budget for paid providers is nearly spent: ${spent}`]);
  const setting = event.scope === 'session' ? 'budget.perSession' : 'budget.perDay';
  return line([`${whose} budget is spent (${spent}), paid providers are skipped`, `to lift it, raise ${setting}`]);
}

/** `claude 2.0.77 takes ccmux for a foreign gateway and sends less than it could · …` */
export function clientLine({ version }: EventOf<'client-read'>): string {
  return line([
    `claude ${version} takes ccmux for a foreign gateway and does without the shared cache`,
    'from the next launch on ccmux uses its documented switches',
  ]);
}

/** When the provider of first choice is back; unknown where no limit keeps it. */
export type Back = { provider: ProviderId; at: number | undefined };

/** What stood in each provider's way, in the order in which they were tried or passed over. */
export type Obstacle = { provider: ProviderId; reason: Reason };

/** `nobody could answer · claude: 429 (5-hour limit), gemini: over the spending cap · claude is back at 17:05` */
export function nobodyLine(obstacles: readonly Obstacle[], back: Back, now: number): string {
  const tried = obstacles
    .map(({ provider, reason }) => `${provider}: ${cut(reasonText(reason), LONGEST_REASON)}`)
    .join(', ');
  const head = tried === '' ? 'nobody could answer' : `nobody could answer · ${tried}`;
  return line([head, backPart(back, now)]);
}

/** A refusal over money goes back to the client unless the user has said otherwise: how to say so. */
export function billingLine({ provider, reason }: EventOf<'attempt-fail'>): string {
  return line([
    `${failed(provider, reason)}, a matter of billing`,
    'to fail over then too, add billing to failover.on',
  ]);
}

/** The answer broke off after the user saw the first of it: nothing is put in its place. */
export function cutLine(provider: ProviderId, totalMs: number): string {
  return line([`${provider}'s answer broke off after ${seconds(totalMs)}`, 'Claude Code asks again by itself']);
}

/** Who answered how often in one turn: the first provider's answers count towards `total` only. */
export type TurnShare = { others: ReadonlyMap<ProviderId, number>; total: number };

/** `gemini answered this turn (2 responses) · claude is back at 17:05` */
export function turnLine(
  share: TurnShare,
  turn: 'this turn' | 'the turn before' | 'the last turn',
  back: Back,
  now: number,
): string {
  const others = [...share.others];
  const byOthers = others.reduce((sum, [, count]) => sum + count, 0);
  const [only] = others;
  const who =
    others.length === 1 && only !== undefined && byOthers === share.total
      ? `${only[0]} answered ${turn} (${responses(byOthers)})`
      : `${others.map(([provider, count]) => `${provider} gave ${count}`).join(', ')} of the ${responses(share.total)} in ${turn}`;
  return line([who, backPart(back, now)]);
}

/** `17:05` in the local zone, `23 Nov at 17:05` when it is not today. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getDate()} ${MONTHS[date.getMonth()]} at ${time}`;
}

/** `2 h 5 m`, `5 m`, `40 s`, `3 d 4 h`: for a countdown, rounded up so that it never promises too much. */
export function countdown(ms: number): string {
  const total = Math.max(1, Math.ceil(ms / 1000));
  if (total < 60) return `${total} s`;
  const minutes = Math.ceil(total / 60);
  if (minutes < 60) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} m`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `0.4 s`, `4.2 s`, `12 s`, `1 m 5 s` */
export function seconds(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} m ${whole % 60} s`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function responses(count: number): string {
  return count === 1 ? '1 response' : `${count} responses`;
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}

function failed(name: string, reason: Reason | undefined): string {
  return `${name} ${cut(couldNot(reason), LONGEST_REASON)}`;
}

function backPart({ provider, at }: Back, now: number): string {
  if (at === undefined) return '';
  if (at <= now) return `${provider} is ready again`;
  const time = clock(at, now);
  return `${provider} is back ${time.includes(' ') ? 'on' : 'at'} ${time}`;
}

/**
 * Joins what there is to say, and shortens it to what fits: first to the `brief` form of the middle part,
 * then from the end, at last in the middle of a word.
 */
function line(parts: string[], brief?: string[]): string {
  const said = parts.filter((part) => part !== '');
  const join = (some: string[]) => some.join(' · ');
  if (join(said).length <= LONGEST) return join(said);
  const shorter = brief === undefined ? said : [said[0]!, ...brief, ...said.slice(2)];
  while (shorter.length > 1 && join(shorter).length > LONGEST) shorter.pop();
  return cut(join(shorter), LONGEST);
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
