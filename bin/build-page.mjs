// Bundles the page's client (src/page/client) into dist/page.js and dist/page.css, which src/page/template.ts inlines.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns the files that went into the bundles, relative to the repository, for the licence notices. */
export async function buildPage() {
  const dist = path.join(root, 'dist');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    preserveSymlinks: true,
    entryPoints: [
      { in: 'src/page/client/main.tsx', out: 'page' },
      { in: 'src/page/client/page.css', out: 'page' },
    ],
    outdir: dist,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome120', 'firefox120', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    // Reports are files that travel on their own.
    banner: { js: '/* Contains Preact, MIT licence, copyright Jason Miller: preactjs.com */' },
    charset: 'utf8',
  });
  await mkdir(dist, { recursive: true });
  for (const { path: file, text } of outputFiles) {
    // Renamed into place: a session that reads while a build writes must not serve half a script.
    const partial = `${file}.${process.pid}`;
    await writeFile(partial, text.trimEnd());
    await rename(partial, file);
  }
  return Object.keys(metafile.inputs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
