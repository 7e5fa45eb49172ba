import { describe, expect, it, vi } from 'vitest';
import { claudeLimit } from '../../../src/demo/limits.ts';
import { inAnHour, makeCast } from '../../helpers/cast.ts';
import { journalOf } from '../../helpers/claude.ts';
import { answersOf, useQuickClient } from '../../helpers/quick-client.ts';
import { aDollar, anotherMachine, quick, shared } from '../places.ts';
import { startRedis, withRedis } from '../redis.ts';

describe.skipIf(withRedis.skip)('two machines', () => {
  it('answer at once and keep one cap', async () => {
    const redis = await startRedis();
    const cast = await makeCast({
      claude: () => claudeLimit(inAnHour()),
      gemini: aDollar,
      settings: shared(redis, 'budget: { perDay: 2.5 }'),
    });
    const places = [cast.place, anotherMachine(cast), anotherMachine(cast)];
    places.forEach(useQuickClient);
    const runs = await Promise.all(places.map((place) => quick(place, 'one', 'two').finished));
    const answered = runs.flatMap(({ stdout }) => answersOf(stdout)).filter(({ status }) => status === 200);
    // What a request may cost is estimated at less than a dollar: the third one began before the second was paid.
    expect(answered.length).toBeGreaterThanOrEqual(2);
    expect(answered.length).toBeLessThan(6);
    const later = await quick(places[0]!, 'three').finished;
    expect(answersOf(later.stdout).map(({ status }) => status)).toEqual([429]);
    expect(journalOf(places[0]!)).toContainEqual(
      expect.objectContaining({ type: 'provider-skip', provider: 'gemini', reason: 'budget' }),
    );
  });

  it('a killed session loses nothing that it has written, and another one goes on from there', async () => {
    const redis = await startRedis();
    const cast = await makeCast({
      claude: () => claudeLimit(inAnHour()),
      gemini: aDollar,
      settings: shared(redis, 'budget: { perDay: 100 }'),
    });
    useQuickClient(cast.place);
    const running = quick(cast.place, 'one', 'pause:60000');
    const facts = () => JSON.parse(redis.cli('hget', 'ccmux:team', 'facts')) as { reserved: object; providers: object };
    const spent = (usd: number) => ({ providers: { gemini: { days: [{ usd: expect.closeTo(usd, 2) }] } } });
    await vi.waitFor(() => expect(facts()).toMatchObject(spent(1)), 20_000);
    await vi.waitFor(() => expect(facts().reserved).toEqual({}), 10_000);
    // Its client as well, which would hold its output open.
    process.kill(-running.child.pid!, 'SIGKILL');
    await running.finished;
    quick(cast.place, 'two', 'pause:60000');
    await vi.waitFor(() => expect(facts()).toMatchObject(spent(2)), 20_000);
  });
});
