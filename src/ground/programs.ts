import { type Environment, SYSTEM, type System, variable } from './system.ts';

/** The folders of the `PATH`, as the user wrote them: an empty one is left out. */
export function foldersOnPath(env: Environment, system: System = SYSTEM): string[] {
  const { path } = system;
  const folders = (variable(env, 'PATH', system) ?? '').split(path.delimiter);
  // On Windows quotes hold a folder whose name has the delimiter in it.
  const plain = path.delimiter === ';' ? folders.map((folder) => folder.replaceAll('"', '')) : folders;
  return plain.filter((folder) => folder !== '');
}

/** What a program of this name can be called in a folder, the one that a shell prefers first: `claude.exe`, `claude.cmd`. */
export function namesOfProgram(name: string, env: Environment, system: System = SYSTEM): string[] {
  return system.programEndings(env).map((ending) => name + ending);
}

/**
 * In Linux inside of Windows (WSL) the programs of both are on the `PATH`. One of Windows has another file system and
 * other variables than whoever starts it there.
 */
export function isWindowsProgram(path: string, env: Environment, system: System = SYSTEM): boolean {
  return system.processes === 'proc' && Boolean(env['WSL_DISTRO_NAME']) && /^\/mnt\/[a-z]\//.test(path);
}
