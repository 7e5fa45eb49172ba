import type { EventOf } from '../events.ts';
import { certificateText, certificateWay, isCertificateTrouble } from './certificate.ts';
import { cut, plural } from './text.ts';
import { clock } from './time.ts';

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

/** The same at one moment: `by valkey at team-cache, with 2 other machines`. */
export function standingText(shared: Standing, now: number): string {
  const { by, scope, state, machines = 1, why = '', known, since = now } = shared;
  const mine = scope === 'me' ? ' of yours' : '';
  if (state === 'connecting') return `by ${by}, not reached yet`;
  if (state === 'connected') return `by ${by}, ${othersText(machines - 1, mine)}`;
  const until = known === true ? "this machine's own file has what was last known" : 'nothing is shared yet';
  return `${by} is away since ${clock(since, now)} (${whyText(why)}): ${until}`;
}

type Standing = {
  by: string;
  scope: 'team' | 'me';
  state: 'connecting' | 'connected' | 'away';
  machines?: number;
  why?: string;
  known?: boolean;
  since?: number;
};

function othersText(others: number, mine: string): string {
  return others < 1 ? `no other machine${mine} yet` : `with ${plural(others, 'other machine')}${mine}`;
}

export function shareText(machines: number): string {
  return `${plural(machines, 'machine')} ${machines === 1 ? 'shares' : 'share'}`;
}

type Cause = readonly [text: string, way?: string | undefined];

const TO_START = 'How to start one: ccmux help sharing.';
const PASSWORD = 'Put the password into the address by a variable, or name a sharedPasswordCommand.';
const BROKE: Cause = [
  'the connection broke',
  'If it takes encrypted connections only, begin the address with rediss:// or valkeys://.',
];

const SILENT: Cause = [
  'no answer',
  'Check the host and the port, and that the server runs. If it takes no encrypted connections, begin the address with redis://.',
];

/** What the system, the client library or the server calls it. */
const CAUSES: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: ['nothing listens there', TO_START],
  ENOTFOUND: ['no such host', TO_START],
  EAI_AGAIN: ['no such host', TO_START],
  ETIMEDOUT: SILENT,
  ECONNRESET: BROKE,
  EHOSTUNREACH: ['no way to the host', TO_START],
  'Connection is closed.': BROKE,
  'Command timed out': SILENT,
  'no-tls': ['no TLS at this address', 'If it takes no encrypted connections, begin the address with redis://.'],
};

const FOREIGN = 'what is there was not written by ccmux';
const ANOTHER_PREFIX = 'Take another ?prefix=… in the address, or remove what is there.';

/** By how its words begin. */
const REFUSALS: readonly [begins: string, ...Cause][] = [
  ['NOAUTH', 'it wants a password', PASSWORD],
  ['WRONGPASS', 'it does not take the password', 'Check the password, and the user in the address.'],
  ['ERR invalid password', 'it does not take the password', 'Check the password.'],
  ['ERR AUTH <password> called without', 'it wants no password', 'Take the password out of the address.'],
  ['ERR Client sent AUTH', 'it wants no password', 'Take the password out of the address.'],
  ['ERR DB index', 'it has no database of this number', 'Take another number; 0 is always there.'],
  ['ERR max number of clients', 'too many are connected to it', 'Raise maxclients of the server.'],
  ['ERR unknown command', 'it does not know a command', 'It must be Valkey or Redis, 5 or newer.'],
  ['READONLY', 'it is a replica, which takes no changes', 'Name the server that the replica follows.'],
  ['OOM', 'its memory is full', 'Raise maxmemory of the server.'],
  ['MISCONF', 'it cannot write to its disk', 'Its own log says why.'],
  ['LOADING', 'it is still starting', 'Wait a moment.'],
  ['WRONGTYPE', FOREIGN, ANOTHER_PREFIX],
  [FOREIGN, FOREIGN, ANOTHER_PREFIX],
  ['NOPERM', 'its user may not do this', 'Which commands it needs: ccmux help sharing.'],
  ['Protocol error', 'what answers there is no such server', 'Check the host and the port.'],
];

function causeOf(why: string): Cause {
  const known = CAUSES[why];
  if (known) return known;
  if (isCertificateTrouble(why)) return [certificateText({ what: why }), certificateWay({ what: why })];
  const refusal = REFUSALS.find(([begins]) => why.startsWith(begins));
  return refusal ? [refusal[1], refusal[2]] : [why];
}

/** What keeps a server from being used, for a person. */
export function whyText(why: string): string {
  return causeOf(why)[0];
}

/** What the user can do about it, where the cause does not say it itself. */
export function whyWay(why: string): string | undefined {
  return causeOf(why)[1];
}
