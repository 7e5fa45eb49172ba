import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startGemini } from '../../src/demo/gemini.ts';
import { ccmuxCommand, makePlace } from '../helpers/claude.ts';
import { openTerminal } from '../helpers/terminal.ts';

const KEY = 'AIzaSyInitsOwnKey00000000000000000000';

it('asks in a terminal of 80 columns, tests a key, and puts providers in order', async () => {
  const simulator = await startGemini({
    key: KEY,
    script: () => ({ type: 'answer', toolCalls: [{ name: 'report_colour', input: { colour: 'red' } }] }),
  });
  onTestFinished(() => simulator.close());
  // Whoever else would be asked is behind a proxy that is not there.
  const mine = `# mine\nproviders:\n  gemini: { baseUrl: "${simulator.url}/v1beta", price: 0 }\n`;
  const env = { GEMINI_API_KEY: KEY, HTTPS_PROXY: 'http://127.0.0.1:9', PATH: '/usr/bin:/bin' };
  const place = makePlace({ ccmux: mine, env });
  const file = join(place.ccmuxConfig, 'config.yaml');
  const terminal = await openTerminal(place, ccmuxCommand(['init']), { columns: 80, rows: 24 });

  await terminal.until('is there already');
  await terminal.press('Enter');
  await terminal.until(/◼ Gemini +free +1M +key found/);
  await terminal.press('Down', 'Space', 'Enter');
  await terminal.until(/Test them now[^]*Gemini free/);
  await terminal.press('Enter');
  await terminal.until(/Gemini \(gemini-flash-latest\) answers: first word after/);
  await terminal.until('Who answers first');
  await terminal.press('Down', 'Space', 'Up');
  await terminal.until(/↕ 1\. Gemini/);
  await terminal.press('Enter');
  await terminal.until('What may a session spend');
  await terminal.press('Enter');
  await terminal.until('can answer again, go back');
  await terminal.press('Enter');
  await terminal.until('The others answer in place of Claude');
  await terminal.press('Down', 'Enter');
  await terminal.until('Web searches while Claude cannot answer');
  await terminal.press('Down', 'Enter');
  await terminal.until(/What else\?[^]*today's provider then reads it/);
  await terminal.press('Down', 'Enter');
  await terminal.until("Show Claude's thinking in ccmux's sessions?");
  await terminal.press('Enter');
  expect(await terminal.exited()).toBe(0);
  for (const line of (await terminal.history()).split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  const text = readFileSync(file, 'utf8');
  expect(text.startsWith(mine)).toBe(true);
  expect(parse(text)).toMatchObject({
    switchBack: 'turn',
    budget: { perSession: 5 },
    overflow: { at: '50%' },
    memory: { mode: 'project' },
  });
  expect(parse(text).webSearch).toBe('provider');
  const [first, second, ...others] = parse(text).order;
  expect([first, second, others.length]).toEqual(['gemini', 'claude', 1]);
});
