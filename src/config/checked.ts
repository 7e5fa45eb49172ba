import { makePrivateFolder } from '../ground/folder.ts';

const { createHash } = process.getBuiltinModule('node:crypto');
const fs = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

/**
 * Which texts of settings were found to have no mistake, so that a launch need not load what checks them: that takes
 * longer than the rest of the launch. Each is an empty file, named by a hash of the text.
 */
export type Checked = { has(name: string, text: string): boolean; add(name: string, text: string): void };

/** A bundled file's name holds a hash of its code, and so of all code that checks. From source nothing is kept. */
const BUILD = /-[\w-]{8}\.js$/.exec(import.meta.url)?.[0];
const MOST = 50;

/** @param build another build may find a mistake in the same text. */
export function checkedIn(stateFolder: string, build = BUILD): Checked | undefined {
  if (build === undefined) return undefined;
  const folder = path.join(stateFolder, 'checked');
  const markOf = (name: string, text: string) =>
    path.join(
      folder,
      createHash('sha256')
        .update(`${build}\n${path.extname(name)}\n${text}`)
        .digest('hex'),
    );
  return {
    has: (name, text) => fs.existsSync(markOf(name, text)),
    add(name, text) {
      try {
        makePrivateFolder(folder);
        const marks = fs.readdirSync(folder);
        if (marks.length >= MOST) for (const mark of marks) fs.rmSync(path.join(folder, mark), { force: true });
        fs.writeFileSync(markOf(name, text), '', { mode: 0o600 });
      } catch {
        // It is checked again at the next launch.
      }
    },
  };
}
