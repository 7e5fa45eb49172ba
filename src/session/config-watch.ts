import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { valueAt } from '../config/leaves.ts';
import { ROWS, type SettingName } from '../config/settings.ts';
import type { Rule } from '../config/stricter.ts';
import { UserError } from '../errors.ts';
import type { EventBody } from '../events.ts';

/** How often the files are looked at, milliseconds. */
const LOOK_MS = 1000;

/** One setting that a change of the files makes stricter: how to let it hold. */
type Stricter = { setting: SettingName; hold(config: Config): void };

/**
 * The effect of a changed configuration on a running session. A fallback's tool can write files, so only stricter
 * values take effect at once, by the same rule as for a project's file; the rest waits for the next launch by the user.
 */
export function compareConfigs(held: Config, now: Config): { stricter: Stricter[]; later: string[] } {
  const stricter: Stricter[] = [];
  const later: string[] = [];
  for (const [setting, { project: rule }] of ROWS) {
    if (typeof rule !== 'function') continue;
    const path = setting.split('.');
    const [was, is] = [valueAt(held, path), valueAt(now, path)];
    if (sameValue(was, is)) continue;
    const { kept, refused } = judge(rule, is, was);
    if (kept !== undefined && !sameValue(kept, was))
      stricter.push({ setting, hold: (config) => set(config, path, kept) });
    if (refused) later.push(setting);
  }
  if (!sameValue(others(held), others(now))) later.push('other settings');
  return { stricter, later };
}

/** Removing a setting is never stricter: without an order or a budget, others may answer, at a higher cost. */
function judge(rule: Rule<unknown>, is: unknown, was: unknown): { kept?: unknown; refused: boolean } {
  const isNewOrder = Array.isArray(is) && was === undefined;
  if (is === undefined || isNewOrder) return { refused: true };
  const { kept, refused } = rule(is, was);
  return { kept, refused: refused.length > 0 };
}

/** Everything for which no rule says what is stricter. */
function others({ providers, limits, never, ...settings }: Config): unknown {
  const without = ROWS.filter(([, { project }]) => typeof project !== 'function');
  return [providers, limits, never, without.map(([name]) => valueAt(settings, name.split('.')))];
}

function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function set(config: Config, path: readonly string[], value: unknown): void {
  const [name = '', ...groups] = path.toReversed();
  (valueAt(config, groups.toReversed()) as Record<string, unknown>)[name] = value;
}

/**
 * Reads the configuration again when one of its files changes, and says what that means.
 * @param input.held the effective configuration, made stricter in place.
 * @param input.load the configuration as a launch would have it now.
 * @param input.onStricter called with the configuration that holds from now on.
 * @returns a function that stops it.
 */
export function watchConfig(input: {
  files: readonly string[];
  held: Config;
  load: () => Promise<Config>;
  onStricter: (config: Config) => void;
  emit: (event: EventBody) => void;
}): () => void {
  const { files, held, load, onStricter, emit } = input;
  // Read first: `watchFile` takes its first look later and misses a change in between.
  let before = files.map((file) => {
    try {
      return markOf(statSync(file, { bigint: true }));
    } catch {
      return GONE;
    }
  });

  async function look(): Promise<void> {
    const marks = await Promise.all(files.map((file) => stat(file, { bigint: true }).then(markOf, () => GONE)));
    if (marks.join() === before.join()) return;
    before = marks;
    await read();
  }

  async function read(): Promise<void> {
    try {
      const { stricter, later } = compareConfigs(held, await load());
      for (const { hold } of stricter) hold(held);
      if (stricter.length > 0) onStricter(held);
      const now = stricter.map(({ setting }) => setting);
      if (now.length + later.length > 0) emit({ type: 'config-change', now, later });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // A notice is one line.
      emit({ type: 'config-change', now: [], later: [], mistake: error.message.replaceAll(/\n\s*/g, ' · ') });
    }
  }

  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The mark of a file that cannot be read. */
const GONE = '';

/** Changes whenever the file does. */
function markOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}
