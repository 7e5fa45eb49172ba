import type { Config } from '../config/schema.ts';
import { createTrust } from '../providers/trust.ts';
import { sharedPlace, type SharedPlace } from '../session/sharing.ts';
import { aheadOf } from '../state/team/clock.ts';
import { activeMachines } from '../state/team/facts.ts';
import { parseTeamFacts } from '../state/team/replica.ts';
import { connect } from '../state/team/server.ts';
import { whyAway } from '../state/team/why-away.ts';
import { shareText, whyText, whyWay } from '../words/sharing.ts';
import { duration } from '../words/time.ts';
import type { Check } from './doctor-check.ts';

const about = 'sharing' as const;

const WHAT =
  'shared: cooldowns, spend, counts, usual times and limits, under marks of 8 digits for keys and accounts; ' +
  'no prompts, no keys, no journals';

/** The server by which machines share: whether it can be used, how fast it is, and what is there. */
export async function checkShared(
  config: Pick<Config, 'shared' | 'sharedPasswordCommand'>,
  env: NodeJS.ProcessEnv,
  now: () => number = Date.now,
): Promise<Check[]> {
  let place: SharedPlace | undefined;
  try {
    place = sharedPlace(config, env, createTrust(env));
    return place ? [await ask(place, now), { about, level: 'note', text: WHAT }] : [];
  } catch (fault) {
    const why = whyAway(fault);
    const text = `${place?.label ?? 'shared'} cannot be used: ${whyText(why)}`;
    const way = [whyWay(why), 'Each machine goes on by itself until it can.'].filter(Boolean).join(' ');
    return [{ about, level: 'broken', text, way }];
  }
}

async function ask({ label, connection, key }: SharedPlace, now: () => number): Promise<Check> {
  const server = await connect(connection);
  try {
    const { version, ms } = await server.describe();
    const held = await server.read(key, '');
    const facts = held.text === undefined || held.text === '' ? undefined : parseTeamFacts(held.text);
    if (facts === undefined && held.revision !== '') throw new Error('what is there was not written by ccmux');
    await server.tryToWrite(key);
    if (facts === 'foreign') return { about, level: 'warn', text: `${label}: a newer ccmux has written there` };
    const machines = facts === undefined ? 0 : activeMachines(facts, held.now);
    const there = machines === 0 ? 'no machine has shared yet' : shareText(machines);
    const text = `${label} (${version}) answers in ${ms.toFixed(1)} ms; ${there}, under ${key}`;
    const aheadMs = aheadOf(0, held.now - now());
    if (aheadMs === 0) return { about, level: 'ok', text };
    const off = `this machine's clock is ${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead'}`;
    return { about, level: 'warn', text: `${text}; ${off}`, way: 'Set the clock. What is shared goes by the server.' };
  } finally {
    server.close();
  }
}
