import type { Config } from '../config/schema.ts';
import type { ProviderId } from '../events.ts';
import { defuse } from '../memory/defuse.ts';
import { createHandOff, type HandOff, type MemoryMode } from '../memory/hand-off.ts';
import type { Remembering } from '../proxy/context.ts';
import { reasonText } from '../words/why.ts';

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

/**
 * @param input.folder where the passages of all projects are.
 * @param input.own the id of the user's own Claude, whose words need no name.
 * @param input.unwritten called with the first failure: the session goes on without.
 */
export function createSessionMemory(input: {
  config: Pick<Config, 'memory'>;
  folder: string;
  cwd: string;
  session: string;
  own: ProviderId | undefined;
  label: (provider: ProviderId) => string;
  redact: (text: string) => string;
  unwritten: (fault: unknown) => void;
  now: () => number;
}): SessionMemory {
  const { config, folder, cwd, session, own = '', label, redact, unwritten, now } = input;
  let wished: boolean | undefined;
  let hasFailed = false;
  let remembering: (Remembering & { close(): Promise<void> }) | undefined;
  const handOff = createHandOff({
    settings: () => ({ ...config.memory, mode: mode() }),
    own,
    label,
    clean: (text) => defuse(redact(text)),
    why: reasonText,
  });

  function mode(): MemoryMode {
    if (wished === false) return 'off';
    return wished && config.memory.mode === 'off' ? 'session' : config.memory.mode;
  }

  function failed(fault: unknown): void {
    if (!hasFailed) unwritten(fault);
    hasFailed = true;
  }

  async function remember(): Promise<void> {
    const { createRemembering } = await import('./remember.ts');
    const { openFiles } = await import('../recall/files.ts');
    const { projectKey } = await import('../recall/project.ts');
    remembering = createRemembering({
      store: openFiles(folder),
      project: projectKey(cwd),
      session,
      settings: () => config.memory,
      now,
      failed,
      observe: handOff.observe,
    });
  }

  return {
    handOff,
    remembering: () => remembering,
    wish: (on) => void (wished = on),
    load: async () => (config.memory.mode === 'project' ? remember().catch(failed) : undefined),
    close: async () => remembering?.close(),
  };
}
