import { type Environment, SYSTEM, type System, variable } from './system.ts';

/** The folders of the `PATH`, as the user wrote them: an empty one is left out. */
export function foldersOnPath(env: Environment, system: System = SYSTEM): string[] {
  const text = variable(env, 'PATH', system) ?? '';
  // On Windows quotes hold a folder whose name has the delimiter in it.
  const folders =
    system.path.delimiter === ';'
      ? (text.match(/(?:"[^"]*"|[^;"])+/g) ?? []).map((folder) => folder.replaceAll('"', ''))
      : text.split(system.path.delimiter);
  return folders.filter((folder) => folder !== '');
}

/** What a program of this name can be called in a folder, the one that a shell prefers first: `claude.exe`, `claude.cmd`. */
export function namesOfProgram(name: string, env: Environment, system: System = SYSTEM): string[] {
  return system.programEndings(env).map((ending) => name + ending);
}
