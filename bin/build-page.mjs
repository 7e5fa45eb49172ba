// Bundles the page's client (src/page/client) into dist/page.js and dist/page.css, which src/page/template.ts inlines.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const client = new URL('../src/page/client/', import.meta.url);

export async function buildPage() {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [
      { in: fileURLToPath(new URL('main.tsx', client)), out: 'page' },
      { in: fileURLToPath(new URL('page.css', client)), out: 'page' },
    ],
    outdir: dist,
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome120', 'firefox120', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    charset: 'utf8',
  });
  await mkdir(dist, { recursive: true });
  for (const { path, text } of outputFiles) {
    // Renamed into place: a session that reads while a build writes must not serve half a script.
    const partial = `${path}.${process.pid}`;
    await writeFile(partial, text.trimEnd());
    await rename(partial, path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
