import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { comparingVectors } from '../../src/meaning/by-vectors.ts';
import { ownWords } from '../../src/meaning/own-words.ts';
import { STRANGERS } from '../../src/meaning/strangers.ts';
import { createEmbed } from '../../src/session/embedding.ts';
import { precisionOf, readLabelled, recallOf, rowText, tallyOf } from '../meaning/labelled.ts';

/** A few seconds of work, on a machine that has other work. */
const LONG_MS = 90_000;

/** The address of an embedding server in a process of its own. */
async function startEmbedding(): Promise<string> {
  const program = fileURLToPath(new URL('../meaning/embedding-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill());
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the embedding server ended: ${said}`)));
  const [address] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  ended.catch(() => {}); // by the end of the test
  return String(address).trim();
}

test(
  'finds the routes of prompts by a real embedding, a small English model behind a server on this machine',
  async () => {
    const embed = createEmbed({ url: await startEmbedding(), model: 'use-lite' }, LONG_MS);
    const strangers = await embed(STRANGERS);
    const rows = [];
    for (const { routes, prompts } of readLabelled().filter(({ language }) => language === 'English')) {
      const examples = Object.values(routes);
      const vectors = await embed(examples.flat().map(ownWords));
      const read = examples.map((some) => ({ examples: some, vectors: vectors.splice(0, some.length) }));
      const compare = comparingVectors(read, strangers);
      const ofPrompts = await embed(prompts.map(({ text }) => ownWords(text)));
      for (const [i, { label, text, half }] of prompts.entries()) {
        const { meant } = compare(text, ofPrompts[i]!);
        rows.push({ label, half, route: meant === undefined ? undefined : Object.keys(routes)[meant] });
      }
    }
    const tally = tallyOf(rows.filter(({ half }) => half === 'report'));
    const lines = [
      'Compared by an embedding (Universal Sentence Encoder Lite, which knows English only; a larger model knows more):',
      rowText('English', tally),
      rowText('the half of the calibration', tallyOf(rows.filter(({ half }) => half === 'calibration'))),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    expect(precisionOf(tally)).toBeGreaterThan(0.7);
    expect(recallOf(tally)).toBeGreaterThan(0.3);
  },
  2 * LONG_MS,
);
