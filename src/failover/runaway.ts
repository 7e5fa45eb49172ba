/** When requests of subagents came of late, epoch milliseconds, in order; `over`: they are too many since then. */
export type Swarm = { sent: readonly number[]; over?: number };

export const CALM: Swarm = { sent: [] };

const MINUTE_MS = 60_000;

/**
 * One more request of a subagent. Too many in a minute are a loop that nobody meant, and stay one until they are fewer
 * than half: a swarm at the edge is not let go and stopped again with every request.
 * @param most how many a minute; 0: no limit.
 */
export function withRequest(swarm: Swarm, at: number, most: number): Swarm {
  if (most === 0) return CALM;
  // A clock that was set back would keep requests of the future.
  const recent = swarm.sent.filter((one) => one > at - MINUTE_MS && one <= at);
  const sent = [...recent, at].slice(-(most + 1));
  const isOver = sent.length > (swarm.over === undefined ? most : Math.max(1, most / 2));
  return isOver ? { sent, over: swarm.over ?? at } : { sent };
}
