import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ROWS } from '../../src/config/settings.ts';
import { UserError } from '../../src/errors.ts';
import { createTap } from '../../src/proxy/tap.ts';
import { parseJournal } from '../../src/state/journal.ts';
import { summarise } from '../../src/state/fold.ts';
import { renderReport } from '../../src/report/text.ts';
import { journey } from '../report/story.ts';
import { sse } from '../helpers/proxy.ts';
import { mutate, mutations, piecesOf } from './bytes.ts';
import { cases, tellSeed } from './seeds.ts';

/** What ccmux reads of others, or of a file that somebody has damaged. */

beforeAll(tellSeed);

const ANSWER = Buffer.concat([
  sse('message_start', { message: { id: 'msg_1', model: 'm', usage: { input_tokens: 5, output_tokens: 1 } } }),
  sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Grüße 👋' } }),
  sse('content_block_stop', { index: 0 }),
  sse('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }),
  sse('message_stop', {}),
]);
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

test('the tap learns the same however the bytes are cut, and never throws', () => {
  fc.assert(
    fc.property(mutations, cuts, (changes, places) => {
      const bytes = mutate(ANSWER, changes);
      const learn = (pieces: Buffer[]) => {
        const tap = createTap(undefined);
        for (const piece of pieces) void tap.write(piece);
        void tap.end();
        return tap.isBlind() ? 'blind' : tap.answer;
      };
      expect(learn(piecesOf(bytes, places))).toEqual(learn([bytes]));
    }),
    cases(300),
  );
});

/** The journal of a session, line by line. */
const LINES = journey().map((event) => JSON.stringify(event));

test('a journal whose bytes were changed is read as far as it goes, and told of', () => {
  fc.assert(
    fc.property(mutations, (changes) => {
      const text = mutate(Buffer.from(`${LINES.join('\n')}\n`), changes).toString();
      const summary = summarise(parseJournal(text));
      expect(renderReport(summary, { width: 80, color: false, now: 0 })).toBeTypeOf('string');
    }),
    cases(60),
  );
});

const FILE = `order: [claude, gemini]
switchBack: turn
failover: { on: [rate_limit], waitUpTo: 5s, retries: 1 }
limits: { whole: 2m }
budget: { perSession: 5 }
providers:
  gemini: { apiKey: x, models: { default: m } }
`;

/** What is told of a bad setting must not be able to redraw the terminal. */
// oxlint-disable-next-line no-control-regex
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** @returns what the user is told. */
async function load(text: string, name: string, env: Record<string, string> = {}): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'ccmux-fuzz-'));
  try {
    const folder = join(root, 'config', 'ccmux');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    const home = { HOME: root, XDG_CONFIG_HOME: join(root, 'config'), XDG_STATE_HOME: join(root, 'state') };
    const { warnings } = await loadConfig({ env: { ...home, ...env }, cwd: root });
    return warnings.join('\n');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('a configuration whose bytes were changed works, or names what is wrong with it', async () => {
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      expect(await load(mutate(Buffer.from(FILE), changes).toString('latin1'), 'config.yaml')).not.toMatch(RAW);
    }),
    cases(40),
  );
});

test('a configuration that is any JSON works, or names what is wrong with it', async () => {
  const names = ['order', 'switchBack', 'failover', 'limits', 'budget', 'providers', 'report', 'client', 'x'];
  const file = fc.oneof(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(file, async (value) => {
      expect(await load(JSON.stringify(value), 'config.json')).not.toMatch(RAW);
    }),
    cases(40),
  );
});

test('a variable of any value works, or is named with what is wrong with it', async () => {
  const variables = ROWS.map(([, { variable }]) => variable);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...variables), fc.string(), async (variable, value) => {
      expect(await load(FILE, 'config.yaml', { [variable]: value })).not.toMatch(RAW);
    }),
    cases(40),
  );
});
