import { expect, it } from 'vitest';
import { apiKeyLimit, geminiLimit, overloaded } from '../../src/demo/failures.ts';
import { answer, type Script } from '../../src/demo/script.ts';
import type { LiveState } from '../../src/state/live.ts';
import { makeCast, type Cast } from '../helpers/cast.ts';
import { claudeCommand, runCcmux } from '../helpers/claude.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/** The moments in which a screen used to be wrong: footer, `status`, `status --json` and report say the same, and the truth. */

const main =
  (script: (count: number) => ReturnType<typeof answer> | ReturnType<typeof overloaded>): Script =>
  ({ facts }) =>
    facts.side ? answer('ok') : script(facts.turn);

async function ask(cast: Cast, text: string): Promise<Terminal> {
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', []), { columns: 100, rows: 30 });
  await terminal.until('❯');
  await terminal.type(text);
  await terminal.press('Enter');
  return terminal;
}

async function statusOf({ place }: Cast): Promise<{ text: string; live: LiveState }> {
  const [text, json] = await Promise.all([runCcmux(place, ['status']), runCcmux(place, ['status', '--json'])]);
  return { text: text.stdout, live: JSON.parse(json.stdout).sessions[0] };
}

it('nobody: said within seconds, while Claude Code still tries, and by the next hook', async () => {
  const cast = await makeCast({ claude: main(() => overloaded()), gemini: () => geminiLimit({ retryDelay: '90s' }) });
  const terminal = await ask(cast, 'anybody?');
  await terminal.until(/ccmux ✕ nobody/, 20);
  const { text, live } = await statusOf(cast);
  expect(live.nobody?.each.map(({ provider }) => provider)).toEqual(['claude', 'gemini']);
  expect(text).toMatch(/^No provider (is available until|could answer)/m);
  await terminal.press('Escape');
  await terminal.until('Interrupted', 10).catch(() => terminal.screen());
  await terminal.type(' again');
  await terminal.press('Enter');
  await terminal.until(/UserPromptSubmit says: ccmux: no provider could answer/);
  await terminal.press('Escape');
  expect(cast.rejections()).toEqual([]);
});

it('a wait: counted down with the way out, which works as a prompt, and on record', async () => {
  const cast = await makeCast({
    settings: 'failover: { waitUpTo: 5m }',
    claude: main(() => apiKeyLimit(120)),
    gemini: () => answer('Gemini went on.'),
  });
  const terminal = await ask(cast, 'hello');
  await terminal.until(/ccmux ◷ waiting for Claude until .*skip: ccmux use gemini/);
  const { text, live } = await statusOf(cast);
  expect(live.waiting).toMatchObject({ provider: 'claude', requests: 1 });
  expect(text).toMatch(/^Waiting for Claude until /m);

  await terminal.type('ccmux use gemini');
  await terminal.press('Enter');
  await terminal.until('Gemini went on.');
  await terminal.until(/ccmux ◆ Gemini/);
  await terminal.until(/waited .* for Claude: 429/);
  expect((await statusOf(cast)).live).toMatchObject({ answeredLast: 'gemini', steer: { provider: 'gemini' } });
  expect((await runCcmux(cast.place, ['report'])).stdout).toMatch(/waited .* for Claude/);
  expect(cast.rejections()).toEqual([]);
});
