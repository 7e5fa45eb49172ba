import { folders } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import { readSharedAddress, type SharedAddress } from '../config/shared-address.ts';
import { UserError } from '../errors.ts';
import type { EventBody } from '../events.ts';
import { fillIn, variablesIn } from '../ground/fill-in.ts';
import { markOf } from '../ground/mark.ts';
import { nameOfUser } from '../ground/user.ts';
import { keepSecret, runSecretCommand } from '../providers/keys.ts';
import type { Trust } from '../providers/trust.ts';
import type { Together } from '../proxy/budget.ts';
import type { LiveState } from '../state/live.ts';
import { openSharedState, type SharedState } from '../state/shared-state.ts';
import { connect, type ServerAddress } from '../state/team/server.ts';
import type { Standing } from '../state/team/standing.ts';
import { openTeamStore, type TeamStore } from '../state/team/store.ts';

const { join } = process.getBuiltinModule('node:path');

/** What several machines share by the setting `shared`. */
export type Sharing = {
  state: SharedState;
  together: Together;
  /** For the status. */
  view(): NonNullable<LiveState['shared']>;
};

/** Where the facts are, for a person and for the server. */
export type SharedPlace = {
  address: SharedAddress;
  /** `valkey at team-cache` */
  label: string;
  /** What the server keeps the facts under. */
  key: string;
  /** What this machine keeps of them. */
  file: string;
  connection: ServerAddress;
};

/**
 * @returns undefined where nothing is shared.
 * @throws Error where the setting names a variable that is not set.
 */
export function sharedPlace(
  { shared, sharedPasswordCommand }: Pick<Config, 'shared' | 'sharedPasswordCommand'>,
  env: NodeJS.ProcessEnv,
  trust: Pick<Trust, 'forOthers'>,
): SharedPlace | undefined {
  const address = readSharedAddress(shared, env);
  if (address === undefined) return undefined;
  const { kind, host, port, database, encrypted, user, scope, prefix } = address;
  const key = scope === 'team' ? `${prefix}:team` : `${prefix}:me:${markOf(user ?? nameOfUser())}`;
  return {
    address,
    label: `${kind} at ${host}`,
    key,
    file: join(folders(env).state, `shared-${markOf(`${host}:${port}/${database} ${key}`)}.json`),
    connection: {
      host,
      port,
      database,
      ...(encrypted && { tls: trust.forOthers }),
      ...(user !== undefined && { user }),
      password: () => passwordOf(address, sharedPasswordCommand, env),
    },
  };
}

/** @throws UserError where there should be one and is none. */
async function passwordOf(
  { password }: SharedAddress,
  command: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (password === undefined) {
    return command === undefined ? undefined : runSecretCommand('sharedPasswordCommand', command, env);
  }
  const filled = fillIn(password, env);
  if (filled === undefined) {
    throw new UserError(
      `${variablesIn(password)
        .filter((name) => !env[name])
        .join(' and ')} is not set`,
    );
  }
  keepSecret(filled);
  return filled;
}

/**
 * Opens what is shared; nothing is loaded and nobody is asked before `state.load()`.
 * @param input.onStanding called when the server is lost, and when it is back.
 */
export function openSharing(input: {
  place: SharedPlace;
  now: () => number;
  onStanding: (standing: Standing) => void;
  onFault: (fault: unknown) => void;
}): Sharing {
  const { place, now, onFault } = input;
  const { file, key, connection } = place;
  const store = openTeamStore({
    file,
    key,
    now,
    onStanding: input.onStanding,
    onDamage: onFault,
    connect: () => connect(connection),
  });
  const state = openSharedState({ store, now, onFault });
  return {
    state,
    together: togetherWith(store, state, onFault),
    view: () => ({ by: place.label, scope: place.address.scope, ...store.standing() }),
  };
}

/** The event of a server that was lost, or is back. */
export function sharingChange(by: string, standing: Exclude<Standing, { state: 'connecting' }>): EventBody {
  const type = 'sharing-change';
  if (standing.state === 'connected') return { type, by, ...standing };
  const { state, why, known } = standing;
  return { type, by, state, why, known };
}

/** The day's spend by all machines; this machine's own file has its part as well, for `ccmux status`. */
export function dayOfAll(local: SharedState, { state, together }: Sharing) {
  return {
    spentToday: state.spentToday,
    assumedToday: state.assumedToday,
    spendUnknown: state.spendUnknown,
    addSpend(...spend: Parameters<SharedState['addSpend']>) {
      local.addSpend(...spend);
      state.addSpend(...spend);
    },
    together,
  };
}

function togetherWith(store: TeamStore, state: SharedState, onFault: (fault: unknown) => void): Together {
  return {
    capNow: store.capNow,
    reservedElsewhere: store.reservedElsewhere,
    async reserve(usd, cap) {
      const id = await store.reserve(usd, cap);
      // What it cost must be on record first: between the two nobody may take it for money that is left.
      const end = () => state.kept().then(() => store.release(id!));
      return id === undefined ? undefined : () => void end().catch(onFault);
    },
  };
}
