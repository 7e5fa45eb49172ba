import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const outdir = mkdtempSync(join(tmpdir(), 'ccmux-build-'));
const env = { HOME: outdir, PATH: process.env['PATH'] ?? '' };

beforeAll(async () => {
  const entries = ['src/cli/entry.ts', fileURLToPath(new URL('./packages-in-use.ts', import.meta.url))];
  await run(process.execPath, [join(root, 'bin', 'build.mjs'), '--outdir', outdir, ...entries]);
});
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

test('packages that were written for CommonJS work in the bundle, without a warning of Node', async () => {
  const { stdout, stderr } = await run(process.execPath, [join(outdir, 'packages-in-use.js')], { env });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    'write-file-atomic': 'switchBack: manual\n',
    cosmiconfig: { switchBack: 'manual' },
    'cosmiconfig json': { switchBack: 'turn' },
    commander: { order: 'a,b' },
    'http-proxy': 'reached /through',
  });
});

test('every file of the bundle is a valid module', async () => {
  const files = ['entry.js', ...readdirSync(join(outdir, 'chunks')).map((file) => join('chunks', file))];
  const parse = `for (const file of process.argv.slice(1)) {
    new (require('node:vm').SourceTextModule)(require('node:fs').readFileSync(file, 'utf8'), { identifier: file });
    console.log(file);
  }`;
  const flags = ['--experimental-vm-modules', '--no-warnings', '--eval', parse];
  const { stdout } = await run(process.execPath, [...flags, ...files], { cwd: outdir });
  expect(stdout.trim().split('\n')).toEqual(files);
});

test('a start loads neither what Node bundles for fetch nor the command parser', async () => {
  const spy = `data:text/javascript,process.on('exit',()=>process.stderr.write(JSON.stringify(process.moduleLoadList)))`;
  const { stdout, stderr } = await run(process.execPath, ['--import', spy, join(outdir, 'entry.js'), '--version'], {
    env,
  });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(JSON.parse(stderr)).toContain('NativeModule events');
  expect(JSON.parse(stderr).filter((name: string) => /undici|_http_client/.test(name))).toEqual([]);
});

// Each file more takes as long to find, read and link as a hundred lines of code to run.
test('a launch loads few files', () => {
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const imports = readFileSync(join(outdir, file), 'utf8').matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)";$/gm);
    for (const [, path] of imports) load(join(file, '..', path!));
  };
  const chunks = readdirSync(join(outdir, 'chunks')).map((file) => join('chunks', file));
  load('entry.js');
  for (const name of ['main', 'claude', 'execa']) load(chunks.find((file) => file.startsWith(`chunks/${name}-`))!);
  expect(loaded.size).toBeGreaterThan(4);
  expect(loaded.size).toBeLessThan(12);
});

test('a reader who has seen enough is no fault', async () => {
  const line = `'${process.execPath}' '${join(outdir, 'entry.js')}' --help | true`;
  expect(await run('sh', ['-c', line], { env })).toEqual({ stdout: '', stderr: '' });
});

test('a Node that is too old is told so in one line', async () => {
  const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.14.9'}})`;
  const outcome = run(process.execPath, ['--import', older, join(root, 'bin', 'ccmux.js'), '--version'], { env });
  await expect(outcome).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'ccmux: Node 22.14.9 is too old. Install Node 22.15 or newer: https://nodejs.org\n',
  });
});

test('the notices of every package that is in it are beside it', () => {
  const notices = readFileSync(join(outdir, 'THIRD-PARTY.txt'), 'utf8');
  for (const name of ['commander', 'cosmiconfig', 'js-yaml', 'zod', 'http-proxy-3']) {
    expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
  }
  expect(notices).toContain('Permission is hereby granted, free of charge');
  expect(notices).not.toMatch(/^(vitest|esbuild|preact) \d/m);
});

test('the build fails where a built-in would lose its named exports', async () => {
  const entry = join(outdir, 'imports-late.ts');
  writeFileSync(entry, "export const load = async () => (await import('node:child_process')).exec;\n");
  const outcome = run(process.execPath, [join(root, 'bin', 'build.mjs'), '--outdir', join(outdir, 'late'), entry]);
  await expect(outcome).rejects.toMatchObject({
    stderr: expect.stringContaining("import('node:child_process') would read every export"),
  });
});
