// Bundles ccmux into dist/: one file to read at start-up, the rest in chunks that are loaded when a command needs them.
// A test may name its own entries and folder: node bin/build.mjs [--outdir <folder>] [entry…]
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules, createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { buildPage } from './build-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({ options: { outdir: { type: 'string' } }, allowPositionals: true });
const dist = path.resolve(options.outdir ?? path.join(root, 'dist'));
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

// Begins the id of a module that stands for one of Node's own.
const BUILTIN = '\0builtin:';

// Heavy packages that only some users need: they install them beside ccmux.
const optionalPeers = ['@ai-sdk/google-vertex', '@ai-sdk/amazon-bedrock', '@ai-sdk/azure'];

await mkdir(dist, { recursive: true });

// The page's script and style are files beside the bundle, which reads them when somebody opens the page.
const pageInputs = options.outdir === undefined ? await buildPage() : [];

const entries =
  positionals.length > 0 ? positionals : ['src/cli/entry.ts', 'src/footer.ts', 'src/recall/mem0-process.ts'];

const common = {
  cwd: root,
  platform: 'node',
  // The same bytes wherever node_modules really lies: its path would stand in the bundle.
  resolve: { symlinks: false },
  external: optionalPeers,
  transform: {
    target: 'node22',
    define: {
      CCMUX_VERSION: JSON.stringify(manifest.version),
      // CommonJS packages know these two; an ES module does not.
      __filename: 'import.meta.filename',
      __dirname: 'import.meta.dirname',
    },
  },
  plugins: [cheapBuiltins(), asciiOnly()],
  preserveEntrySignatures: 'allow-extension',
  // That a module is loaded at once by one command and later by another is what the chunks are for.
  checks: { ineffectiveDynamicImport: false },
  // A package that is missing would otherwise be left for the user's machine.
  onLog: (level, log, handle) => handle(level === 'warn' ? 'error' : level, log),
};
const format = {
  format: 'esm',
  comments: false,
  // Less to read, to compile and to keep in memory. Names and lines stay, so that a stack names a place.
  minify: { compress: true, mangle: false, codegen: false },
};

const { output } = await bundle(entries, {
  ...format,
  dir: dist,
  cleanDir: false,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: { groups: [{ name: startOf(), debugName: 'starts' }], includeDependenciesRecursively: false },
});

// Only now, so that a ccmux that is running meanwhile does not find its chunks gone for the time of a build.
const current = new Set(output.map(({ fileName }) => path.join(dist, fileName)));
for (const chunk of await readdir(path.join(dist, 'chunks')).catch(() => [])) {
  const file = path.join(dist, 'chunks', chunk);
  if (!current.has(file)) await rm(file);
}

if (options.outdir === undefined) {
  await writeFile(path.join(dist, 'ccmux.1'), await manPage());
  await rm(path.join(dist, 'help'), { recursive: true, force: true });
  await cp(path.join(root, 'src/help'), path.join(dist, 'help'), { recursive: true });
}
await writeFile(
  path.join(dist, 'THIRD-PARTY.txt'),
  await thirdPartyNotices([
    ...output.flatMap(({ moduleIds = [] }) => moduleIds.filter((id) => !id.startsWith(BUILTIN))),
    ...pageInputs,
  ]),
);

async function bundle(input, output) {
  const build = await rolldown({ ...common, input });
  try {
    return await build.write(output);
  } finally {
    await build.close();
  }
}

/**
 * What the two most frequent starts need is a chunk each, and what a session loads behind its launch is a third: a launch
 * would otherwise find, read and link some seventy small files, each shared with other commands, which takes as long as a
 * third of it. `entry.ts` itself stays alone: it waits for the others, so none of them may need it.
 * @returns a function that names the chunk of a module.
 */
function startOf() {
  const [entry, main, claude] = ['entry', 'main', 'claude'].map((name) => path.join(root, `src/cli/${name}.ts`));
  const serve = path.join(root, 'src/session/serve.ts');
  let chunks;
  return (id, graph) => {
    chunks ??= {
      start: importedBy([entry, main], graph),
      launch: importedBy([claude], graph),
      session: importedBy([serve], graph),
    };
    // The first that has it, because each is loaded before the next.
    return id === entry ? undefined : Object.keys(chunks).find((name) => chunks[name].has(id));
  };
}

/** The modules that these files import without a choice, and these. */
function importedBy(files, graph) {
  const modules = new Set();
  const add = (id) => {
    if (modules.has(id)) return;
    modules.add(id);
    graph.getModuleInfo(id)?.importedIds.forEach(add);
  };
  files.forEach(add);
  return modules;
}

/**
 * A single arrow or dot beyond Latin-1 makes V8 keep the whole file with two bytes a character. Escaped it means the
 * same in strings, templates and expressions.
 */
function asciiOnly() {
  const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'ascii-only',
    generateBundle(_options, files) {
      for (const file of Object.values(files))
        if (file.type === 'chunk') file.code = file.code.replaceAll(/[\u0080-\uffff]/g, escape);
    },
  };
}

/**
 * An ES module import of a built-in reads each of its exports once, and reading those of `node:http` loads Node's own
 * copy of undici: 30 ms. Here only those are read that somebody uses.
 * The trick does not hold for `await import('node:…')`, which needs them all: our own code must not do that, so the
 * build fails; a package may, and gets Node's own module.
 */
function cheapBuiltins() {
  const names = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
  const require = createRequire(import.meta.url);
  return {
    name: 'cheap-builtins',
    resolveId(name, importer, { kind }) {
      if (!names.has(name)) return undefined;
      const full = name.startsWith('node:') ? name : `node:${name}`;
      // A copy for each importer, which is two lines: a shared one would be one more file to load.
      if (kind === 'import-statement') return `${BUILTIN}${full}:${path.relative(root, importer)}`;
      if (kind === 'dynamic-import' && !importer.includes('node_modules')) {
        this.error(`import('${name}') would read every export: write a plain import of '${full}'`);
      }
      return { id: full, external: true };
    },
    load(id) {
      if (!id.startsWith(BUILTIN)) return undefined;
      const [, name] = /^(node:[^:]+)/.exec(id.slice(BUILTIN.length));
      const exported = Object.getOwnPropertyNames(require(name)).filter((key) =>
        /^(?!default$)[a-z_$][\w$]*$/i.test(key),
      );
      const code = [
        `const builtin = process.getBuiltinModule('${name}');`,
        'const read = (key) => builtin[key];',
        'export default builtin;',
        ...exported.map((key) => `const $${key} = /* @__PURE__ */ read('${key}'); export { $${key} as ${key} };`),
      ];
      return { code: code.join('\n'), moduleSideEffects: false };
    },
  };
}

/** The man page, which follows from the commands: their table has to run for it. */
async function manPage() {
  const outfile = path.join(dist, `man-${process.pid}.mjs`);
  await bundle('bin/man.ts', { ...format, file: outfile, codeSplitting: false });
  try {
    return (await import(pathToFileURL(outfile))).manPage();
  } finally {
    await rm(outfile);
  }
}

/** The licence text of every package that went into the bundle. */
async function thirdPartyNotices(inputs) {
  const folders = new Set(
    inputs.flatMap(
      (input) =>
        path
          .relative(root, input)
          .replaceAll(path.sep, '/')
          .match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? [],
    ),
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
