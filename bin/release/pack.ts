import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { PackedFile } from './contents.ts';
import { run } from './run.ts';

type Packed = { tarball: string; files: PackedFile[]; bytes: number };

/** What a build reads. */
const SOURCES = ['bin', 'completions', 'src', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];

/**
 * Builds and packs two copies of the tree in different places.
 * @returns the packed file, its list of files, and its size in bytes.
 * @throws where the two differ: then nobody could prove what a package was made from.
 */
export function packTwice(root: string, folder: string): Packed {
  const first = packCopy(root, path.join(folder, 'a'));
  const second = packCopy(root, path.join(folder, 'some', 'where', 'else'));
  if (first.hash === second.hash) return first;
  const other = new Map(second.files.map((file) => [file.path, file]));
  const odd = first.files.filter((file) => other.get(file.path)?.size !== file.size).map((file) => file.path);
  throw new Error(`two builds of the same tree differ: ${odd.join(', ') || 'in bytes, not in sizes'}`);
}

function packCopy(root: string, place: string): Packed & { hash: string } {
  mkdirSync(place, { recursive: true });
  for (const source of SOURCES) cpSync(path.join(root, source), path.join(place, source), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(place, 'node_modules'));
  rmSync(path.join(place, 'dist'), { recursive: true, force: true });
  run('node', ['bin/build.mjs'], { cwd: place });
  const { stdout } = run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: place });
  // Some lines of npm print a list, others an object by the package's name.
  const packed = JSON.parse(stdout) as object;
  const [{ filename, files, size }] = Object.values(packed) as [
    { filename: string; files: PackedFile[]; size: number },
  ];
  const tarball = path.join(place, filename);
  return { tarball, files, bytes: size, hash: createHash('sha512').update(readFileSync(tarball)).digest('hex') };
}
