import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accountName, ledgerOf } from '../../src/cli/account.ts';
import { openSharedState } from '../../src/report/shared-state.ts';
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
  const [mine, work, nested] = ['claude', 'claude (/work)', undefined].map((name) => ledgerOf(shared, name));
  mine!.setRests('claude', [REST]);
  mine!.setRests('gemini', [REST]);
  nested!.addSample('claude', 1_234);
  expect(mine!.rests()).toMatchObject({ claude: [REST], gemini: [REST] });
  expect(work!.rests()).toMatchObject({ claude: [], gemini: [REST] });
  expect(nested!.rests()).toMatchObject({ claude: [], gemini: [REST] });
  expect([mine!.samples('claude'), nested!.samples('claude')]).toEqual([[], [1_234]]);
  expect(shared.known()).not.toContain('claude (/work)');
  await shared.close();
});
