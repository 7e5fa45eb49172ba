import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startOf } from './shim.ts';

/**
 * The oldest Claude Code that starts with everything that ccmux passes to it: 2.0.77 calls an `http` hook a settings
 * error and opens on that, 2.1.50 never calls one. It is tried by `npm run test:clients`.
 */
export const OLDEST_CLIENT = '2.1.63';

/** True if this version takes `http` hooks; an unknown version counts as new. */
export function takesHttpHooks(version: string | undefined): boolean {
  return version === undefined || compare(version, OLDEST_CLIENT) >= 0;
}

/**
 * The version of an installed `claude` without running it, which takes as long as a launch: npm's package names it, on
 * Windows behind a script, and the native installer's program has it as its file name (`…/claude/versions/2.1.330`).
 * @returns undefined for a user's script, or if the version is unknown.
 */
export function installedVersion(path: string): string | undefined {
  try {
    const { program, before } = startOf(path);
    const real = realpathSync(before[0] ?? program);
    const named = /[/\\]versions[/\\](\d+\.\d+\.\d+)$/.exec(real)?.[1];
    return named ?? packageVersion(dirname(real)) ?? packageVersion(dirname(dirname(real)));
  } catch {
    return undefined;
  }
}

function packageVersion(folder: string): string | undefined {
  try {
    const { name, version } = Object(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    return name === '@anthropic-ai/claude-code' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  const at = a!.findIndex((part, index) => part !== b![index]);
  return at === -1 ? 0 : a![at]! - b![at]!;
}
