import { dollars } from '../../words/money.ts';

/** Dollars. What is less than a cent is set small: it is no sum. `null`: nobody knows the price. */
export function Amount({ usd }: { usd: number | null }) {
  return <span class={usd !== null && usd < 0.01 ? 'under-a-cent' : undefined}>{dollars(usd)}</span>;
}
