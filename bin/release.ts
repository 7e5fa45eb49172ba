// One command for a release: npm run release -- 0.2.0. It writes the version and the CHANGELOG's heading, builds, packs,
// and proves the packed file as a user gets it. It publishes nothing and commits nothing: a person does both.
// npm run release -- --dry-run proves today's tree and writes nothing; --node <version…> names the Nodes to start on.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { releasedChangelog } from './release/changelog.ts';
import { problemsOf, type Manifest } from './release/contents.ts';
import { packTwice } from './release/pack.ts';
import { run } from './release/run.ts';
import { startOn } from './release/start.ts';

/** The oldest that package.json promises, the line that is supported longest, and the newest. */
const NODES = ['22.15.0', '24', '26'];

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  options: { 'dry-run': { type: 'boolean' }, node: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const [version] = positionals;
if (options['dry-run'] ? version !== undefined : !/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  process.stderr.write('usage: npm run release -- <major.minor.patch> | --dry-run [--node <version>]…\n');
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), 'ccmux-release-'));
try {
  if (version !== undefined) writeVersion(version);
  const { tarball, files, bytes } = packTwice(root, folder);
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  const problems = problemsOf({ files, bytes, manifest });
  if (problems.length > 0) throw new Error(`the package is not fit to be published:\n- ${problems.join('\n- ')}`);
  say(
    `${path.basename(tarball)}: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB packed, the same from two builds`,
  );
  for (const node of options.node ?? NODES) {
    const started = startOn(node, tarball, { folder: path.join(folder, `node-${node}`), version: manifest.version });
    say(`starts on Node ${started} from an empty HOME, without a warning`);
  }
  if (version !== undefined) {
    run('npm', ['run', '--silent', 'audit:bundle'], { cwd: root });
    say(
      `no advisory about what it contains\n\n${version} is ready. What is left: look at the diff, commit, tag, publish.`,
    );
  }
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function writeVersion(next: string): void {
  const changelog = path.join(root, 'CHANGELOG.md');
  const text = readFileSync(changelog, 'utf8');
  // Before anything is written: a CHANGELOG without a new entry stops the release.
  const entry = releasedChangelog(text, next, new Date().toISOString().slice(0, 10));
  run('npm', ['version', next, '--no-git-tag-version', '--allow-same-version'], { cwd: root });
  writeFileSync(changelog, entry);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
