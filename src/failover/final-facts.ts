import type { Failure } from '../errors.ts';
import type { ProviderId, Reason } from '../events.ts';
import { readTooLong } from './too-long.ts';
import type { Tried } from './past.ts';
import type { AskedFacts } from './request-facts.ts';
import type { Choice } from './policy.ts';
import { cooldownOf, soonestReset, type Cooldown } from './cooldown.ts';
import { waitingHelps } from '../words/ends.ts';
import type { Situation } from './situation.ts';

/** Why no provider could answer a request, and what the client should do. */
export type FinalFacts = {
  skipped: Choice['skipped'];
  /** Every provider that was tried or passed over, in the user's order, and until when each is unavailable. */
  each: { provider: ProviderId; reason: Reason; until?: number; asked: boolean }[];
  /** Claude's own last failure, if it was asked. */
  claude: Failure | undefined;
  /** Claude's error was one that the client retries by itself. */
  transient: boolean;
  /** Only Claude was asked, because the user's own set-up keeps it from being reached. */
  untrusted: Extract<Reason, { kind: 'certificate' }> | undefined;
  /** A provider could have answered a shorter conversation. */
  tooLong: { tokens: number; limit: number } | undefined;
  /** When the first of those with which waiting helps can be asked again, epoch milliseconds. */
  soonest: number | undefined;
};

/** Claude Code asks again by itself within this time, so it need not compact the conversation. */
const SOON_MS = 60_000;

export function finalFacts(
  tried: readonly Tried[],
  skipped: Choice['skipped'],
  situation: Situation,
  request: AskedFacts | undefined,
): FinalFacts {
  const { cooldowns, now } = situation;
  const order = situation.order('');
  const claude = order.find(({ own }) => own)?.id;
  const own = tried.findLast(({ provider }) => provider === claude);
  const last = new Map(tried.map((one) => [one.provider, one]));
  const passedOver = new Map(skipped.map((one) => [one.provider, one]));
  return {
    each: [...new Set([...order.map(({ id }) => id), ...passedOver.keys()])].flatMap((id) => {
      const reason = last.get(id)?.outcome.reason ?? passedOver.get(id)?.detail;
      const until = cooldownOf(cooldowns, id, situation.family, now)?.until;
      return reason === undefined
        ? []
        : [{ provider: id, reason, ...(until !== undefined && { until }), asked: last.has(id) }];
    }),
    skipped,
    claude: own?.failure,
    transient: own !== undefined && ['overloaded', 'server_error', 'network', 'timeout'].includes(own.outcome.failure),
    untrusted: own?.outcome.reason.kind === 'certificate' ? own.outcome.reason : undefined,
    tooLong: request && findTooLong(tried, skipped, { situation, claude, request }),
    soonest: soonestReset(
      cooldowns,
      order.map(({ id }) => id).filter((id) => mayAnswer(cooldownOf(cooldowns, id, situation.family, now))),
      now,
    ),
  };
}

/** Once its cooldown is over: not one that the user must mend. */
function mayAnswer(cooldown: Cooldown | undefined): boolean {
  return cooldown === undefined || waitingHelps(cooldown.reason);
}

/** The fallback that could answer a shorter conversation while Claude is away for long. */
function findTooLong(
  tried: readonly Tried[],
  skipped: Choice['skipped'],
  { situation, claude, request }: { situation: Situation; claude: ProviderId | undefined; request: AskedFacts },
): FinalFacts['tooLong'] {
  const cooldown =
    claude === undefined ? undefined : cooldownOf(situation.cooldowns, claude, situation.family, situation.now);
  if (claude !== undefined && (cooldown === undefined || cooldown.until - situation.now <= SOON_MS)) return undefined;
  const refused = tried.find(({ provider, failure }) => provider !== claude && readTooLong(failure));
  const passedOver = new Set(skipped.filter(({ reason }) => reason === 'window').map(({ provider }) => provider));
  const provider = situation
    .order(request.model)
    .find(({ id }) => (refused === undefined ? passedOver.has(id) : id === refused.provider));
  if (provider === undefined) return undefined;
  const said = refused && readTooLong(refused.failure);
  const limit = said?.limit ?? provider.contextWindow;
  return { limit, tokens: said?.tokens ?? Math.max(request.inputTokens(provider.id), limit + 1) };
}
