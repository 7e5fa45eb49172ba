import type { ProviderId, QuotaWindow, Reason } from '../events.ts';
import pc from 'picocolors';
import type { FooterField, LiveState, Nobody, Waiting, WindowState } from '../state/live.ts';
import { isEndKnown, soonestEnd } from '../words/ends.ts';
import { limitName, percent, usedOf } from '../words/limit.ts';
import { spentText } from '../words/money.ts';
import { obstacleText } from '../words/ready.ts';
import { spareOf } from '../words/standing.ts';
import { list } from '../words/text.ts';
import { clock, clockAndWait } from '../words/time.ts';
import { reasonText } from '../words/why.ts';
import { labelsOf, type Label } from '../words/label.ts';

/** Below this share of a limit the footer shows nothing. */
const WORTH_TELLING = 0.7;
/** From here on, if it is full before its reset at the present pace. */
const WORTH_FORECASTING = 0.5;

/** Who answers, and why: by the order, by the user's choice, after a wait, or nobody. */
const MARKS = { plain: '▸', pinned: '◆', waiting: '◷', nobody: '✕' } as const;
type Mark = keyof typeof MARKS;

type Input = {
  live: LiveState;
  /** When the first provider is back, and what keeps it. */
  back: { at: number | undefined; reason: Reason | undefined };
  /** Claude Code's input for the status line. */
  stdin: unknown;
  /** Questions that the user has not answered yet. */
  unanswered?: readonly string[];
  format: readonly FooterField[];
  /** The width; 0: unknown. Parts that do not fit are left out as a whole, the last first. */
  columns: number;
  color: boolean;
};

/**
 * One segment: `ccmux ▸ Gemini · Claude back 17:05 (in 2 h 5 min)`, `ccmux ◆ only Gemini · undo: ccmux use auto`,
 * `ccmux ◷ waiting for Claude until 14:31 (in 40 s)`, `ccmux ✕ nobody until 14:31 (in 40 s) · Claude: 429 (5-hour limit)`.
 */
export function footerSegment(input: Input): string {
  const { live, format, columns, color } = input;
  const label = labelsOf(live.providers);
  const paint = pc.createColors(color);
  const { mark, who, hue } = whoPart(live, label);
  const fields: Record<FooterField, () => Part[]> = {
    who: () => [who],
    next: () => nextParts(input, label),
    limits: () => (mark === 'plain' || mark === 'pinned' ? [...fullest(input), ...tornNet(live)] : []),
    approvals: () => approvalParts(input),
    budget: () => [...swarmPart(live), ...budgetPart(live)],
    cost: () => costParts(live),
  };
  const head = `ccmux ${MARKS[mark]}`;
  const parts = fitted(
    format.flatMap((field) => fields[field]()),
    columns - head.length - 1,
  );
  const painted = parts.map((part) => paint[part === who ? hue : 'dim'](part[0]));
  return [head, painted.join(paint.dim(' · '))].join(' ').trimEnd();
}

/** One part of the line in its forms, the longest first. */
type Part = string[];

/** Fits the line: from the end, each part takes its shorter forms and then disappears; the first one stays. */
function fitted(parts: Part[], columns: number): Part[] {
  const last = parts.at(-1);
  const fits = columns <= 0 || parts.map(([text]) => text).join(' · ').length <= columns;
  if (last === undefined || fits) return parts;
  if (last.length > 1) last.shift();
  else if (parts.length > 1) parts.pop();
  else return parts;
  return fitted(parts, columns);
}

/** A part whose shorter form leaves out the duration. */
function until(text: string, at: number, now: number): Part {
  return [`${text} ${clockAndWait(at, now)}`, `${text} ${clock(at, now)}`];
}

/** The provider to show: the last one that answered, or the one that the user has just chosen. */
function whoOf({ answeredLast, serving, steer }: LiveState): ProviderId {
  return steer?.provider === serving ? serving : (answeredLast ?? serving);
}

type Look = { mark: Mark; who: Part; hue: 'green' | 'cyan' | 'yellow' | 'red' };

function whoPart(live: LiveState, label: Label): Look {
  const { now, providers, steer, waiting, nobody } = live;
  if (waiting) return { mark: 'waiting', who: waitText(waiting, label, now), hue: 'yellow' };
  if (nobody) return { mark: 'nobody', who: nobodyText(nobody, now), hue: 'red' };
  const who = whoOf(live);
  const hue = who === providers[0]?.id ? 'green' : 'cyan';
  if (steer?.provider !== who) return { mark: 'plain', who: [label(who)], hue };
  return { mark: 'pinned', who: [steer.only ? `only ${label(who)}` : label(who)], hue };
}

function waitText({ provider, until: at, requests }: Waiting, label: Label, now: number): Part {
  const waits = requests === 0 ? 'next waits for' : 'waiting for';
  return [...until(`${waits} ${label(provider)} until`, at, now), `${label(provider)} at ${clock(at, now)}`];
}

function nobodyText({ kind, until: at, each }: Nobody, now: number): Part {
  if (kind === 'failed') return ['nobody could answer', 'nobody'];
  if (at === undefined || at <= now) return ['nobody is available', 'nobody'];
  return until(isEndKnown(soonestEnd(each)?.reason) ? 'nobody until' : 'nobody, next try', at, now);
}

