/** Bundled by a test: CommonJS packages (and commander) doing inside an ES module bundle what ccmux asks of them. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createProxyServer } from 'http-proxy';
import writeFileAtomic from 'write-file-atomic';
import { readSettingsFile } from '../../src/config/file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ccmux-bundle-'));
const file = join(folder, 'config.yaml');
const done: Record<string, unknown> = {};

await writeFileAtomic(file, 'switchBack: manual\n', { mode: 0o600 });
done['write-file-atomic'] = readFileSync(file, 'utf8');

done['cosmiconfig'] = (await readSettingsFile(file)).settings;
writeFileSync(join(folder, 'config.json'), '{"switchBack":"turn"}');
done['cosmiconfig json'] = (await readSettingsFile(join(folder, 'config.json'))).settings;

done['commander'] = new Command().option('--order <ids>').parse(['--order', 'a,b'], { from: 'user' }).opts();

const portOf = async (server: Server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const upstream = createServer((request, response) => response.end(`reached ${request.url}`));
const proxy = createProxyServer({ target: `http://127.0.0.1:${await portOf(upstream)}` });
const front = createServer((request, response) => proxy.web(request, response));
const reply = await fetch(`http://127.0.0.1:${await portOf(front)}/through`);
done['http-proxy'] = await reply.text();
front.close();
upstream.close();

rmSync(folder, { recursive: true });
console.log(JSON.stringify(done));
process.exit(0);
