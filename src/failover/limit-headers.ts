import type { QuotaWindow } from '../events.ts';
import type { Clock } from './clock.ts';
import { readMoment } from './moments.ts';

type Part = 'limit' | 'remaining' | 'reset';
type Counts = { limit?: number; remaining?: number; resetAt?: number };

/** How hosts name a limit's header; the groups are its name (absent: it counts requests) and which part it tells. */
const NAMES: readonly RegExp[] = [
  // OpenAI, Groq (`x-ratelimit-remaining-tokens`), Cerebras and SambaNova (`…-requests-day`), OpenRouter (no unit),
  // the first IETF draft (`ratelimit-reset`); through LiteLLM with `llm_provider-` in front.
  /^(?:llm_provider-)?(?:x-)?ratelimit-(?<part>limit|remaining|reset)(?:-(?<name>(?!after$)[a-z_-]+))?$/,
  // the other way round
  /^(?:llm_provider-)?(?:x-)?ratelimit-(?<name>[a-z_-]+)-(?<part>limit|remaining|reset)$/,
];

/** `anthropic-ratelimit-requests-remaining`, `anthropic-priority-input-tokens-limit` … (platform docs, rate limits). */
const ANTHROPIC_NAMES: readonly RegExp[] = [
  /^anthropic-(?:ratelimit-)?(?<name>(?:priority-|fast-)?(?:requests|tokens|input-tokens|output-tokens))-(?<part>limit|remaining|reset)$/,
];

/** A Claude API key's limits. @param headers lower-case names. */
export function readApiKeyLimits(headers: Record<string, string>, clock: Clock): QuotaWindow[] {
  return windowsOf(headers, ANTHROPIC_NAMES, clock);
}

/**
 * Everybody else's limits: one window for each that is named, also where only its reset is told.
 * @param headers lower-case names.
 */
export function readCountedLimits(headers: Record<string, string>, clock: Clock): QuotaWindow[] {
  return [...windowsOf(headers, NAMES, clock), ...readStructured(headers['ratelimit'], clock)];
}

function windowsOf(headers: Record<string, string>, names: readonly RegExp[], clock: Clock): QuotaWindow[] {
  const found = new Map<string, Counts>();
  for (const [header, value] of Object.entries(headers)) {
    const groups = names.map((pattern) => pattern.exec(header)?.groups).find((match) => match !== undefined);
    if (groups === undefined) continue;
    const name = groups['name'] ?? 'requests';
    const counts = found.get(name) ?? {};
    found.set(name, counts);
    tell(counts, groups['part'] as Part, value, clock);
  }
  return [...found].map(([name, counts]) => quotaWindow({ name, ...counts }));
}

function tell(counts: Counts, part: Part, value: string, clock: Clock): void {
  const number = part === 'reset' ? readMoment(value, clock) : readNumber(value);
  if (number === undefined) return;
  counts[part === 'reset' ? 'resetAt' : part] = number;
}

const STRUCTURED: Readonly<Record<string, Part>> = {
  limit: 'limit',
  q: 'limit',
  remaining: 'remaining',
  r: 'remaining',
  reset: 'reset',
  t: 'reset',
};

/** The later IETF drafts: `limit=10, remaining=0, reset=120`, and since the eighth `"day";r=0;t=120, "burst";r=5;t=1`. */
function readStructured(header: string | undefined, clock: Clock): QuotaWindow[] {
  if (header === undefined) return [];
  return header.split(/,(?=\s*")/).map((item) => {
    const counts: Counts = {};
    for (const [, key = '', value = ''] of item.matchAll(/(?:^|[,;\s])(limit|q|remaining|r|reset|t)=(\d+)/g)) {
      tell(counts, STRUCTURED[key]!, value, clock);
    }
    return quotaWindow({ name: /"([\w-]+)"/.exec(item)?.[1] ?? 'requests', ...counts });
  });
}

const MINUTE_MS = 60_000;

/**
 * The exhausted limit; of several, the one that resets last.
 * @param named a unit that the error itself names (`tokens`): used up, whatever its header says.
 */
export function exhausted(
  windows: readonly QuotaWindow[],
  now: number,
  named = '',
): { window: string; resetAt?: number } | undefined {
  const [last] = windows
    .filter(({ name, remaining }) => remaining === 0 || (named !== '' && name.startsWith(named)))
    .map(({ name, resetAt }) => ({ window: name, resetAt: resetAt ?? (name.endsWith('minute') ? now + MINUTE_MS : 0) }))
    .toSorted((a, b) => b.resetAt - a.resetAt);
  if (last === undefined) return undefined;
  return last.resetAt > now ? last : { window: last.window };
}

/** A number worth showing: Azure sends -1 for a limit that it does not count. */
export function readNumber(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** A window as the wire reports it, with the fraction used worked out. */
export function quotaWindow(facts: {
  name: string;
  used?: number | undefined;
  limit?: number | undefined;
  remaining?: number | undefined;
  resetAt?: number | undefined;
}): QuotaWindow {
  // A host reports 0 for a limit that it does not count.
  const limit = facts.limit === 0 ? undefined : facts.limit;
  const remaining = facts.limit === 0 ? undefined : facts.remaining;
  const counted = limit === undefined || remaining === undefined ? undefined : Math.max(0, 1 - remaining / limit);
  const used = facts.used ?? counted;
  return {
    name: facts.name,
    ...(used === undefined ? {} : { used }),
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(facts.resetAt === undefined ? {} : { resetAt: facts.resetAt }),
    source: 'wire',
  };
}
