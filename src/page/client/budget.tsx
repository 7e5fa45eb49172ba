import { budgetText } from '../../words/money.ts';
import type { Session } from './session.ts';
import type { View } from './view.ts';

/** The amount that one press adds to the caps, US dollars. */
const STEP = 5;

/** The spent part of the budget, and the button that raises it; nothing without a budget. */
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

/** True if a paid provider is skipped for its price: then the button belongs at the top. */
export function isOverBudget({ live }: View): boolean {
  return live?.providers.some(({ state }) => state === 'over_budget') === true;
}
