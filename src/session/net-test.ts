import type { Config } from '../config/schema.ts';
import { UserError } from '../errors.ts';
import type { Bus, EventOf, ProviderId, Reason } from '../events.ts';
import { cooldownOf } from '../failover/cooldown.ts';
import { readOutcome } from '../failover/outcome.ts';
import type { Surroundings } from '../failover/situation.ts';
import type { Checked, Provider } from '../providers/provider.ts';
import type { Tested } from '../state/live.ts';
import { canStandIn } from './stand-in.ts';

/**
 * Tests the net before the fall: when one of Claude's limits comes near, once a session, whoever would answer next is
 * asked for something that needs its key and costs nothing, while there is time to mend what is wrong.
 */
export type NetTest = {
  /** What is known of a provider's key by now; an answer of it says more, and ends that. */
  of(provider: ProviderId): Tested | undefined;
};

/** Who could answer in Claude's place now, the first one first. */
export function fallbacksOf(
  { failover }: Pick<Config, 'failover'>,
  order: readonly Provider[],
  { cooldowns, overBudget, steering, now }: Surroundings,
): Provider[] {
  if (!failover.enabled || steering.pinned?.only === true) return [];
  return order.filter((provider) => {
    const isFree = !overBudget.has(provider.id) && cooldownOf(cooldowns, provider.id, undefined, now) === undefined;
    return isFree && canStandIn(provider);
  });
}

/** @param input.next the fallbacks that could be asked, the first one first. */
export function createNetTest(input: {
  bus: Bus;
  next: () => readonly Provider[];
  redact: (text: string) => string;
  now: () => number;
}): NetTest {
  const { bus, next, now } = input;
  const tested = new Map<ProviderId, Tested>();
  let begun = false;

  async function test(provider: Provider, at: number): Promise<EventOf<'net-test'>['result']> {
    const { id, keys } = provider;
    const key = keys && { key: at + 1 };
    const verdict = await provider.checkKey!(at).then(
      (checked) => verdictOf(checked, provider, input),
      (error: unknown) => ({ result: 'failed' as const, reason: troubleOf(error) }),
    );
    // Its keys are tested one after another; the first that is accepted will do.
    if (tested.get(id)?.result !== 'ready') tested.set(id, { ...verdict, at: now() });
    bus.emit({ type: 'net-test', provider: id, ...key, ...verdict });
    return verdict.result;
  }

  async function testAll(): Promise<void> {
    for (const provider of next()) {
      if (provider.checkKey === undefined) continue;
      const results = [];
      for (const at of (provider.keys ?? [0]).keys()) results.push(await test(provider, at));
      // Behind one that may answer nobody has to be looked at.
      if (results.some((result) => result !== 'failed')) return;
    }
  }

  bus.on((event) => {
    if (event.type === 'exchange-end' && event.outcome === 'answered') tested.delete(event.provider ?? '');
    if (event.type !== 'limit-approach' || begun) return;
    begun = true;
    // The request that has told of the limit is on its way to the client first.
    setImmediate(() => void testAll().catch(() => {}));
  });

  return { of: (provider) => tested.get(provider) };
}

type Verdict = Pick<EventOf<'net-test'>, 'result' | 'reason'>;

function verdictOf(
  checked: Checked | undefined,
  { wire, own, host }: Provider,
  { redact, now }: { redact: (text: string) => string; now: () => number },
): Verdict {
  if (checked === undefined) return { result: 'not-tested' };
  const { status, headers, body, proves } = checked;
  if (status === 200) return { result: proves ? 'ready' : 'not-tested' };
  const failure = { wire, cause: 'status', status, headers, body, translated: true } as const;
  const { reason } = readOutcome(failure, { now: now(), streak: 0, on: [], fallback: !own, host, redact });
  // A key that may not read this may still ask models, and a path may be missing.
  return UNTOLD.has(reason.kind) ? { result: 'not-tested' } : { result: 'failed', reason };
}

const UNTOLD: ReadonlySet<Reason['kind']> = new Set<Reason['kind']>([
  'not-permitted',
  'not-found',
  'request-refused',
  'redirect',
  'status',
]);

function troubleOf(error: unknown): Reason {
  if (error instanceof UserError) return { kind: 'setup', text: error.message };
  const { name, cause } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') return { kind: 'silence' };
  const { code } = Object(cause ?? error) as { code?: unknown };
  return { kind: 'network', ...(typeof code === 'string' && { code }) };
}
