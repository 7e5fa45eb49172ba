import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { SAFETY_CHECKS } from '../config/settings.ts';
import { UserError } from '../errors.ts';
import type { EventBody } from '../events.ts';

/** How often the files are looked at, milliseconds. */
const LOOK_MS = 1000;

/** From the earliest return to the preferred provider to the latest. */
const SOONER = ['immediate', 'turn', 'manual'] as const;

/** One setting that a change of the files makes stricter: how to let it hold. */
type Stricter = { setting: string; hold(config: Config): void };

/**
 * What a changed configuration means for a session that runs. A tool that a fallback calls can write files, so only what
 * is stricter than what holds may hold at once; the rest waits for the next launch, which a person makes.
 */
export function compareConfigs(held: Config, now: Config): { stricter: Stricter[]; later: string[] } {
  const stricter: Stricter[] = [];
  const later: string[] = [];
  const judge = (setting: string, differs: boolean, isStricter: boolean, hold: Stricter['hold']) => {
    if (!differs) return;
    if (isStricter) stricter.push({ setting, hold });
    else later.push(setting);
  };
  for (const name of ['perSession', 'perDay'] as const) {
    const [was = Infinity, is = Infinity] = [held.budget[name], now.budget[name]];
    judge(`budget.${name}`, was !== is, is < was, (config) => (config.budget[name] = is));
  }
  const { failover } = now;
  judge('failover.enabled', held.failover.enabled !== failover.enabled, !failover.enabled, (config) => {
    config.failover.enabled = false;
  });
  const kept = held.failover.on.filter((one) => failover.on.includes(one));
  judge('failover.on', kept.length < held.failover.on.length, true, (config) => (config.failover.on = kept));
  judge(
    'failover.on',
    failover.on.some((one) => !held.failover.on.includes(one)),
    false,
    () => {},
  );
  const strictness = (config: Config) => SAFETY_CHECKS.indexOf(config.failover.safetyChecks);
  const differs = strictness(now) - strictness(held);
  judge('failover.safetyChecks', differs !== 0, differs < 0, (config) => {
    config.failover.safetyChecks = failover.safetyChecks;
  });
  judge('report.previews', held.report.previews !== now.report.previews, !now.report.previews, (config) => {
    config.report.previews = false;
  });
  const sooner = SOONER.indexOf(now.switchBack) - SOONER.indexOf(held.switchBack);
  judge('switchBack', sooner !== 0, sooner < 0, (config) => (config.switchBack = now.switchBack));
  judgeOrder(held, now, judge);
  const rest = (config: Config) => JSON.stringify([config.providers, config.limits, config.client, config.never]);
  const times = ({ failover: { waitUpToMs, retries } }: Config) => JSON.stringify([waitUpToMs, retries]);
  judge('other settings', rest(held) !== rest(now) || times(held) !== times(now), false, () => {});
  return { stricter, later: [...new Set(later)] };
}

/** Who is taken out is not asked any more; who is new, or has another place, waits for the next launch. */
function judgeOrder(
  held: Config,
  now: Config,
  judge: (setting: string, differs: boolean, isStricter: boolean, hold: Stricter['hold']) => void,
): void {
  const { order: was } = held;
  const { order: is } = now;
  if (was === undefined || is === undefined) return judge('order', was !== is, false, () => {});
  const [first] = was;
  const kept = was.filter((id) => id === first || is.includes(id));
  judge('order', kept.length < was.length, true, (config) => (config.order = kept));
  judge('order', is.join() !== kept.join(), false, () => {});
}

/**
 * Reads the configuration again when one of its files changes, and says what that means.
 * @param input.held what holds: made stricter in place.
 * @param input.load the configuration as a launch would have it now.
 * @param input.onStricter told of what holds from now on.
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
  // Looked at before anything else happens: `watchFile` takes its first look only later, and misses what came between.
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
      if (error instanceof UserError) emit({ type: 'config-change', now: [], later: [], mistake: error.message });
      else throw error;
    }
  }

  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** A file that cannot be looked at. */
const GONE = '';

/** Changes whenever the file does. */
function markOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}
