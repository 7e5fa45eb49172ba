// A step of a release: are there advisories about the packages that the bundle contains? `npm audit` asks the registry;
// what ships is all that counts, for the tools of development are on nobody else's machine.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const notices = await readFile(new URL('../dist/THIRD-PARTY.txt', import.meta.url), 'utf8');
const bundled = new Set(
  [...notices.matchAll(/^((?:@[\w.-]+\/)?[\w.-]+) \d+\.\d+\.\d+\S* \(/gm)].map(([, name]) => name),
);
if (bundled.size === 0) fail('dist/THIRD-PARTY.txt names no package: run npm run build');

const report = await audit();
if (report.vulnerabilities === undefined) fail(`the registry gave no advisories: ${report.message ?? 'no reason'}`);

const concerned = Object.values(report.vulnerabilities).filter(({ name }) => bundled.has(name));
for (const { name, severity, via } of concerned) {
  for (const { title, url } of via.filter((cause) => typeof cause === 'object')) {
    process.stdout.write(`${name}: ${severity}: ${title} ${url}\n`);
  }
}
if (concerned.length > 0) fail(`${concerned.length} of the ${bundled.size} packages in the bundle have advisories`);
process.stdout.write(`no advisories about the ${bundled.size} packages in the bundle\n`);

/** Its exit code says only that there is something, anywhere: the report says what. */
async function audit() {
  const run = promisify(execFile)('npm', ['audit', '--json'], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  const { stdout } = await run.catch((error) => error);
  try {
    return JSON.parse(stdout);
  } catch {
    return { message: 'npm audit printed no report' };
  }
}

function fail(message) {
  process.stderr.write(`audit: ${message}\n`);
  process.exit(1);
}
