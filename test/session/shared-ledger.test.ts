import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Cooldown } from '../../src/failover/cooldown.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { ledgerOf } from '../../src/session/account.ts';
import { ledgerIds, sharedLedger, sharedNames } from '../../src/session/shared-ledger.ts';
import { openSharedState } from '../../src/state/shared-state.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const provider = (id: string, facts: Partial<Provider>): Provider =>
  ({ id, own: false, host: `${id}.example`, ...facts }) as Provider;
const PROVIDERS = [
  provider('claude', { own: true }),
  provider('gemini', { knownKeys: () => [{ mark: 'aaaaaaaa', key: 'key-of-ada' }] }),
  provider('late', { knownKeys: () => [{ mark: 'bbbbbbbb', key: undefined }], keySource: 'apiKeyCommand' }),
  provider('open', { knownKeys: () => [{ mark: '', key: undefined }], keySource: 'none needed' }),
  provider('ollama', { host: '127.0.0.1:11434' }),
];
const ada = { account: () => 'account-of-ada', address: () => 'api.anthropic.com' };
const namesOf = (claude: Parameters<typeof sharedNames>[1]) =>
  PROVIDERS.map(({ id }) => sharedNames(PROVIDERS, claude)(id));

it('names an account and a key by a mark, and nothing that only this machine has', () => {
  const [claude, gemini, late, open, ollama] = namesOf(ada);
  expect([claude, gemini, open]).toEqual([
    expect.stringMatching(/^claude#[\da-f]{8}$/),
    expect.stringMatching(/^gemini#[\da-f]{8}$/),
    expect.stringMatching(/^open#[\da-f]{8}$/),
  ]);
  expect([late, ollama]).toEqual([undefined, undefined]);
});

it('names each of several keys by its own, wherever it comes from', () => {
  const host = (...keys: [mark: string, key: string | undefined][]) =>
    provider('groq', {
      keys: keys.map(([mark]) => ({ source: 'apiKey', mark })),
      knownKeys: () => keys.map(([mark, key]) => ({ mark, key })),
    });
  const nameOf = (one: Provider, id: string) => sharedNames([one], ada)(id);
  const written = host(['aaaaaaaa', 'one'], ['bbbbbbbb', 'two']);
  const printed = host(['cccccccc', 'two'], ['dddddddd', 'one']);
  expect(ledgerIds([written])).toEqual(['groq', 'groq key aaaaaaaa', 'groq key bbbbbbbb']);
  expect(nameOf(written, 'groq')).toBe(nameOf(printed, 'groq'));
  expect(nameOf(written, 'groq key aaaaaaaa')).toBe(nameOf(printed, 'groq key dddddddd'));
  expect(nameOf(written, 'groq key aaaaaaaa')).not.toBe(nameOf(written, 'groq key bbbbbbbb'));
  const unknown = host(['aaaaaaaa', 'one'], ['bbbbbbbb', undefined]);
  expect(['groq', 'groq key bbbbbbbb', 'groq key eeeeeeee'].map((id) => nameOf(unknown, id))).toEqual(
    Array(3).fill(undefined),
  );
});

it('tells accounts and addresses apart', () => {
  const [own] = namesOf(ada);
  const others = [
    { ...ada, account: () => 'account-of-bob' },
    { ...ada, address: () => 'gateway.example' },
    { ...ada, account: () => undefined },
    { ...ada, address: () => undefined },
  ].map((claude) => namesOf(claude)[0]);
  expect(others).not.toContain(own);
  expect(others.slice(2)).toEqual([undefined, undefined]);
});

const NOW = Date.now();
const cooldown = (failure: Cooldown['failure'], minutes: number): Cooldown => ({
  until: NOW + minutes * 60_000,
  failure,
  reason: failure === 'network' ? { kind: 'network' } : { kind: 'limit', status: 429 },
  streak: 1,
});

function open() {
  const folder = temporaryFolder('ccmux-ledger-');
  const [local, team] = ['local', 'team'].map((name) => openSharedState({ file: join(folder, `${name}.json`) }));
  const names = sharedNames(PROVIDERS, ada);
  const own = ledgerOf(local!, () => 'claude', ada.account);
  const ledger = sharedLedger(
    own,
    team!,
    names,
    PROVIDERS.map(({ id }) => id),
  );
  return { local: local!, team: team!, names, ledger };
}

it("shares a limit, and keeps this machine's own trouble", () => {
  const { local, team, names, ledger } = open();
  const [limit, trouble] = [cooldown('rate_limit', 60), cooldown('network', 1)];
  ledger.setCooldowns('gemini', [limit, trouble]);
  expect(team.cooldowns()).toEqual({ [names('gemini')!]: [limit] });
  expect(local.cooldowns()).toEqual({ gemini: [trouble] });
  expect(ledger.cooldowns()['gemini']).toEqual([trouble, limit]);
  ledger.setCooldowns('gemini', []);
  expect([team, local].flatMap((state) => Object.values(state.cooldowns()).flat())).toEqual([]);
  ledger.setCooldowns('ollama', [limit]);
  expect(local.cooldowns()['ollama']).toEqual([limit]);
});

it('ends a limit that another machine has seen end', () => {
  const { team, names, ledger } = open();
  ledger.setCooldowns('gemini', [cooldown('rate_limit', 60)]);
  team.setCooldowns(names('gemini')!, []);
  expect(ledger.cooldowns()['gemini'] ?? []).toEqual([]);
});

it('knows times and limits of all machines, and keeps its own beside them', () => {
  const { local, team, names, ledger } = open();
  ledger.addSample('claude', 100);
  team.addSample(names('claude')!, 300);
  expect([ledger.samples('claude'), local.samples('claude')]).toEqual([[100, 300], [100]]);
  ledger.count('gemini', { requests: 1, tokens: 1 });
  team.count(names('gemini')!, { requests: 1, tokens: 1 });
  expect(ledger.counted('gemini', { requestsPerDay: 2 })).toMatchObject([{ used: 1 }]);
  ledger.setWindows('claude', [{ name: '5h', used: 0.1, source: 'wire' }]);
  team.setWindows(names('claude')!, [{ name: '5h', used: 0.9, source: 'wire' }]);
  expect(ledger.windows('claude')?.windows).toMatchObject([{ used: 0.9 }]);
});
