import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareConfigs, watchConfig } from '../../src/session/config-watch.ts';
import { loadConfig } from '../../src/config/load.ts';
import { UserError } from '../../src/errors.ts';
import type { EventBody } from '../../src/events.ts';

const HELD = `order: [claude, gemini, groq]
switchBack: turn
failover: { on: [rate_limit, network] }
budget: { perSession: 5 }
`;

function place() {
  const home = mkdtempSync(join(tmpdir(), 'ccmux-watch-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const file = join(home, 'config.yaml');
  const load = async (text: string) => {
    writeFileSync(file, text);
    const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, CCMUX_CONFIG: file };
    return (await loadConfig({ env, cwd: home })).config;
  };
  return { file, load };
}

test.each<[what: string, change: [string, string], now: string[], later: string[]]>([
  ['nothing', ['', ''], [], []],
  ['a lower budget', ['perSession: 5', 'perSession: 2'], ['budget.perSession'], []],
  ['a higher one', ['perSession: 5', 'perSession: 50'], [], ['budget.perSession']],
  ['no budget', ['budget: { perSession: 5 }', ''], [], ['budget.perSession']],
  ['another budget', ['perSession: 5', 'perSession: 5, perDay: 9'], ['budget.perDay'], []],
  ['one provider less', [', groq]', ']'], ['order'], []],
  ['one more', [', groq]', ', groq, openai]'], [], ['order']],
  ['another order', ['gemini, groq', 'groq, gemini'], [], ['order']],
  ['one for another', ['groq', 'openai'], ['order'], ['order']],
  ['not even Claude', ['claude, ', ''], [], ['order']],
  ['no order', ['order: [claude, gemini, groq]', ''], [], ['order']],
  ['fewer failures', [', network]', ']'], ['failover.on'], []],
  ['more failures', ['network]', 'network, billing]'], [], ['failover.on']],
  ['no failover', ['failover: {', 'failover: { enabled: false,'], ['failover.enabled'], []],
  ['an earlier return', ['turn', 'immediate'], ['switchBack'], []],
  ['a later one', ['turn', 'manual'], [], ['switchBack']],
  ['no previews', ['switchBack', 'report: { previews: false }\nswitchBack'], ['report.previews'], []],
  [
    'a host',
    ['switchBack', 'providers: { gemini: { baseUrl: "http://127.0.0.1:1" } }\nswitchBack'],
    [],
    ['other settings'],
  ],
  ['another footer', ['switchBack', 'footer: { format: [cost] }\nswitchBack'], [], ['other settings']],
  ['other notifications', ['switchBack', 'notify: []\nswitchBack'], [], ['other settings']],
  ['stricter checks', ['failover: {', 'failover: { safetyChecks: claude,'], ['failover.safetyChecks'], []],
  ['looser checks', ['failover: {', 'failover: { safetyChecks: other,'], [], ['failover.safetyChecks']],
])('stricter holds at once, looser with the next launch: %s', async (_, [from, to], now, later) => {
  const { load } = place();
  const held = await load(HELD);
  const compared = compareConfigs(held, await load(HELD.replace(from, to)));
  expect([compared.stricter.map(({ setting }) => setting), compared.later]).toEqual([now, later]);
  for (const { hold } of compared.stricter) hold(held);
  const again = compareConfigs(held, await load(HELD.replace(from, to)));
  expect(again.stricter).toEqual([]);
  expect(held.order?.[0]).toBe('claude');
});

test('a file that changes is read again, and a mistake in it changes nothing', async () => {
  const { file, load } = place();
  const held = await load(HELD);
  const events: EventBody[] = [];
  const budgets: unknown[] = [];
  let next = async () => load(HELD.replace('perSession: 5', 'perSession: 2').replace('turn', 'manual'));
  const stop = watchConfig({
    files: [file],
    held,
    load: () => next(),
    onStricter: ({ budget }) => budgets.push({ ...budget }),
    emit: (event) => events.push(event),
  });
  onTestFinished(stop);
  writeFileSync(file, '# changed\n');
  await expect
    .poll(() => events, { timeout: 20_000 })
    .toContainEqual({ type: 'config-change', now: ['budget.perSession'], later: ['switchBack'] });
  expect([budgets, held.switchBack]).toEqual([[{ perSession: 2, subagentsPerMinute: 120 }], 'turn']);
  next = async () => {
    throw new UserError('config.yaml: a mistake');
  };
  writeFileSync(file, '# changed once more\n');
  await expect
    .poll(() => events, { timeout: 20_000 })
    .toContainEqual({ type: 'config-change', now: [], later: [], mistake: 'config.yaml: a mistake' });
  expect(held.budget).toMatchObject({ perSession: 2 });
});
