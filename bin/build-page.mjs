// Bundles the page's client (src/page/client) into dist/page.js and dist/page.css, which src/page/template.ts inlines.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export async function buildPage() {
  const dist = new URL('../dist/', import.meta.url);
  const result = await build({
    entryPoints: [fileURLToPath(new URL('../src/page/client/main.tsx', import.meta.url))],
    outfile: fileURLToPath(new URL('page.js', dist)),
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
  for (const file of result.outputFiles) {
    // Renamed into place: a session that reads while a build writes must not serve half a script.
    const partial = `${file.path}.${process.pid}`;
    await writeFile(partial, file.text.trimEnd());
    await rename(partial, file.path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
