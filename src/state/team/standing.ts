/** Whether the server is reached. */
export type Standing =
  | { state: 'connecting' }
  | { state: 'connected'; machines: number }
  /** `known`: it was reached before, so that the last known facts hold. `since`: epoch milliseconds. */
  | { state: 'away'; why: string; known: boolean; since: number };
