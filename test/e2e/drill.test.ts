import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Drilled } from '../../src/cli/drill-verdict.ts';
import { answer, callTool, type Script } from '../../src/demo/script.ts';
import { makeCast } from '../helpers/cast.ts';
import { runCcmux } from '../helpers/claude.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

/** A model that does what the drill asks for. The path of the first file, which Claude read, leads it to the second. */
const able: Script = ({ facts, body }) => {
  const folder = /"file_path\\?":\s*\\?"([^"\\]+)\/first\.txt/.exec(body.toString())?.[1];
  if (facts.turn === 1 && facts.stepInTurn < 2) return callTool('Read', { file_path: `${folder}/second.txt` });
  return answer(['', 'LANTERN and COBALT', 'Red.', 'MARIGOLD'][facts.turn] ?? 'What?');
};

/** It calls no tool, sees nothing, and loses its key on the way. */
const unable: Script = ({ facts }) =>
  facts.turn < 3
    ? answer('I cannot say.')
    : { type: 'error', status: 401, body: { error: { message: 'Incorrect API key', code: 'invalid_api_key' } } };

it('takes the real client through the limit at each provider, and says what held', async () => {
  const temporary = temporaryFolder('ccmux-drill-test-');
  const { claude, gemini, chat, openai, place, rejections } = await makeCast({
    order: ['claude', 'gemini', 'chat'],
    gemini: able,
    chat: unable,
    // These would keep the drill from going on.
    settings: 'switchBack: manual\nfailover: { waitUpTo: 2m }',
    env: { TMPDIR: temporary },
  });
  const before = readdirSync(place.configDir);

  const run = await runCcmux(place, ['drill', '--yes', '--json', '--max-cost', '1']);
  expect([run.code, run.stderr]).toEqual([1, '']);
  const [first, second] = JSON.parse(run.stdout) as Drilled[];
  expect(first).toMatchObject({
    label: 'Gemini',
    model: 'gemini-pro-latest',
    steps: { loop: { mark: 'held' }, image: { mark: 'held' }, pdf: { mark: 'held' }, back: { mark: 'held' } },
    usd: expect.any(Number),
    losses: ['tool calls of other models went to Gemini without its signature'],
  });
  expect(second).toMatchObject({
    label: 'chat',
    steps: {
      loop: { mark: 'weak', detail: 'it called no tool' },
      image: { mark: 'weak', detail: 'it answered: I cannot say.' },
      pdf: { mark: 'failed', detail: '401 (key or login refused)' },
      back: { mark: 'held' },
    },
    usd: null,
  });

  // What was asked is what the estimate counts on, and nobody else was asked.
  const asked = gemini.requests.map(({ body }) => Math.ceil(body.length / 4));
  expect(asked.length).toBeLessThanOrEqual(4);
  expect(asked.reduce((sum, tokens) => sum + tokens, 0)).toBeLessThan(4 * 20_000);
  expect([claude.requests, openai.requests]).toEqual([[], []]);
  expect(chat.requests.length).toBeGreaterThan(0);
  expect(rejections()).toEqual([]);
  // No file of the user's, and nothing left behind.
  expect(readdirSync(place.configDir)).toEqual(before);
  expect(existsSync(`${place.ccmuxState}/sessions`)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);

  const capped = await runCcmux(place, ['drill', 'gemini', '--yes', '--max-cost', '0.000001']);
  expect(capped.stdout).toMatch(/^Gemini +✗ +✗ +✗ +✓ +\$0$/m);
  expect(capped.stdout).toMatch(/^✗ Gemini, tool loop: would cost about \$[\d.]+, and < \$0\.01 of your budget/m);
  for (const line of capped.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
