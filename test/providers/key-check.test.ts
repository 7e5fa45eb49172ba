import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { reach } from '../../src/providers/build.ts';
import { catalogRows } from '../../src/providers/catalog.ts';
import { askForKey } from '../../src/providers/key-check.ts';

/** A host that gives its models to whoever has the key, or to everybody. */
async function host(isPublic: boolean) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const key = String(request.headers.authorization ?? request.headers['x-goog-api-key'] ?? 'none');
    asked.push(`${request.method} ${request.url} ${key.replace('Bearer ', '')}`);
    response.writeHead(isPublic || key.endsWith('good') ? 200 : 401).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function check(id: string, settings: object, at = 0) {
  return askForKey(reach(id, { providers: { [id]: settings } }, {}), at, fetch);
}
const OWN = { kind: 'openai-compatible', models: { default: 'm' } };

it.each<[what: string, isPublic: boolean, apiKey: string, status: number, proves: boolean, asked: string[]]>([
  ['a host that refuses others', false, 'good', 200, true, ['GET /v1/models good', 'GET /v1/models none']],
  ['a host that refuses this one', false, 'bad', 401, true, ['GET /v1/models bad']],
  ['a host that looks at no key', true, 'bad', 200, false, ['GET /v1/models bad', 'GET /v1/models none']],
])('%s proves what it proves', async (_what, isPublic, apiKey, status, proves, asked) => {
  const one = await host(isPublic);
  const checked = await check('mine', { ...OWN, baseUrl: `${one.url}/v1`, apiKey });
  expect(checked).toMatchObject({ status, proves });
  expect(one.asked).toEqual(asked);
});

it('asks with the key that is named, and a host of the catalogue that is somewhere else like an unknown one', async () => {
  const one = await host(false);
  const settings = { baseUrl: `${one.url}/v1beta`, apiKey: ['bad', 'good'] };
  expect(await check('gemini', settings, 1)).toMatchObject({ status: 200, proves: true });
  expect(one.asked).toEqual(['GET /v1beta/models?pageSize=1000 good', 'GET /v1beta/models?pageSize=1000 none']);
});

it('asks a local server that needs no key once: that it runs is all there is to know', async () => {
  const one = await host(true);
  expect(await check('ollama', { baseUrl: one.url })).toMatchObject({ status: 200, proves: true });
  expect(one.asked).toHaveLength(1);
});

const byId = catalogRows().map((row) => [row.id, row] as const);

it.each(byId)('knows of %s what can be asked, or that nothing can', (id, { kind, keyCheck, keyVariables }) => {
  const isCloud = ['azure', 'vertex', 'vertex-anthropic', 'bedrock'].includes(kind);
  expect(keyCheck === 'none').toBe(isCloud || id === 'claude');
  const addresses = typeof keyCheck === 'object' ? [keyCheck.url, keyCheck.source] : [];
  for (const address of addresses) expect(address).toMatch(/^https:\/\//);
  const isLocal = keyVariables.length === 0 && !isCloud && id !== 'claude';
  expect(isLocal && keyCheck !== 'unsure').toBe(false);
});

it('asks a cloud nothing', async () => {
  expect(await check('bedrock', { region: 'eu-west-1' })).toBeUndefined();
});
