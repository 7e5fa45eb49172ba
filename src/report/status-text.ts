import wrapAnsi from 'wrap-ansi';
import type { ProviderId, QuotaWindow, Reason } from '../events.ts';
import { fullText, limitName } from '../words/limit.ts';
import { consentParts } from '../words/consent.ts';
import { dollars, spentText } from '../words/money.ts';
import { swarmParts } from '../words/swarm.ts';
import { testedText } from '../words/net-test.ts';
import { isDoubtful, keyTexts, noteOf, stateText, unavailableText } from '../words/ready.ts';
import { standingOf } from '../words/standing.ts';
import { standingText } from '../words/sharing.ts';
import { plainLine, plural, sentence } from '../words/text.ts';
import { dayAndTime, duration } from '../words/time.ts';
import { reasonText } from '../words/why.ts';
import { keptTogether, tidyPath, unbroken } from './format.ts';
import type { LiveState, ProviderState, WindowState } from '../state/live.ts';
import { countAnswers } from './cost.ts';
import { planTexts } from '../words/plan.ts';
import { paletteFor } from './palette.ts';
import type { Palette } from './palette.ts';
import { windowLine } from './windows.ts';
import { labelsOf, type Label } from '../words/label.ts';

export type StatusOptions = {
  width: number;
  color: boolean;
  home?: string;
};

/** A running session for a person: who answers now and why, who could, what is left and what was spent. */
export function renderStatus(live: LiveState, { width, color, home }: StatusOptions): string {
  const palette = paletteFor(live.providers, color);
  const { now } = live;
  const named = labelsOf(live.providers);
  const label = (id: ProviderId) => palette.of(id)(named(id));
  const place = plainLine(tidyPath(live.cwd, home));
  const title = `${palette.bold(`Session ${live.session}`)} ${palette.dim(`· ${place} · running ${duration(now - live.startedAt)}`)}`;
  return paragraphs(width, [
    title,
    '',
    ...sentences(live, label, palette),
    '',
    ...live.providers.flatMap((provider) => providerLines(provider, live, palette)),
    ...spendLines(live, palette),
    ...planLines(live, palette),
    ...sharedLines(live, palette),
    `${palette.dim('Live page')}  ccmux dashboard`,
  ]);
}

/** What `providers.json` remembers of one provider. */
type Remembered = {
  id: ProviderId;
  label: string;
  /** Cooldowns that are not over. */
  cooldowns: readonly { until: number; reason: Reason; family?: string }[];
  windows?: { at: number; windows: QuotaWindow[] };
  usualMs?: number;
};

export type LastKnown = {
  savedAt: number;
  providers: Remembered[];
  spentTodayUsd: number;
  unknownPrices: boolean;
};

/** The stored state while no session runs, with its age. */
export function renderLastKnown(known: LastKnown | undefined, now: number, options: StatusOptions): string {
  if (known === undefined) return 'No session is running. Start one with: ccmux claude\n';
  const palette = paletteFor(known.providers, options.color);
  const lines = [
    'No session is running. Start one with: ccmux claude',
    palette.dim(`Last known ${ago(now, known.savedAt)}:`),
    '',
  ];
  const widest = widestName(known.providers.flatMap(({ windows }) => windows?.windows ?? []));
  for (const { id, label, cooldowns, windows, usualMs } of known.providers) {
    const cooling = cooldowns.map(
      ({ until, ...away }) => `${unavailableText(until, now, away)}: ${reasonText(away.reason)}`,
    );
    const facts = cooling.length > 0 ? cooling.join('; ') : palette.green('available');
    const usual = usualMs === undefined ? '' : palette.dim(`\u00a0· ${unbroken(`average ${duration(usualMs)}`)}`);
    lines.push(`${palette.of(id)(label)}  ${facts}${usual}`);
    const open = windows?.windows.filter(({ resetAt }) => resetAt === undefined || resetAt > now) ?? [];
    if (windows === undefined || open.length === 0) continue;
    lines.push(...headroom(open, widest, palette, now), palette.dim(`  as of ${ago(now, windows.at)}`));
  }
  if (known.spentTodayUsd > 0 || known.unknownPrices) {
    lines.push('', `Spent today  ${spentText(known.spentTodayUsd, known.unknownPrices)}`);
  }
  return paragraphs(options.width, lines);
}

function sentences(live: LiveState, label: Label, palette: Palette): string[] {
  const { title, why, next } = standingOf(live, label, live.now);
  const lines = [`${(live.nobody ? palette.red : palette.bold)(title)}.`, why, next].filter(
    (line) => line !== undefined,
  );
  if (live.steer !== null) lines.push(palette.dim('Undo your choice with: ccmux use auto'));
  const allowed = live.allowed?.map((id) => consentParts(id, label).map(sentence).join('. '));
  return [...lines, ...(allowed ?? []).map((line) => palette.dim(line))].map(keptTogether);
}

