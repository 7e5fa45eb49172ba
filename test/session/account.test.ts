import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accountName, ledgerOf } from '../../src/session/account.ts';
import { openSharedState } from '../../src/state/shared-state.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

const ANTHROPIC = 'https://api.anthropic.com';

test.each([
  ['the usual one', ANTHROPIC, {}, 'claude'],
  ['a second account', ANTHROPIC, { CLAUDE_CONFIG_DIR: '/home/ada/.claude-work' }, 'claude (/home/ada/.claude-work)'],
  ['a gateway', 'https://gateway.example:8443/anthropic', {}, 'claude@gateway.example:8443'],
  [
    'a session inside a session',
    'http://127.0.0.1:4000/token',
    { CCMUX_SESSION: 'http://127.0.0.1:4000/token/ccmux' },
    undefined,
  ],
  [
    'a gateway of this machine, inside a session',
    'http://127.0.0.1:5000',
    { CCMUX_SESSION: 'http://127.0.0.1:4000/token/ccmux' },
    'claude@127.0.0.1:5000',
  ],
])('%s', (_what, upstream, env, expected) => {
  expect(accountName(upstream, env)).toBe(expected);
});

function share() {
  const folder = mkdtempSync(join(tmpdir(), 'ccmux-account-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return openSharedState({ file: join(folder, 'providers.json') });
}

const REST = { until: Date.now() + 3_600_000, failure: 'rate_limit', reason: FIVE_HOURS, streak: 1 } as const;

test("accounts share what is known of fallbacks, and nothing of each other's Claude", async () => {
  const shared = share();
  const [mine, work, nested] = ['claude', 'claude (/work)', undefined].map((name) => ledgerOf(shared, () => name));
  mine!.setCooldowns('claude', [REST]);
  mine!.setCooldowns('gemini', [REST]);
  nested!.addSample('claude', 1_234);
  expect(mine!.cooldowns()).toMatchObject({ claude: [REST], gemini: [REST] });
  expect(work!.cooldowns()).toMatchObject({ claude: [], gemini: [REST] });
  expect(nested!.cooldowns()).toMatchObject({ claude: [], gemini: [REST] });
  expect([mine!.samples('claude'), nested!.samples('claude')]).toEqual([[], [1_234]]);
  expect(shared.known()).not.toContain('claude (/work)');
  await shared.close();
});

test('accounts at one place each have their own cooldowns, kept under a mark that tells nothing of a key', async () => {
  const shared = share();
  let account: string | undefined;
  const ledger = ledgerOf(
    shared,
    () => 'claude',
    () => account,
  );
  const later = { ...REST, until: REST.until + 60_000 };
  account = 'sk-ant-api03-first';
  ledger.setCooldowns('claude', [REST]);
  account = 'sk-ant-api03-second';
  expect(ledger.cooldowns()['claude']).toEqual([]);
  ledger.setCooldowns('claude', [later]);
  ledger.setCooldowns('claude', []);
  account = 'sk-ant-api03-first';
  expect(ledger.cooldowns()['claude']).toMatchObject([REST]);
  account = undefined;
  expect(ledger.cooldowns()['claude']).toMatchObject([REST]);
  expect(JSON.stringify(shared.cooldowns())).not.toMatch(/sk-ant|first/);
  await shared.close();
});
