// Bundles ccmux into dist/: one file to read at start-up, the rest in chunks that are loaded when a command needs them.
// A test may name its own entries and folder: node bin/build.mjs [--outdir <folder>] [entry…]
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({ options: { outdir: { type: 'string' } }, allowPositionals: true });
const dist = path.resolve(options.outdir ?? path.join(root, 'dist'));
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

// Heavy packages that only some users need: they install them beside ccmux.
const optionalPeers = ['@ai-sdk/google-vertex', '@ai-sdk/amazon-bedrock', '@ai-sdk/azure'];

await mkdir(dist, { recursive: true });

// The page's script and style are files beside the bundle, which reads them when somebody opens the page.
const pageInputs = options.outdir === undefined ? await buildPage() : [];

const entries = positionals.length > 0 ? positionals : ['src/cli/entry.ts', 'src/footer.ts'];

const common = {
  absWorkingDir: root,
  // The same bytes wherever node_modules really lies: its path would stand in the bundle.
  preserveSymlinks: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: optionalPeers,
  define: {
    CCMUX_VERSION: JSON.stringify(manifest.version),
    // CommonJS packages know these two; an ES module does not.
    __filename: 'import.meta.filename',
    __dirname: 'import.meta.dirname',
  },
  plugins: [cheapBuiltins()],
  // CommonJS packages inside an ES module bundle call `require` for Node's own modules.
  banner: { js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
  legalComments: 'none',
  // Less to read, to compile and to keep in memory. Names stay, and lines are short enough for a stack to name a place.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  logLevel: 'warning',
};

const { metafile } = await build({
  ...common,
  entryPoints: entries,
  outdir: dist,
  entryNames: '[name]',
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  metafile: true,
});

// Only now, so that a ccmux that is running meanwhile does not find its chunks gone for the time of a build.
const current = new Set(Object.keys(metafile.outputs).map((file) => path.resolve(root, file)));
for (const chunk of await readdir(path.join(dist, 'chunks')).catch(() => [])) {
  const file = path.join(dist, 'chunks', chunk);
  if (!current.has(file)) await rm(file);
}

if (options.outdir === undefined) await writeFile(path.join(dist, 'ccmux.1'), await manPage());
await writeFile(
  path.join(dist, 'THIRD-PARTY.txt'),
  await thirdPartyNotices([...Object.keys(metafile.inputs), ...pageInputs]),
);

/**
 * An ES module import of a built-in reads each of its exports once, and reading those of `node:http` loads Node's own
 * copy of undici: 30 ms. `process.getBuiltinModule` reads nothing until it is used.
 * The trick does not hold for `await import('node:…')`: esbuild would make a chunk that has only a default export, and
 * every named export would be undefined. Our own code must not do that, so the build fails; a package may, and gets
 * Node's own module.
 */
function cheapBuiltins() {
  const names = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
  return {
    name: 'cheap-builtins',
    setup(bundle) {
      bundle.onResolve({ filter: /^(node:)?[a-z_0-9]+(\/[a-z]+)?$/ }, ({ path: name, kind, importer }) => {
        if (!names.has(name) || kind === 'require-call') return undefined;
        const full = name.startsWith('node:') ? name : `node:${name}`;
        if (kind !== 'dynamic-import') return { path: full, namespace: 'builtin' };
        if (importer.includes('node_modules')) return { path: full, external: true };
        const text = `import('${name}') has no named exports in the bundle: write a plain import of '${full}'`;
        return { errors: [{ text }] };
      });
      bundle.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`,
        loader: 'js',
      }));
    },
  };
}

/** The man page, which follows from the commands: their table has to run for it. */
async function manPage() {
  const outfile = path.join(dist, `man-${process.pid}.mjs`);
  await build({ ...common, entryPoints: ['bin/man.ts'], outfile });
  try {
    return (await import(pathToFileURL(outfile))).manPage();
  } finally {
    await rm(outfile);
  }
}

/** The licence text of every package that went into the bundle. */
async function thirdPartyNotices(inputs) {
  const folders = new Set(
    inputs.flatMap((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []),
  );
  const notices = [];
  for (const folder of [...folders].sort((a, b) => a.localeCompare(b, 'en'))) {
    const { name, version, license } = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
    const files = (await readdir(path.join(root, folder))).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const texts = await Promise.all(files.map((file) => readFile(path.join(root, folder, file), 'utf8')));
    notices.push([`${name} ${version} (${license ?? 'see below'})`, ...texts.map((text) => text.trim())].join('\n\n'));
  }
  return `ccmux contains these packages.\n\n${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
