import { describe, expect, it } from 'vitest';
import type { HandoffRule } from '../../src/failover/handoff.ts';
import type { Traits } from '../../src/failover/when.ts';
import { createHandoffAsks, insteadOf, isFallbackChosen } from '../../src/session/handoff-asks.ts';

const NOW = new Date(2026, 10, 22, 16).getTime();
const MINUTE = 60_000;
const BACK = NOW + 65 * MINUTE;

const RULES: HandoffRule[] = [
  { when: { prompt: ['incident'] }, then: 'ask' },
  { when: { mode: ['plan'] }, then: 'ask' },
  { when: { paths: ['payments/**'] }, then: 'ask' },
  { when: { prompt: ['secret'] }, then: 'hold' },
];

function asking() {
  const state = { now: NOW, limited: true, typed: true };
  const asks = createHandoffAsks({
    rules: () => RULES,
    instead: () => (state.limited ? { provider: 'gemini', until: BACK } : undefined),
    label: () => 'Gemini',
    now: () => state.now,
  });
  /** @returns whether the prompt is sent. */
  const sends = async (prompt: string, more: object = {}) => {
    asks.onHook({ prompt, ...more });
    return (await asks.onPrompt({ prompt, ...more }, async () => state.typed)) === undefined;
  };
  return { asks, state, sends };
}

it('says who is limited until when, who would answer, and the ways on', async () => {
  const { asks } = asking();
  const answer = await asks.onPrompt({ prompt: 'the incident of today' }, async () => true);
  expect(answer?.decision).toBe('block');
  expect(answer?.reason.split('\n')).toEqual([
    'Claude cannot answer until 17:05; Gemini would. Your rule asks first: prompt incident.',
    'Send the same message again within 5 minutes and Gemini answers it.',
    'For the whole session: ccmux use gemini',
  ]);
});

describe('a prompt of which a rule asks', () => {
  it('is sent when it comes again, and that is the word for this turn alone', async () => {
    const { asks, sends } = asking();
    expect([await sends('the incident'), asks.isGiven()]).toEqual([false, false]);
    expect([await sends(' the incident\n'), asks.isGiven()]).toEqual([true, true]);
    expect([await sends('something else'), asks.isGiven()]).toEqual([true, false]);
    expect(await sends('the incident')).toBe(false);
  });

  it('is asked again after five minutes, and for another prompt', async () => {
    const { state, sends } = asking();
    expect(await sends('the incident')).toBe(false);
    state.now += 5 * MINUTE + 1;
    expect(await sends('the incident')).toBe(false);
    expect(await sends('the other incident')).toBe(false);
    expect(await sends('the incident')).toBe(false);
  });

  it('is no word of the user’s where nobody has surely typed it', async () => {
    const { asks, state, sends } = asking();
    state.typed = false;
    expect([await sends('the incident'), await sends('the incident'), asks.isGiven()]).toEqual([false, false, false]);
  });

  it('goes its way while Claude would answer, or where a rule holds: Claude’s own error says more', async () => {
    const { state, sends } = asking();
    expect(await sends('the secret incident')).toBe(true);
    state.limited = false;
    expect(await sends('the incident')).toBe(true);
  });

  it('was held in the middle of things: sent again, it is the word', async () => {
    const { asks, sends } = asking();
    asks.held('Fix it');
    expect([await sends('Fix it'), asks.isGiven()]).toEqual([true, true]);
  });

  it.each<[what: string, body: object, paths: string[], isSent: boolean]>([
    ['the mode of this hook', { permission_mode: 'plan' }, [], false],
    ['another mode', { permission_mode: 'default' }, [], true],
    ['what the conversation has touched', {}, ['payments/a.ts'], false],
    ['nothing', {}, ['src/a.ts'], true],
  ])('by %s', async (_what, body, paths, isSent) => {
    const { asks, sends } = asking();
    asks.met({
      paths: () => paths,
      tokens: () => 1,
      thinking: () => true,
      webSearch: () => false,
    } as unknown as Traits);
    expect(await sends('go on', body)).toBe(isSent);
  });

  it('speaks of this conversation: one that began with `/clear` has touched nothing', async () => {
    const { asks, sends } = asking();
    const touched = {
      paths: () => ['payments/a.ts'],
      tokens: () => 90_000,
      thinking: () => true,
      webSearch: () => false,
    };
    const [before, after] = [{ session_id: 'a' }, { session_id: 'b' }];
    asks.onHook(before);
    asks.met(touched as unknown as Traits);
    expect(await sends('go on', before)).toBe(false);
    expect(await sends('hello', after)).toBe(true);
    expect(asks.next('hello').tokens()).toBe(0);
    asks.met(touched as unknown as Traits);
    expect(await sends('and on', after)).toBe(false);
  });

  it.each([undefined, null, 7, {}, { prompt: 7 }])('is not %j', async (body) => {
    expect(await asking().asks.onPrompt(body, async () => true)).toBeUndefined();
  });
});

const router = (more: { provider: string; pinned?: string }) => ({
  whoIsNext: () => ({ provider: more.provider, lastResort: false, passedOver: [] }),
  steering: () => (more.pinned === undefined ? {} : { pinned: { provider: more.pinned, only: false } }),
  cooldowns: () => ({
    claude: [
      { until: BACK, failure: 'rate_limit' as const, reason: { kind: 'limit' as const, status: 429 }, streak: 1 },
    ],
  }),
  family: () => undefined,
});

it('somebody would answer instead of Claude only where the user has chosen nobody', () => {
  expect(insteadOf('claude', router({ provider: 'gemini' }), NOW)).toEqual({ provider: 'gemini', until: BACK });
  expect(insteadOf('claude', router({ provider: 'claude' }), NOW)).toBeUndefined();
  expect(insteadOf('claude', router({ provider: 'gemini', pinned: 'gemini' }), NOW)).toBeUndefined();
  expect(insteadOf(undefined, router({ provider: 'gemini' }), NOW)).toBeUndefined();
});

it('`ccmux use gemini` is a word for the session, `ccmux use claude` is none', () => {
  expect(isFallbackChosen({ pinned: { provider: 'gemini', only: false } }, 'claude')).toBe(true);
  expect(isFallbackChosen({ pinned: { provider: 'claude', only: false } }, 'claude')).toBe(false);
  expect(isFallbackChosen({}, 'claude')).toBe(false);
});
