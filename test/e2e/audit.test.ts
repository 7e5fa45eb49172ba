import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** A registry on loopback that knows these advisories. */
async function registry(advisories: Record<string, unknown[]> | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // To name what depends on a package, npm asks for its versions: those are nobody's business here.
      if (request.method === 'GET') return void response.writeHead(404).end('{}');
      if (advisories === undefined) return void response.writeHead(405).end();
      const body = Buffer.concat(chunks);
      const asked = JSON.parse(String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
      const known = Object.entries(advisories).filter(([name]) => name in asked);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(Object.fromEntries(known)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const advisory = (id: number) => ({
  id,
  url: `https://advisories.example/${id}`,
  title: 'A fault',
  severity: 'high',
  vulnerable_versions: '*',
});

async function audit(advisories: Record<string, unknown[]> | undefined) {
  const env = { ...process.env, npm_config_registry: await registry(advisories), npm_config_fetch_retries: '0' };
  return promisify(execFile)(process.execPath, ['bin/audit.mjs'], { cwd: root, env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stdout, stderr }) => ({ code, text: `${stdout}${stderr}` }),
  );
}

it('passes where no package of the bundle is concerned, whatever the tools of development are', async () => {
  const { code, text } = await audit({ vitest: [advisory(1)] });
  expect([code, text]).toEqual([0, expect.stringMatching(/^no advisories about the \d{2,} packages in the bundle\n$/)]);
});

it('fails for a package of the bundle, and names the advisory', async () => {
  const { code, text } = await audit({ commander: [advisory(2)] });
  expect(code).toBe(1);
  expect(text).toContain('commander: high: A fault https://advisories.example/2\n');
});

it('fails where the registry tells nothing: unknown is not safe', async () => {
  const { code, text } = await audit(undefined);
  expect(code).toBe(1);
  expect(text).toContain('audit: the registry gave no advisories');
});
