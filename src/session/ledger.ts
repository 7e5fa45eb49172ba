import type { Folders } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { EventBody } from '../events.ts';
import type { Address } from '../launch/address.ts';
import type { Provider } from '../providers/provider.ts';
import type { Trust } from '../providers/trust.ts';
import type { createBudget } from '../proxy/budget.ts';
import type { Whose } from '../proxy/whose.ts';
import type { LiveState } from '../state/live.ts';
import { openSharedState } from '../state/shared-state.ts';
import type { Standing } from '../state/team/standing.ts';
import { followAccountName, ledgerOf, type SessionLedger } from './account.ts';
import type { SessionRecord } from './record.ts';
import { ledgerIds, sharedLedger, sharedNames } from './shared-ledger.ts';
import { dayOfAll, openSharing, sharedPlace, sharingChange, type Sharing } from './sharing.ts';

const { join } = process.getBuiltinModule('node:path');

/** What outlives a session: limits and times of the providers, and what was spent today, by all sessions. */
export type OpenLedger = SessionLedger & {
  /** What was spent today. */
  day: Parameters<typeof createBudget>[1];
  /** With whom it is shared; undefined: with this machine's sessions alone. */
  sharedBy(): LiveState['shared'];
  /** `shared` names nothing that could be reached: to be told. */
  unshared: EventBody | undefined;
  /** Reads what is known, and follows it from then on. */
  load(): Promise<void>;
  close(): Promise<void>;
};

/** This machine's ledger, and with the setting `shared` that of several machines; nothing is read before `load`. */
export function openLedger(input: {
  config: Config;
  env: NodeJS.ProcessEnv;
  places: Pick<Folders, 'state'>;
  address: Address;
  providers: readonly Provider[];
  whose: Whose;
  trust: Trust;
  record: Pick<SessionRecord, 'bus' | 'unwritten'>;
  now: () => number;
}): OpenLedger {
  const { env, places, address, providers, whose, record } = input;
  const { account } = whose;
  const onFault = (fault: unknown) => record.unwritten('shared', fault);
  const local = openSharedState({ file: join(places.state, 'providers.json'), onFault });
  const accountName = followAccountName(address.current, env);
  const ledger = ledgerOf(local, accountName, account);

  const { sharing, unshared } = tryToShare({ ...input, onFault });
  if (sharing === undefined) {
    const load = () => local.load().then(local.watch);
    return { ...ledger, day: local, sharedBy: () => undefined, unshared, load, close: local.close };
  }
  const { state, view } = sharing;
  const claude = {
    account,
    address: () => (accountName() === undefined ? undefined : new URL(address.current()).host),
  };
  return {
    ...sharedLedger(ledger, state, sharedNames(providers, claude), ledgerIds(providers)),
    day: dayOfAll(local, sharing),
    sharedBy: view,
    unshared,
    async load() {
      await Promise.all([local.load(), state.load()]);
      local.watch();
      state.watch();
    },
    close: async () => void (await Promise.all([local.close(), state.close()])),
  };
}

/** Nothing is shared, and nothing is to be told, where the setting is empty. */
function tryToShare(input: {
  config: Config;
  env: NodeJS.ProcessEnv;
  trust: Trust;
  record: Pick<SessionRecord, 'bus'>;
  now: () => number;
  onFault: (fault: unknown) => void;
}): { sharing?: Sharing; unshared?: EventBody } {
  const { config, env, trust, record, now, onFault } = input;
  try {
    const place = sharedPlace(config, env, trust);
    if (place === undefined) return {};
    const onStanding = (standing: Standing) => {
      if (standing.state !== 'connecting') record.bus.emit(sharingChange(place.label, standing));
    };
    return { sharing: openSharing({ place, now, onStanding, onFault }) };
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    return { unshared: { type: 'sharing-change', by: 'shared', state: 'away', why, known: false } };
  }
}
