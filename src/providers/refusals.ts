import type { MessagesRequest } from '../codec/anthropic.ts';
import { NOTHING_REFUSED, ONCE, readRefusal, type Refused } from '../codec/refused.ts';

/** What one provider's models have refused in this session. */
export type Refusals = {
  of(model: string): Refused;
  remember(model: string, refused: Refused): void;
};

export function createRefusals(): Refusals {
  const known = new Map<string, Refused>();
  return {
    of: (model) => known.get(model) ?? NOTHING_REFUSED,
    remember: (model, refused) => void known.set(model, refused),
  };
}

/** A host may name one refused thing at a time, so the number of tries is limited. */
const MOST_TRIES = 4;

/** The part of an answer that tells whether the request was refused. */
export type Judged<Answer> = { answer: Answer; status: number | undefined; said: () => Promise<string> };

/**
 * Asks, and if the host refuses an optional part of the request, asks once more without it. If that helps, the part is
 * left out for this model from then on.
 * @param ask sends the request without the refused parts.
 */
export async function askWithoutRefused<Answer>(
  refusals: Refusals,
  model: string,
  request: MessagesRequest,
  ask: (refused: Refused) => Promise<Judged<Answer>>,
): Promise<Answer> {
  let refused = refusals.of(model);
  for (let tries = 1; ; tries++) {
    const { answer, status, said } = await ask(refused);
    if (status !== 400 && status !== 422) {
      const lasting = new Set([...refused.wishes].filter((wish) => !ONCE.has(wish)));
      if (refused !== refusals.of(model)) refusals.remember(model, { ...refused, wishes: lasting });
      return answer;
    }
    const more = tries < MOST_TRIES ? readRefusal(await said(), request, refused) : undefined;
    if (more === undefined) return answer;
    refused = more;
  }
}
