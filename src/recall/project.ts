import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * What makes two folders one project: the repository that both belong to, worktrees included; without a repository the
 * folder itself. The name of the folder and a hash of its path, never of a remote's address, which a clone can claim.
 */
export function projectKey(cwd: string): string {
  const place = placeOf(real(cwd));
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 16);
  const name = basename(place) === '.git' ? basename(dirname(place)) : basename(place);
  return `${name.replaceAll(/[^\w-]+/g, '-').slice(0, 32)}-${hash}`;
}

function placeOf(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const dotGit = join(folder, '.git');
    const state = lstatSync(dotGit, { throwIfNoEntry: false });
    if (state?.isDirectory()) return dotGit;
    if (state?.isFile()) return repositoryOf(dotGit) ?? folder;
    // A link, which an unpacked archive may bring along, could lead into anybody's repository.
    if (state) return folder;
    if (folder === dirname(folder)) return cwd;
  }
}

/**
 * The repository of which a folder is a worktree. Its `.git` is a file with a path, and an unpacked archive can bring
 * one along: it counts only if that repository knows the worktree.
 */
function repositoryOf(dotGit: string): string | undefined {
  const given = /^gitdir: (.+)$/m.exec(read(dotGit))?.[1];
  if (given === undefined) return undefined;
  // `<repository>/worktrees/<name>`
  const own = real(resolve(dirname(dotGit), given.trim()));
  const repository = dirname(dirname(own));
  const isKnown = basename(dirname(own)) === 'worktrees' && real(read(join(own, 'gitdir')).trim()) === dotGit;
  return isKnown && real(resolve(own, read(join(own, 'commondir')).trim())) === repository ? repository : undefined;
}

function read(file: string): string {
  try {
    return lstatSync(file).isFile() ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}

function real(path: string): string {
  try {
    // The system's own: where names have no case, it gives each the one that it has on the disk.
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