/** The next step: when the preferred provider is back, how to end a wait, or every provider's obstacle. */
function nextParts({ live, back }: Input, label: Label): Part[] {
  const { now, steer, serving, switchBack, waiting, nobody, providers } = live;
  if (waiting) {
    const spare = spareOf(live, waiting.provider);
    return spare === undefined ? [] : [[`skip: ccmux use ${spare}`]];
  }
  if (nobody) {
    return nobody.each.map((one) => {
      const name = label(one.provider);
      const text = obstacleText(name, one, now);
      if (one.reason.kind === 'over-budget') return [text, `${name}: over your budget`];
      return [text, obstacleText(name, { reason: one.reason }, now)];
    });
  }
  const who = whoOf(live);
  if (steer?.provider === who)
    return [steer.only ? ['undo: ccmux use auto'] : ['your choice (ccmux use auto)', 'your choice']];
  const preferred = providers.find(({ id }) => id === steer?.provider) ?? providers[0];
  if (preferred === undefined || who === preferred.id) return serving === who ? [] : [[`next: ${label(serving)}`]];
  if (back.at !== undefined && back.at > now) {
    return [until(`${preferred.label} ${isEndKnown(back.reason) ? 'back' : 'tried again'}`, back.at, now)];
  }
  if (serving !== who) return [[`next: ${label(serving)}`]];
  if (switchBack === 'manual') return [[`${preferred.label} is available: ccmux use ${preferred.id}`]];
  const again = `${preferred.label} again`;
  return [
    switchBack === 'turn'
      ? [`${again} from your next message on`, `${again} next`]
      : [`${preferred.label} is available`],
  ];
}

/** The preferred provider's limit that is nearest its end, while it answers. */
function fullest({ live, stdin }: Input): Part[] {
  const [preferred] = live.providers;
  if (preferred !== undefined && whoOf(live) !== preferred.id) return [];
  const known: WindowState[] =
    preferred === undefined || preferred.windows.length === 0 ? windowsIn(stdin) : preferred.windows;
  const open = known.filter((window) => window.resetAt === undefined || window.resetAt > live.now);
  const byUse = open.toSorted((a, b) => (usedOf(b) ?? 0) - (usedOf(a) ?? 0));
  const soonest = byUse
    .filter((window) => fullAtOf(window) !== undefined && (usedOf(window) ?? 0) >= WORTH_FORECASTING)
    .toSorted((a, b) => fullAtOf(a)! - fullAtOf(b)!)[0];
  const top = soonest ?? byUse[0];
  const used = top && usedOf(top);
  if (top === undefined || used === undefined || (soonest === undefined && used < WORTH_TELLING)) return [];
  const text = `${limitName(top.name)} ${percent(used)} used`;
  if (soonest !== undefined) {
    const full = `full ${clock(fullAtOf(soonest)!, live.now)}`;
    return [[`${text} (${full} at this pace)`, `${text} (${full})`, text]];
  }
  return [top.resetAt === undefined ? [text] : [`${text} (resets ${clock(top.resetAt, live.now)})`, text]];
}

/** While Claude answers: the fallback that was tested before it is needed, and cannot answer. */
function tornNet({ providers }: LiveState): Part[] {
  return providers.flatMap(({ label, tested }) =>
    tested?.result === 'failed' ? [[`${label}: ${tested.reason ? reasonText(tested.reason) : 'test failed'}`]] : [],
  );
}

function fullAtOf({ forecast }: WindowState): number | undefined {
  return forecast?.fullAt;
}

/** What waits for the user's consent, or has it. */
function approvalParts({ live, unanswered = [] }: Input): Part[] {
  const unasked = ['its commands run unasked (ccmux allow none)', 'its commands run unasked'];
  return [...(live.allowed?.includes(whoOf(live)) ? [unasked] : []), ...unanswered.map((text) => [text])];
}

/** Spent; or something is left, and too little for a request as long as the conversation is now. */
function budgetPart({ providers }: LiveState): Part[] {
  const over = providers.filter(({ state }) => state === 'over_budget');
  const tooDear = over.filter(({ reason }) => reason?.kind === 'over-budget' && reason.needsUsd !== undefined);
  if (over.length === 0) return [];
  if (tooDear.length < over.length) return [['budget spent']];
  return [[`budget too low for ${list(over.map(({ label }) => label))}`, 'budget too low']];
}

function swarmPart({ swarm }: LiveState): Part[] {
  return swarm === undefined ? [] : [[`subagents: over ${swarm} requests a minute`, `subagents over ${swarm}/min`]];
}

function costParts({ budget }: LiveState): Part[] {
  if (budget === undefined || (budget.spentSessionUsd === 0 && !budget.unknownPrices)) return [];
  return [[spentText(budget.spentSessionUsd, budget.unknownPrices)]];
}

/** Claude's own limits as Claude Code gives them to a status line: percentages, and resets in epoch seconds. */
function windowsIn(stdin: unknown): QuotaWindow[] {
  const limits = record(record(stdin)['rate_limits']);
  return Object.entries({ five_hour: '5h', seven_day: '7d' }).flatMap(([key, name]) => {
    const { used_percentage: used, resets_at: resets } = record(limits[key]);
    if (typeof used !== 'number') return [];
    return [
      { name, used: used / 100, source: 'wire', ...(typeof resets === 'number' ? { resetAt: resets * 1000 } : {}) },
    ];
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
