import type { Folders } from '../config/paths.ts';
import { FORMAT } from '../ground/format.ts';
import { identityOf } from '../ground/process.ts';
import type { Provider } from '../providers/provider.ts';
import { registerRunning } from '../state/running.ts';
import { version } from '../version.ts';
import type { SessionRecord } from './record.ts';

/** The session's first event: nothing else may come before it. */
export function tellStart(session: {
  id: string;
  cwd: string;
  providers: readonly Provider[];
  record: Pick<SessionRecord, 'bus'>;
}): void {
  const { id, cwd, providers, record } = session;
  record.bus.emit({
    type: 'session-start',
    format: FORMAT,
    session: id,
    pid: process.pid,
    version,
    cwd,
    order: providers.filter(({ routed }) => !routed).map((provider) => provider.id),
    providers: providers.map(({ id: provider, label, kind, paid }) => ({ id: provider, label, kind, paid })),
  });
}

/**
 * Puts the session among the running ones, by which `ccmux status` finds it.
 * @param session.url its own address, token included.
 * @returns a function that removes it; it never throws.
 */
export function listSession(session: {
  id: string;
  url: string;
  cwd: string;
  places: Pick<Folders, 'state'>;
  record: Pick<SessionRecord, 'unwritten'>;
}): () => void {
  const { id, url, cwd, places, record } = session;
  try {
    return registerRunning({
      stateDir: places.state,
      session: id,
      ...identityOf(),
      controlUrl: `${url}/ccmux`,
      claudeCwd: cwd,
    });
  } catch (fault) {
    record.unwritten('folder', fault);
    return () => {};
  }
}
