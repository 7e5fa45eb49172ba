import { hostname, userInfo } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { answer } from '../../src/demo/script.ts';
import { GEMINI_KEY } from '../../src/demo/gemini.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { sharedPlace } from '../../src/session/sharing.ts';
import type { TeamFacts } from '../../src/state/team/facts.ts';
import { OPENAI_KEY } from '../simulators/openai-responses.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { API_KEY, journalOf, runCcmux, runClaude } from '../helpers/claude.ts';
import { useQuickClient } from '../helpers/quick-client.ts';
import { later, machine, session } from './machine.ts';
import { documentsIn, placesIn, startRecorder } from './recorder.ts';
import { anotherMachine, quick, shared } from './places.ts';
import { startRedis, withRedis } from './redis.ts';

describe.skipIf(withRedis.skip)('two machines', () => {
  it('one meets a limit, and the other does not ask Claude at all', async () => {
    const redis = await startRedis();
    const cast = await makeCast({
      claude: () => claudeLimit(inAnHour()),
      gemini: () => answer('Gemini was here.'),
      settings: shared(redis),
    });
    const first = await runClaude(cast.place, 'ccmux', 'hello');
    expect(first.result().result).toBe('Gemini was here.');
    const asked = cast.claude.asked().length;
    expect(asked).toBeGreaterThan(0);

    const other = anotherMachine(cast);
    const second = await runClaude(other, 'ccmux', 'hello');
    expect(second.result().result).toBe('Gemini was here.');
    expect(cast.claude.asked()).toHaveLength(asked);
    expect(journalOf(other)).toContainEqual(
      expect.objectContaining({ type: 'provider-skip', provider: 'claude', reason: 'cooldown' }),
    );
    // Another person's login has limits of its own.
    const colleague = anotherMachine(cast, { ANTHROPIC_API_KEY: 'sk-ant-api03-quite-another-key-of-a-colleague-00' });
    useQuickClient(colleague);
    await quick(colleague, 'hello').finished;
    expect(cast.claude.asked()).toHaveLength(asked + 1);
  });
});

describe.skipIf(withRedis.skip)('a session that is killed while it is answered', () => {
  it('leaves a reservation that binds the other machine for 15 minutes, and no longer', async () => {
    const redis = await startRedis();
    const cast = await makeCast({
      claude: () => claudeLimit(inAnHour()),
      gemini: () => answer('Never said.', { delayMs: 60_000 }),
      settings: shared(redis, 'budget: { perDay: 100 }'),
    });
    useQuickClient(cast.place);
    const running = quick(cast.place, 'hello');
    const reserved = () => {
      const facts = JSON.parse(redis.cli('hget', 'ccmux:team', 'facts') || '{}') as Partial<TeamFacts>;
      return Object.values(facts.reserved ?? {});
    };
    await vi.waitFor(() => expect(reserved()).toHaveLength(1), 20_000);
    // Its client as well, which would hold its output open.
    process.kill(-running.child.pid!, 'SIGKILL');
    await running.finished;
    const [left] = reserved();
    const cap = left!.usd;

    const meanwhile = await session(redis, machine());
    expect(meanwhile.store.reservedElsewhere()).toBe(left!.usd);
    expect(await meanwhile.store.reserve(0.000_001, cap)).toBeUndefined();
    const before = await session(later(redis, 14 * 60_000), machine());
    expect(await before.store.reserve(0.000_001, cap)).toBeUndefined();
    const after = await session(later(redis, 15 * 60_000 + 1_000), machine());
    expect(await after.store.reserve(cap, cap)).toBeDefined();
    await vi.waitFor(() => expect(reserved()).toHaveLength(1), 10_000);
    expect(reserved()).not.toContainEqual(left);
  });
});

describe.skipIf(withRedis.skip)('two people with one prefix, by scope=me', () => {
  it('do not see each other, and one of them does so from two machines', async () => {
    const redis = await startRedis();
    // No more than `help/sharing.md` says that a user of the server needs.
    const may = ['eval', 'time', 'hget', 'hset', 'pexpire', 'info', 'ping', 'select'].map((name) => `+${name}`);
    for (const name of ['ada', 'ben']) redis.cli('acl', 'setuser', name, 'on', `>${name}-knows`, '~ccmux:me:*', ...may);
    const cast = await makeCast({
      claude: () => claudeLimit(inAnHour()),
      gemini: () => answer('Gemini was here.'),
    });
    const of = (name: string) =>
      anotherMachine(cast, { CCMUX_SHARED: `valkey://${name}:${name}-knows@127.0.0.1:${redis.port}/1?scope=me` });
    const asked: number[] = [];
    for (const place of [of('ada'), of('ada'), of('ben')]) {
      useQuickClient(place);
      const { stderr } = await quick(place, 'hello').finished;
      expect(stderr).not.toContain('valkey');
      asked.push(cast.claude.asked().length);
    }
    expect(asked).toEqual([1, 1, 2]);
    const keys = redis.cli('-n', '1', 'keys', '*').trim().split('\n');
    expect(keys.map((key) => key.replace(/[0-9a-f]{8}$/, 'MARK'))).toEqual(['ccmux:me:MARK', 'ccmux:me:MARK']);
    const { stdout } = await runCcmux(of('ben'), ['doctor']);
    expect(stdout).toMatch(/answers in .*; 1 machine shares, under\s+ccmux:me:/);
  });
});

