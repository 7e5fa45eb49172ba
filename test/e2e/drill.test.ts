import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Drilled } from '../../src/cli/drill-verdict.ts';
import { answer, callTool, type Script } from '../../src/demo/script.ts';
import { makeCast } from '../helpers/cast.ts';
import { ccmuxCommand, runCcmux } from '../helpers/claude.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openTerminal } from '../helpers/terminal.ts';

/** A model that does what the drill asks for. The path of the first file, which Claude read, leads it to the others. */
const able: Script = ({ facts, body }) => {
  const text = body.toString();
  if (facts.turn !== 1) return answer(['', '', 'Red.', 'MARIGOLD'][facts.turn] ?? 'What?');
  const folder = /"file_path\\?":\s*\\?"([^"\\]+)\/first\.txt/.exec(text)?.[1];
  const next = ['first', 'second', 'third', 'fourth'].filter((name) => text.includes(`${name}.txt`))[facts.stepInTurn];
  if (next !== undefined) return callTool('Read', { file_path: `${folder}/${next}.txt` });
  return answer([...text.matchAll(/The word of this file is ([A-Z]+)/g)].map(([, word]) => word).join(' '));
};

/** It calls no tool, sees nothing, and loses its key on the way. */
const unable: Script = ({ facts }) =>
  facts.turn < 3
    ? answer('I cannot say.')
    : { type: 'error', status: 401, body: { error: { message: 'Incorrect API key', code: 'invalid_api_key' } } };

it('takes the real client through the limit at each provider, and says what held', async () => {
  const temporary = temporaryFolder('ccmux-drill-test-');
  const { claude, gemini, chat, relay, place, rejections } = await makeCast({
    order: ['claude', 'gemini', 'openai', 'chat'],
    gemini: able,
    openai: able,
    chat: unable,
    // These would keep the drill from going on.
    settings: 'switchBack: manual\nfailover: { waitUpTo: 2m }',
    env: { TMPDIR: temporary },
  });
  const before = readdirSync(place.configDir);

  const run = await runCcmux(place, ['drill', '--yes', '--json', '--max-cost', '1']);
  expect([run.code, run.stderr]).toEqual([1, '']);
  const [first, middle, second] = JSON.parse(run.stdout) as Drilled[];
  expect(first).toMatchObject({
    label: 'Gemini',
    model: 'gemini-pro-latest',
    steps: {
      loop: { mark: 'held' },
      image: { mark: 'held' },
      pdf: { mark: 'held' },
      back: { mark: 'held' },
      over: { mark: 'held' },
    },
    usd: expect.any(Number),
    losses: ['tool calls of other models went to Gemini without its signature'],
  });
  // It went on from Claude's step and Gemini's.
  expect(middle).toMatchObject({ label: 'OpenAI', steps: { loop: { mark: 'held' }, over: { mark: 'held' } } });
  expect(second).toMatchObject({
    label: 'chat',
    steps: {
      loop: { mark: 'weak', detail: 'it called no tool' },
      image: { mark: 'weak', detail: 'it answered: I cannot say.' },
      pdf: { mark: 'failed', detail: '401 (key or login refused)' },
      back: { mark: 'held' },
      over: { mark: 'weak', detail: 'it answered: I cannot say.' },
    },
    usd: null,
  });

  // What was asked is what the estimate counts on, and nobody else was asked.
  const asked = gemini.requests.map(({ body }) => Math.ceil(body.length / 4));
  expect(asked.length).toBeLessThanOrEqual(6);
  expect(asked.reduce((sum, tokens) => sum + tokens, 0)).toBeLessThan(6 * 20_000);
  expect([claude.requests, relay.requests]).toEqual([[], []]);
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
}, 180_000);

it('asks in a terminal what it may cost, and shows each step', async () => {
  const { gemini, place } = await makeCast({ order: ['claude', 'gemini'], gemini: able });
  const refused = await openTerminal(place, ccmuxCommand(['drill']), { columns: 80, rows: 30 });
  const question = /Really ask Gemini about \$[\d.]+, at most \$[\d.]+\? Claude is simulated and costs[\s│]+nothing\./;
  await refused.until(question, 40);
  // No is what stands there.
  await refused.press('Enter');
  expect(await refused.exited()).toBe(1);
  expect(gemini.requests).toEqual([]);

  const agreed = await openTerminal(place, ccmuxCommand(['drill']), { columns: 80, rows: 30 });
  await agreed.until(question, 40);
  await agreed.press('y');
  await agreed.until(/Gemini: (tool loop|image|PDF|way back)/, 40);
  expect(await agreed.exited(80)).toBe(0);
  expect(await agreed.screen()).toMatch(/^Gemini( +✓ (< )?[\d.]+ s){3} +✓ +\$0\.\d\d$/m);
}, 120_000);

it('shows what it has when it is interrupted, and leaves no folder behind', async () => {
  const temporary = temporaryFolder('ccmux-drill-test-');
  const late: Script = (request) => ({ ...answer('too late'), delayMs: request.facts.turn === 2 ? 60_000 : 0 });
  const { place } = await makeCast({ order: ['claude', 'gemini'], gemini: late, env: { TMPDIR: temporary } });
  const drill = ccmuxCommand(['drill', '--yes']).join(' ');
  // The shell stays, and says what became of it.
  const terminal = await openTerminal(place, ['bash', '-c', `trap : INT; ${drill}; echo "[code $?]"; sleep 600`]);
  await terminal.until('Gemini: image', 40);
  await terminal.press('C-c');
  expect(await terminal.until('[code 130]')).toMatch(/^Gemini +! (< )?[\d.]+ s +- +- +- +\$0\.\d\d$/m);
  expect(readdirSync(temporary)).toEqual([]);
}, 120_000);
