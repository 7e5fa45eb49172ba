/** What was sent and spent on one local calendar day. */
export type Day = {
  /** `2026-11-22` */
  date: string;
  requests: number;
  tokens: number;
  /** Estimated spend; `unknown` when something had no known price. */
  usd: number;
  unknown: boolean;
  /** Counted against a cap for what had no known price, US dollars; not in `usd`. */
  assumed?: number;
};
