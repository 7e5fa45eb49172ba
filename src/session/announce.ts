import type { Folders } from '../config/paths.ts';
import { FORMAT } from '../ground/format.ts';
import { identityOf } from '../ground/process.ts';
import type { Provider } from '../providers/provider.ts';
import { registerRunning } from '../state/running.ts';
import { version } from '../version.ts';
import type { SessionRecord } from './record.ts';

/**
 * The session has begun: its first event, and its entry among the running sessions, by which `ccmux status` finds it.
 * @param session.url its own address, token included.
 * @returns a function that removes the entry; it never throws.
 */
export function announce(session: {
  id: string;
  url: string;
  cwd: string;
  providers: readonly Provider[];
  places: Pick<Folders, 'state'>;
  record: SessionRecord;
}): () => void {
  const { id, url, cwd, providers, places, record } = session;
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
