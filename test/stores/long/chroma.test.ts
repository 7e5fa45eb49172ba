import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openChroma } from '../../../src/recall/chroma.ts';
import { openFiles } from '../../../src/recall/files.ts';
import { openIndexed } from '../../../src/recall/indexed.ts';
import { createVectors } from '../../../src/recall/vectors.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { record, testRecall } from '../../memory/recall-contract.ts';
import { startChromaServer } from './chroma-server.ts';

const server = await startChromaServer();
const HOW = 'Chroma is missing: pip install chromadb';
if (!server && process.env['CI'] === 'true') throw new Error(HOW);
if (!server) console.warn(HOW);

/** What the simulator of `npm test` says of Chroma must be true of a real one. */
describe.runIf(server)('a real Chroma', () => {
  const { url, data, stop } = server!;
  const open = () => openChroma({ url, vectors: createVectors(undefined) });
  afterAll(stop);

  describe('as a store', () => {
    testRecall(async () => {
      await open().drop();
      const files = temporaryFolder('ccmux-chroma-');
      const store = { label: 'Chroma', failed: () => {} };
      return { open: async () => openIndexed({ ...store, files: openFiles(files), index: open() }) };
    });
  });

  it('says its version', async () => {
    expect(await open().version()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('finds, removes and forgets, and its disk has never seen a word', async () => {
    const index = open();
    await index.drop();
    const fact = record('settleTwice loses the lock for 3 ms when reserve resolves early.', { project: 'gamma' });
    const chatter = Array.from({ length: 200 }, (_, i) =>
      record(`The parser reads line ${i} before the loop goes on.`),
    );
    await index.add('gamma', [...chatter, fact]);
    const sought = { project: 'gamma', session: 'tuesday', prompt: 'What loses the lock when reserve resolves early?' };
    expect(await index.find(sought, 5)).toEqual([fact.id]);
    expect(await index.find({ ...sought, session: 'monday' }, 5)).toEqual([]);
    await index.remove('gamma', [fact.id]);
    expect(await index.find(sought, 5)).toEqual([]);
    expect(await index.ids('gamma')).toHaveLength(200);
    await index.drop('gamma');
    expect(await index.ids('gamma')).toEqual([]);
    const kept = readdirSync(data, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(kept.length).toBeGreaterThan(0);
    for (const { parentPath, name } of kept)
      expect(readFileSync(join(parentPath, name), 'latin1')).not.toMatch(/settle|reserve|parser/i);
  });
});
