import type { Folders } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { ProviderId } from '../events.ts';
import { defuse } from '../memory/defuse.ts';
import { createHandOff, type HandOff, type MemoryMode } from '../memory/hand-off.ts';
import type { Remembering } from '../proxy/context.ts';
import type { StoreFail } from '../recall/open.ts';
import { reasonText } from '../words/why.ts';
import { createIdle } from './idle.ts';
import type { SessionRecord } from './record.ts';
import type { Label } from '../words/label.ts';

/** What the next model is told of this session, and what later sessions are told. */
export type SessionMemory = {
  handOff: HandOff;
  /** What outlives the session; undefined: nothing does, or it is not loaded yet. */
  remembering(): Remembering | undefined;
  /** The user's word in this session: `ccmux memory on` and `off`. */
  wish(on: boolean): undefined;
  /** Loads what keeps passages for later sessions, where the user wants that. */
  load(): Promise<void>;
  /** Resolves when the last passages are kept. */
  close(): Promise<void>;
};

/** @param input.own the id of the user's own Claude, whose words need no name. */
export function createSessionMemory(input: {
  config: Pick<Config, 'memory' | 'embedding'>;
  places: Pick<Folders, 'memory'>;
  cwd: string;
  session: string;
  own: ProviderId | undefined;
  label: Label;
  record: Pick<SessionRecord, 'bus' | 'redact' | 'unwritten' | 'fault'>;
  now: () => number;
}): SessionMemory {
  const { config, places, cwd, session, own = '', label, record, now } = input;
  let wished: boolean | undefined;
  let hasFailed = false;
  let hasToldStore = false;
  let remembering: (Remembering & { close(): Promise<void> }) | undefined;
  const idle = createIdle(failed);
  const handOff = createHandOff({
    settings: () => ({ ...config.memory, mode: mode() }),
    own,
    label,
    clean: (text) => defuse(text, record.redact),
    why: reasonText,
    idle,
  });

  function mode(): MemoryMode {
    if (wished === false) return 'off';
    return wished && config.memory.mode === 'off' ? 'session' : config.memory.mode;
  }

  /** Told once: the session goes on without. */
  function failed(fault: unknown): void {
    if (!hasFailed) record.unwritten('memory', fault);
    hasFailed = true;
  }

  /** The files go on without it, and so do later questions: it may be back. */
  function storeFailed(fail: StoreFail): void {
    if (!hasToldStore) record.bus.emit({ type: 'memory-store-fail', ...fail });
    hasToldStore = true;
  }

  async function remember(): Promise<void> {
    const { createRemembering } = await import('./remember.ts');
    const { openStore } = await import('../recall/open.ts');
    const { embeddingOf } = await import('./embedding.ts');
    const { projectKey } = await import('../recall/project.ts');
    const project = projectKey(cwd);
    const store = await openStore({
      folder: places.memory,
      settings: config.memory,
      embedding: embeddingOf(config),
      ahead: project,
      failed: storeFailed,
      unread: (trouble) => record.fault('memory of earlier sessions', trouble),
    });
    remembering = createRemembering({
      store,
      project,
      session,
      settings: () => config.memory,
      now,
      failed,
      handOff,
    });
  }

  return {
    handOff,
    remembering: () => remembering,
    wish: (on) => void (wished = on),
    load: async () => (config.memory.mode === 'project' ? remember().catch(failed) : undefined),
    async close() {
      await remembering?.close();
      idle.close();
    },
  };
}