it('who somebody is comes from the address, else from the login', () => {
  const keyOf = (shared: string) => sharedPlace({ shared }, {}, { forOthers: () => ({}) as never })!.key;
  const mine = keyOf('valkey://host?scope=me');
  expect(keyOf(`valkey://${userInfo().username}:password@host?scope=me`)).toBe(mine);
  expect(keyOf('valkey://somebody-else@host?scope=me')).not.toBe(mine);
  expect(keyOf('valkey://host?prefix=payments&scope=me')).toBe(mine.replace('ccmux:', 'payments:'));
  expect(keyOf('valkey://host')).toBe('ccmux:team');
});

/** All that may leave a machine. */
const ALLOWED = [
  'version savedAt',
  'machines.*.seq machines.*.at',
  'reserved.*.usd reserved.*.date reserved.*.until',
  'providers.*.usedAt providers.*.samples providers.*.recent',
  ...['until', 'failure', 'streak', 'lasts', 'family', 'account', 'setup'].map(
    (name) => `providers.*.cooldowns.${name}`,
  ),
  ...['kind', 'status', 'inside', 'window', 'host', 'what'].map((name) => `providers.*.cooldowns.reason.${name}`),
  ...['date', 'requests', 'tokens', 'usd', 'unknown', 'assumed'].map((name) => `providers.*.days.${name}`),
  ...['name', 'used', 'limit', 'remaining', 'resetAt', 'source'].map((name) => `providers.*.quota.windows.${name}`),
  'providers.*.quota.at providers.*.used.*.resetAt providers.*.used.*.points',
].flatMap((line) => line.split(' '));
const NAMED_BY_DATA = new Set(['machines', 'reserved', 'providers', 'providers.*.used']);

describe.skipIf(withRedis.skip)('what leaves a machine', () => {
  it('is facts about limits, counts and times, and nothing else', async () => {
    const redis = await startRedis('--requirepass', 'a-password-of-the-team');
    const recorder = await startRecorder(redis.port);
    const cast = await makeCast({
      order: ['claude', 'gemini', 'chat'],
      claude: () => claudeLimit(inAnHour()),
      gemini: [
        { kind: 'status', status: 429, body: { error: { code: 429, message: 'the words of a host' } } } as never,
      ],
      chat: () => answer('My own host was here.'),
      settings: `shared: 'valkey://:\${TEAM_PASSWORD}@127.0.0.1:${recorder.port}/0'\nbudget: { perDay: 5 }`,
      env: { TEAM_PASSWORD: 'a-password-of-the-team' },
    });
    useQuickClient(cast.place);
    const { code, stderr } = await quick(cast.place, 'a prompt that nobody else should read', 'and another').finished;
    expect(code).toBe(0);
    const sent = recorder.sent();
    const documents = documentsIn(sent);
    expect(documents.length).toBeGreaterThan(1);
    const places = new Set(documents.flatMap((one) => placesIn(one, (path) => NAMED_BY_DATA.has(path))));
    expect([...places].filter((place) => !ALLOWED.includes(place))).toEqual([]);
    expect(places).toContain('providers.*.cooldowns.until');
    for (const secret of [
      'nobody else should read',
      'the words of a host',
      'was here',
      API_KEY,
      GEMINI_KEY,
      OPENAI_KEY,
      cast.place.home,
      cast.place.project,
      hostname(),
      `"${userInfo().username}"`,
    ]) {
      expect(sent).not.toContain(secret);
    }
    // The password is sent once for each connection, and stands nowhere else.
    const status = await runCcmux(cast.place, ['doctor']);
    const kept = JSON.stringify(journalOf(cast.place));
    for (const text of [stderr, kept, status.stdout, status.stderr])
      expect(text).not.toContain('a-password-of-the-team');
    expect(status.stdout).toContain('1 machine shares');
  });
});
