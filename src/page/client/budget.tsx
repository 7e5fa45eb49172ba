import { budgetText } from '../../words/money.ts';
import type { Session } from './session.ts';
import type { View } from './view.ts';

/** How much one press lifts the caps, US dollars. */
const STEP = 5;

/** What was spent of the budget, and the button that lifts it; nothing where there is none. */
export function Budget({ view, session, steerable }: { view: View; session: Session; steerable: boolean }) {
  const budget = view.live?.budget;
  if (budget?.perSessionUsd === undefined && budget?.perDayUsd === undefined) return null;
  return (
    <p class="budget">
      <span>{budgetText(budget)}</span>
      {steerable && (
        <button type="button" onClick={() => session.lift(STEP)}>
          Spend ${STEP} more in this session
        </button>
      )}
    </p>
  );
}

/** A paid provider is passed over for its price: then the button belongs where it is seen first. */
export function isOverBudget({ live }: View): boolean {
  return live?.providers.some(({ state }) => state === 'over_budget') === true;
}
