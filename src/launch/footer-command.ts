import { existsSync } from 'node:fs';
import { foldersOnPath, namesOfProgram } from '../ground/programs.ts';
import { type Environment, SYSTEM, type System } from '../ground/system.ts';

/**
 * The status line of a session, which Claude Code hands to a shell. An upgrade or removal may delete ccmux's script or
 * its Node during the session: then the user's own line is shown.
 *
 * @param machine for tests.
 */
export function footerCommand(
  script: string,
  env: Environment,
  machine: { system?: System; node?: string; isThere?: (path: string) => boolean } = {},
): string {
  const { system = SYSTEM, node = process.execPath, isThere = existsSync } = machine;
  // There a running program cannot be deleted.
  if (system.guardsOpenFiles) return forAnyShell(script, env, { system, node, isThere });
  const [program, ours] = [node, script].map(system.quote);
  return `[ -x ${program} ] && [ -f ${ours} ] && exec ${program} ${ours}; eval "$CCMUX_STATUS_LINE"`;
}

/**
 * Claude Code for Windows runs the line by Git Bash or by PowerShell (2.1.330). Both read `node "C:/a b/c.js"`; only the
 * first runs a program whose name is in quotes. Both fill in `$b` of `C:/Users/a$b` unless it is in single quotes.
 */
function forAnyShell(
  script: string,
  env: Environment,
  { system, node, isThere }: { system: System; node: string; isThere: (path: string) => boolean },
): string {
  const slashed = (path: string) => {
    const mark = /[$`]/.test(path) && !path.includes("'") ? "'" : '"';
    return `${mark}${path.replaceAll('\\', '/')}${mark}`;
  };
  const names = namesOfProgram('node', env, system);
  const isOnPath = foldersOnPath(env, system).some((folder) =>
    names.some((name) => isThere(system.path.join(folder, name))),
  );
  return `${isOnPath ? 'node' : slashed(node)} ${slashed(script)}`;
}
