import { dollars } from '../../words/money.ts';

/** US dollars. Less than a cent is set small. `null`: the price is unknown. */
export function Amount({ usd }: { usd: number | null }) {
  return <span class={usd !== null && usd < 0.01 ? 'under-a-cent' : undefined}>{dollars(usd)}</span>;
}
