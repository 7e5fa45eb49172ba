import type { MessagesRequest } from '../codec/anthropic.ts';
import { NOTHING_REFUSED, ONCE, readRefusal, type Refused } from '../codec/refused.ts';

/** What one provider's models were found to refuse, for as long as the session lasts. */
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

/** A request refuses as little as one thing at a time; a host that goes on refusing is not asked for ever. */
const MOST_TRIES = 4;

/** An answer as far as it says whether the request was refused. */
export type Judged<Answer> = { answer: Answer; status: number | undefined; said: () => Promise<string> };

/**
 * Asks, and where the host refuses something that the request can do without, asks once more without it. What had to
 * be left out is remembered for the model once that helped.
 * @param ask sends the request without what is refused.
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
