import { didYouMean } from './nearest.ts';
import type { Environment } from '../ground/system.ts';
import { LAUNCH_OPTIONS, ROWS } from './settings.ts';

/** What a user may set. */
const SETTABLE = [...Object.values(LAUNCH_OPTIONS), ...ROWS.map(([, row]) => row)].map(({ variable }) => variable);

/** What ccmux sets for the programs inside a session, another ccmux among them. */
const INNER = ['CCMUX_SESSION', 'CCMUX_LAUNCHED', 'CCMUX_STATUS_LINE', 'CCMUX_DRILL_LIMITS'];

/** One warning for each `CCMUX_…` variable that ccmux does not know and would silently ignore. */
export async function unknownVariables(env: Environment): Promise<string[]> {
  const known = new Set<string>([...SETTABLE, ...INNER]);
  const unknown = Object.keys(env).filter((name) => name.startsWith('CCMUX_') && !known.has(name));
  return Promise.all(
    unknown.map(
      async (name) => `${name} is not a setting of ccmux, and is ignored.${await didYouMean(name, SETTABLE)}`,
    ),
  );
}