function providerLines(provider: ProviderState, live: LiveState, palette: Palette): string[] {
  const { id, label, state, reason, tested, windows, usualMs, paid, spentUsd } = provider;
  const isShort = state === 'cooldown' || isDoubtful(provider);
  const paint = isShort ? palette.yellow : state === 'ready' ? palette.green : palette.red;
  const facts = paint(stateText(provider, live.now));
  const more = [
    (reason && noteOf(reason)) ?? '',
    tested === undefined ? '' : testedText(tested, live.now),
    usualMs === undefined ? '' : unbroken(`average ${duration(usualMs)}`),
    paid && spentUsd !== 0 ? `spent ${unbroken(dollars(spentUsd))}` : '',
  ].filter((part) => part !== '');
  const mark = id === live.serving ? palette.of(id)('●') : palette.dim('○');
  const head = [`${mark} ${palette.of(id)(label)}  ${facts}`, ...more.map((part) => palette.dim(part))];
  const widest = widestName(live.providers.flatMap((other) => other.windows));
  const resting = keyTexts(provider, live.now).map((text) => `    ${palette.yellow('◔')} ${text}`);
  return [head.join(palette.dim('\u00a0· ')), ...resting, ...headroom(windows, widest, palette, live.now)];
}

function headroom(windows: WindowState[], widest: number, palette: Palette, now: number): string[] {
  return windows.flatMap((window) => {
    const { forecast, resetAt } = window;
    const full =
      forecast?.fullAt === undefined ? [] : [`${palette.yellow('▲')} ${fullText(forecast.fullAt, resetAt, now)}`];
    return [windowLine(window, widest, palette, now), ...full.map((line) => `  ${line}`)].map((line) => `    ${line}`);
  });
}

/** Pads the names so that all bars align. */
function widestName(windows: QuotaWindow[]): number {
  return Math.max(0, ...windows.map(({ name }) => limitName(name).length));
}

function spendLines({ budget, summary }: LiveState, palette: Palette): string[] {
  if (budget === undefined) return [''];
  const { perSessionUsd, perDayUsd, spentSessionUsd, spentDayUsd, unknownPrices } = budget;
  const spent = (usd: number, limit: number | undefined, assumed: number | undefined) =>
    limit === undefined
      ? spentText(usd, unknownPrices)
      : `${spentText(usd, unknownPrices, assumed)} of ${dollars(limit)}`;
  const session = `${spent(spentSessionUsd, perSessionUsd, budget.assumedSessionUsd)} in this session`;
  const today = `${spent(spentDayUsd, perDayUsd, budget.assumedDayUsd)} today`;
  const messages = plural(summary.turns, 'message');
  return [
    '',
    `${palette.dim('Spent')}      ${session}, ${today}`,
    `${palette.dim('So far')}     ${messages}, ${plural(countAnswers(summary), 'answer')}`,
  ];
}

/** What the session takes of the plan, and beyond it. */
function planLines({ summary, swarm, providers, now }: LiveState, palette: Palette): string[] {
  const { taken, billed } = planTexts(summary, now);
  const stops = providers.some(({ paid }, place) => paid && place > 0);
  return [
    ...(taken === undefined ? [] : [`${palette.dim('5 hours')}    ${taken}`]),
    ...(swarm === undefined
      ? []
      : [`${palette.yellow('Subagents')}  ${swarmParts(swarm, stops).join(palette.dim(' · '))}`]),
    ...(billed === undefined ? [] : [`${palette.dim('Extra')}      ${billed}`]),
  ];
}

/** By which server this session shares with other machines. */
function sharedLines({ shared, now }: LiveState, palette: Palette): string[] {
  return shared === undefined ? [] : [`${palette.dim('Shared')}     ${standingText(shared, now)}`];
}

/** `20 s ago`, `3 h 5 min ago (21 Nov 2026, 18:00)` */
function ago(now: number, at: number): string {
  const age = now - at;
  return age < 3600_000 ? `${duration(age)} ago` : `${duration(age)} ago (${dayAndTime(at)})`;
}

/** Wraps long lines but never an address, and keeps the indent. */
export function paragraphs(width: number, lines: string[]): string {
  const wrapped = lines.flatMap((line) => {
    const indent = /^ */.exec(line)?.[0] ?? '';
    const [first = '', ...more] = wrapAnsi(line, Math.max(40, width), { trim: false })
      .replaceAll('\u00a0', ' ')
      .split('\n');
    return [first, ...more.map((cooldown) => `${indent}  ${cooldown.trimStart()}`)].map((text) => text.trimEnd());
  });
  return `${wrapped.join('\n')}\n`;
}
