import type { EventOf } from '../events.ts';
import { cut, plural } from './text.ts';

/** The line has more to say. */
const LONGEST_CAUSE = 50;

type Change = Pick<EventOf<'sharing-change'>, 'by' | 'state' | 'machines' | 'why' | 'known'>;

/** The server by which machines share was lost, or is back. */
export function sharingLine(change: Change): string {
  const { by, state, why, known, machines = 1 } = change;
  if (state === 'connected') return `${by} is back · what changed meanwhile is merged, ${shareText(machines)}`;
  const lost = `${by}: ${cut(whyText(why ?? 'no answer'), LONGEST_CAUSE)}`;
  return known === true
    ? `${lost} · this machine goes on with what it last knew, and with its share of a daily budget`
    : `${lost} · nothing is shared yet, and nothing of a daily budget is spent until it answers`;
}

/** The same at one moment: `by valkey at team-cache, 3 machines share`. */
export function standingText(shared: Standing): string {
  const { by, scope, state, machines = 1, why = '', known } = shared;
  const mine = scope === 'me' ? ', of yours alone' : '';
  if (state === 'connecting') return `by ${by}${mine}, not reached yet`;
  if (state === 'connected') return `by ${by}${mine}, ${shareText(machines)}`;
  const until = known === true ? 'what was last known holds' : 'nothing is shared yet';
  return `${by} is away (${whyText(why)}): ${until}`;
}

type Standing = {
  by: string;
  scope: 'team' | 'me';
  state: 'connecting' | 'connected' | 'away';
  machines?: number;
  why?: string;
  known?: boolean;
};

export function shareText(machines: number): string {
  return `${plural(machines, 'machine')} ${machines === 1 ? 'shares' : 'share'}`;
}

/** What the system, the client library or the server calls it. */
const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the connection broke',
  EHOSTUNREACH: 'no way to the host',
  'Connection is closed.': 'the connection broke',
  'Command timed out': 'no answer',
};

/** What keeps a server from being used, for a person. */
export function whyText(why: string): string {
  if (why.startsWith('NOAUTH')) return 'it wants a password';
  if (why.startsWith('WRONGPASS') || why.startsWith('ERR invalid password')) return 'it does not take the password';
  if (why.startsWith('NOPERM')) return 'its user may not do this';
  if (why.startsWith('Protocol error')) return 'what answers there is no such server';
  return CAUSES[why] ?? why;
}
