import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** Every file that is loaded, without a choice, when these are imported. */
async function loadedBy(...entryPoints: string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    preserveSymlinks: true,
    outdir: 'dist',
    format: 'esm',
    platform: 'node',
    external: ['@ai-sdk/google-vertex', '@ai-sdk/amazon-bedrock', '@ai-sdk/azure'],
    logLevel: 'silent',
  });
  const loaded = new Map<string, string[]>();
  const load = (file: string, from: string[]) => {
    if (loaded.has(file)) return;
    loaded.set(file, from);
    for (const { path, kind } of metafile.inputs[file]?.imports ?? []) {
      if (kind !== 'dynamic-import') load(path, [...from, file]);
    }
  };
  for (const entry of entryPoints) load(entry, []);
  return loaded;
}

const packagesIn = (loaded: Map<string, string[]>) => [
  ...new Set([...loaded.keys()].flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])),
];

const LAUNCH = ['src/cli/entry.ts', 'src/cli/main.ts', 'src/cli/claude.ts'];

// Whatever a launch does not need is loaded later. These packages are a few kilobytes each.
test.each([
  ['a launch', LAUNCH, []],
  ['a session, while its client starts', ['src/session/serve.ts'], ['picocolors', 'eventsource-parser']],
  ['the status line', ['src/footer.ts'], []],
  ['--version', ['src/cli/entry.ts', 'src/cli/main.ts'], []],
])('%s loads these packages only', async (_what, entries, packages) => {
  expect(packagesIn(await loadedBy(...entries))).toEqual(packages);
});

/** Half of the code is needed at its first request only: it is loaded while the client starts. */
test('a launch loads nothing that decides, translates, draws or shows', async () => {
  const later = /^src\/(?:failover|meaning|memory|notices|page|recall|telemetry)\//;
  const launch = [...(await loadedBy(...LAUNCH)).keys()];
  expect(launch.filter((file) => later.test(file))).toEqual([]);
  expect(launch.length).toBeLessThan(200);
});

test.each(['node:https', 'node:tls', 'node:zlib'])('no module asks for %s when it is loaded', async (name) => {
  const loaded = [...(await loadedBy('src/cli/claude.ts', 'src/session/serve.ts')).keys()].filter((file) =>
    file.startsWith('src/'),
  );
  const atOnce = new RegExp(`^(?:const|import) .*(?<!=> process\\.getBuiltinModule\\()'${name}'`, 'm');
  const asking = loaded.filter((file) => atOnce.test(readFileSync(file, 'utf8').replaceAll(/^import type .*$/gm, '')));
  expect(asking).toEqual([]);
});
