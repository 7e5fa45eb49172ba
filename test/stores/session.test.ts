import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, runCcmux, start } from '../helpers/claude.ts';
import { answersOf, useQuickClient } from '../helpers/quick-client.ts';
import { startChroma } from '../simulators/chroma.ts';

/** What a session of the built ccmux does with a store beside the files, with the vectors of an embedding. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOUND = 'The bill is charged two times when the connection drops halfway.';
const ASKED = 'customers pay double if the network fails';

/** An embedding that knows one thing: what it is when somebody is charged. Any other text is like itself alone. */
async function startEmbedding(): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { input } = JSON.parse(body) as { input: string[] };
    const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
    response.end(JSON.stringify({ data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function vectorOf(text: string): number[] {
  const vector = Array.from(createHash('sha512').update(text).digest(), (byte) => (byte - 127.5) / 1_000);
  return [/bill is charged|customers pay/.test(text) ? 1 : 0, ...vector];
}

const isThere = existsSync(join(ROOT, 'node_modules/mem0ai')) || process.env['CI'] === 'true';

it.each([...(isThere ? ['mem0'] : []), 'chroma'])(
  'a later session is told what an earlier one said in other words: %s finds it, and the files do not',
  async (store) => {
    const memory = { mode: 'project', store, mem0: ROOT, chroma: (await startChroma()).url };
    const embedding = { url: await startEmbedding(), model: 'knows-one-thing' };
    const cast = await makeCast({
      settings: `memory: ${JSON.stringify(memory)}\nembedding: ${JSON.stringify(embedding)}`,
      gemini: () => answer('Take the lock first.'),
    });
    const { place, claude, gemini } = cast;
    useQuickClient(place);
    claude.script = () => answer(`${FOUND} I go on with the parser of comments now.`);
    await start(place, claudeCommand('ccmux', ['-p', 'find the cause of it'])).finished;

    // What the first session had no time for is added behind the first answer of the second one.
    let asked = 0;
    claude.script = () => (++asked === 1 ? answer('Let me see.') : claudeLimit(inAnHour()));
    const later = await start(place, claudeCommand('ccmux', ['-p', 'hello there', 'pause:3000', ASKED])).finished;
    expect(answersOf(later.stdout).map(({ text }) => text)).toEqual(['Let me see.', 'Take the lock first.']);
    expect(JSON.stringify(gemini.asked()[0]!.json)).toContain(FOUND);
    expect(later.stderr).not.toContain('searched by words, without it');

    place.env['CCMUX_MEMORY_STORE'] = 'files';
    await start(place, claudeCommand('ccmux', ['-p', ASKED])).finished;
    expect(JSON.stringify(gemini.asked()[1]!.json)).not.toContain(FOUND);
    delete place.env['CCMUX_MEMORY_STORE'];

    expect((await runCcmux(place, ['memory', 'forget', '--all'])).stderr).toBe('');
    expect((await runCcmux(place, ['memory', 'list', '--all'])).stdout).toMatch(/^Nothing is kept/);
  },
);
