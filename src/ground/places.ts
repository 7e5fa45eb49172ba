import { type Environment, SYSTEM, type System, variable } from './system.ts';
import { homeOfUser } from './user.ts';

/**
 * The user's home, as Claude Code finds it. An empty HOME names no folder, and Node would take it: then everything would
 * be written into the working folder.
 */
export function homeFolder(env: Environment = process.env, system = SYSTEM): string {
  return variable(env, system.homeVariable, system) || homeOfUser();
}

/** ccmux's own folders: by the XDG variables if they are set, else the system's. Nothing is created. */
export function ownFolders(env: Environment, system = SYSTEM): { config: string; state: string } {
  const { config, state } = system.folders(homeFolder(env, system), env);
  const { XDG_CONFIG_HOME, XDG_STATE_HOME } = env;
  return {
    config: XDG_CONFIG_HOME ? system.path.join(XDG_CONFIG_HOME, 'ccmux') : config,
    state: XDG_STATE_HOME ? system.path.join(XDG_STATE_HOME, 'ccmux') : state,
  };
}

/** Whether two absolute paths lead to one folder, as far as their spelling tells. */
export function isSameFolder(one: string, other: string, { path, caselessPaths }: System = SYSTEM): boolean {
  const [a, b] = [one, other].map((folder) => path.resolve(folder));
  return caselessPaths ? a!.toLowerCase() === b!.toLowerCase() : a === b;
}
