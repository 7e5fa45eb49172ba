import { hostname, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { answer } from '../../src/demo/script.ts';
import { GEMINI_KEY } from '../../src/demo/gemini.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { OPENAI_KEY } from '../simulators/openai-responses.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { API_KEY, journalOf, runCcmux, runClaude } from '../helpers/claude.ts';
import { useQuickClient } from '../helpers/quick-client.ts';
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
