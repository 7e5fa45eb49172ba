import type { ProviderId } from '../events.ts';
import type { Choice } from './policy.ts';
import { cooldownOf } from './cooldown.ts';
import type { Safety, Situation } from './situation.ts';

/** The situation of auto mode's question about an action. */
export type CheckSituation = Situation & { safety: Safety };

/**
 * Who may answer that question: the user's own Claude, and with `other` any provider without an open proposal. The
 * request does not reliably say which action it is about, so a provider with any open proposal is left out. The user's
 * preference for answers does not matter.
 */
export function forJudges(situation: CheckSituation): CheckSituation {
  const { checks, proposers } = situation.safety;
  const mayJudge = ({ id, own = false }: { id: ProviderId; own?: boolean }) =>
    own || (checks === 'other' && !proposers.has(id));
  return {
    ...situation,
    order: (model) => situation.order(model).filter(mayJudge),
    steering: {},
    times: { ...situation.times, waitUpTo: 0 },
  };
}

/** Who may not judge, for the record. */
export function noJudges(situation: Situation, judges: Situation): Choice['skipped'] {
  const may = new Set(judges.order('').map(({ id }) => id));
  return situation
    .order('')
    .filter(({ id }) => !may.has(id))
    .map(({ id }) => ({ provider: id, reason: 'not_chosen', detail: { kind: 'no-judge' } }));
}

/** Claude's error while its limit holds, so that Claude need not be asked for it again. */
export function heldLimit({
  safety: { claudeLimit },
  order,
  cooldowns,
  family,
  now,
}: CheckSituation): Safety['claudeLimit'] {
  const claude = order('').find(({ own }) => own);
  const cooldown = claude && cooldownOf(cooldowns, claude.id, family, now);
  return cooldown && cooldown.until === claudeLimit?.until ? claudeLimit : undefined;
}
