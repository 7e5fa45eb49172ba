import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runStatus } from '../../src/cli/status.ts';
import type { LiveState } from '../../src/state/live.ts';
import { registerRunning } from '../../src/state/running.ts';
import { openSharedState } from '../../src/state/shared-state.ts';
import { START } from '../report/story.ts';
import { fakeIo } from './io.ts';
import { backAt, closeSessions, live, now, serve } from './running-session.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

let folder: string;
let stateDir: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-status-'));
  stateDir = join(folder, 'ccmux');
  env = { XDG_STATE_HOME: folder, HOME: '/home/ada' };
});
afterEach(async () => {
  closeSessions();
  await rm(folder, { recursive: true, force: true });
});

function register(session: string, controlUrl: string): void {
  registerRunning({ stateDir, session, pid: process.pid, controlUrl, claudeCwd: `/home/ada/${session}` });
}

async function status(options = {}, terminal = {}) {
  const { io, written } = fakeIo(env, terminal);
  const code = await runStatus(options, { ...io, now: () => now });
  return { code, ...written };
}

describe('ccmux status', () => {
  it('keeps the address of the page out of a conversation, and fits what Claude Code shows of a command', async () => {
    env['CLAUDECODE'] = '1';
    env['CCMUX_SESSION'] = await serve(live);
    const { out } = await status();
    expect(out).toContain('Live page  ccmux dashboard');
    expect(out).not.toContain('token');
    const json = (await status({ json: true })).out;
    expect(JSON.parse(json)).toMatchObject({ sessions: [{ session: live.session }] });
    expect(json).not.toContain('token');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(74);
  });

  it('tells who answers now and why, who could, and what is left', async () => {
    register(live.session, await serve(live));
    expect((await status()).out).toMatchInlineSnapshot(`
      "Session 20261122-140000-3f2a · ~/race-condition · running 27 min

      Gemini answers now.
      Claude answered 429 (5-hour limit).
      Claude is back at 15:38 (in 1 h 12 min), from your next message on.

      ○ Claude  unavailable until 15:38 (in 1 h 12 min) · 429 (5-hour limit) ·
        average 2.8 s
          5-hour limit      ████████████████████  104 %  resets 15:38 (in 1 h 12 min)
          7-day limit       ████████░░░░░░░░░░░░   41 %  resets 26 Nov 14:26 (in 4 d)
      ● Gemini  available · average 4.1 s · spent $0.04
          requests per day  ████░░░░░░░░░░░░░░░░   20 %
      ○ OpenRouter  no key

      Spent      $0.04 of $5.00 in this session, $0.31 today
      So far     6 messages, 6 answers
      Live page  ccmux dashboard
      "
    `);
  });

  it('fits 50 columns', async () => {
    env['COLUMNS'] = '50';
    register(live.session, await serve(live));
    expect((await status()).out).toMatchInlineSnapshot(`
      "Session 20261122-140000-3f2a · ~/race-condition ·
        running 27 min

      Gemini answers now.
      Claude answered 429 (5-hour limit).
      Claude is back at 15:38 (in 1 h 12 min), from your
        next message on.

      ○ Claude  unavailable until 15:38 (in 1 h 12
        min) · 429 (5-hour limit) · average 2.8 s
          5-hour limit      ████████████████████  104 %
            resets 15:38 (in 1 h 12 min)
          7-day limit       ████████░░░░░░░░░░░░   41 %
            resets 26 Nov 14:26 (in 4 d)
      ● Gemini  available · average 4.1 s · spent $0.04
          requests per day  ████░░░░░░░░░░░░░░░░   20 %
      ○ OpenRouter  no key

      Spent      $0.04 of $5.00 in this session, $0.31
        today
      So far     6 messages, 6 answers
      Live page  ccmux dashboard
      "
    `);
  });

  it('tells every running session, the latest first', async () => {
    register('old', await serve({ ...live, session: 'old', startedAt: START - 1 }));
    register('new', await serve({ ...live, session: 'new' }));
    register('hung', 'http://127.0.0.1:1/token/ccmux');
    const { out } = await status();
    expect(out.match(/^Session \w+/gm)).toEqual(['Session new', 'Session old']);
    expect(JSON.parse((await status({ json: true })).out).sessions).toHaveLength(2);
  });

  it('tells only the session in whose environment it runs', async () => {
    register('other', await serve({ ...live, session: 'other' }));
    env['CCMUX_SESSION'] = await serve({ ...live, session: 'mine' });
    expect((await status()).out.match(/^Session \w+/gm)).toEqual(['Session mine']);
  });

  it.each<[string, Partial<LiveState>, string]>([
    [
      'a choice',
      { serving: 'gemini', steer: { provider: 'gemini', only: false } },
      'Undo your choice with: ccmux use auto',
    ],
    [
      'a choice without failover',
      { steer: { provider: 'gemini', only: true } },
      'You chose Gemini and nobody else: if it fails, you see its error.',
    ],
    [
      'that no provider is available',
      {
        serving: 'claude',
        nobody: {
          kind: 'unavailable',
          until: backAt,
          each: [{ provider: 'claude', reason: FIVE_HOURS, until: backAt }],
        },
      },
      'No provider is available until 15:38.\nClaude: 429 (5-hour limit), until 15:38. Requests still go to Claude.\nClaude is back at 15:38',
    ],
    [
      'whose models are unavailable',
      { providers: live.providers.map((row) => (row.id === 'claude' ? { ...row, cooldownFamily: 'opus' } : row)) },
      '○ Claude  unavailable for Opus until 15:38',
    ],
    [
      'who was chosen, by name',
      { servingWhy: { kind: 'chosen', provider: 'gemini', only: true } as const },
      'You chose Gemini only.',
    ],
    [
      'why in a sentence',
      { servingWhy: { kind: 'unavailable', provider: 'claude', reason: { kind: 'over-budget' } } as const },
      'Claude cannot answer: over your budget.',
    ],
    [
      'what to type',
      { servingWhy: { kind: 'ready', provider: 'claude', answers: 'when-chosen' } as const },
      'Claude is available again: ccmux use claude',
    ],
    ['that the way back is by hand', { switchBack: 'manual' }, '; then: ccmux use claude'],
    [
      'that a price is not known',
      { budget: { spentSessionUsd: 0, spentDayUsd: 0.5, unknownPrices: true } },
      'unknown in this session, $0.50 + unknown today',
    ],
  ])('says %s', async (_, facts, text) => {
    register('one', await serve({ ...live, ...facts }));
    expect((await status()).out).toContain(text);
  });

  it('says that nothing runs, and what is known from before', async () => {
    expect((await status()).out).toBe('No session is running. Start one with: ccmux claude\n');
    const shared = openSharedState({ file: join(stateDir, 'providers.json'), now: () => now - 7_200_000 });
    await shared.load();
    shared.setCooldowns('claude', [{ until: backAt, failure: 'rate_limit', reason: FIVE_HOURS, streak: 1 }]);
    shared.setWindows('claude', [{ name: '7d', used: 0.41, resetAt: backAt, source: 'wire' }]);
    shared.addSample('claude', 2800);
    shared.addSpend('gemini', 0.31);
    await shared.close();
    expect((await status()).out).toMatchInlineSnapshot(`
      "No session is running. Start one with: ccmux claude
      Last known 2 h ago (22 Nov 2026, 12:26):

      Claude  unavailable until 15:38 (in 1 h 12 min): 429 (5-hour limit) ·
        average 2.8 s
          7-day limit  ████████░░░░░░░░░░░░   41 %  resets 15:38 (in 1 h 12 min)
        as of 2 h ago (22 Nov 2026, 12:26)
      Gemini  available

      Spent today  $0.31
      "
    `);
    expect(JSON.parse((await status({ json: true })).out)).toMatchObject({
      sessions: [],
      lastKnown: { savedAt: now - 7_200_000, spentTodayUsd: 0.31 },
    });
  });

  it('watches in place on the other screen, and leaves the terminal as it was', async () => {
    register('one', await serve(live));
    const { io, written } = fakeIo(env, { tty: true, columns: 80 });
    const listening = process.listenerCount('SIGINT');
    const stop = new AbortController();
    const watching = runStatus({ watch: true }, { ...io, signal: stop.signal, everyMs: 10 });
    await vi.waitFor(() => expect(written.out.split('\x1b[H').length).toBeGreaterThan(2), { timeout: 10_000 });
    stop.abort();
    expect(await watching).toBe(0);
    expect(written.out.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true);
    expect(written.out.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
    expect(written.out).toContain('answers now');
    expect(process.listenerCount('SIGINT')).toBe(listening);
  });

  it('says that it waits where no session runs', async () => {
    const { io, written } = fakeIo(env);
    const stop = new AbortController();
    const watching = runStatus({ watch: true }, { ...io, signal: stop.signal, everyMs: 10 });
    await vi.waitFor(() => expect(written.out).toContain('Waiting for a session to start. Ctrl-C ends this.'));
    stop.abort();
    await watching;
    expect((await status({})).out).not.toContain('Waiting');
  });

  it('watches into a pipe by what changes', async () => {
    let asked = 0;
    const counted = { ...live, toJSON: () => ((asked += 1), live) };
    const server = await serve(counted);
    register('one', server);
    const { io, written } = fakeIo(env);
    const stop = new AbortController();
    const watching = runStatus({ watch: true }, { ...io, signal: stop.signal, everyMs: 10 });
    await vi.waitFor(() => expect(asked).toBeGreaterThan(2));
    stop.abort();
    await watching;
    expect(written.out.match(/answers now/g)).toHaveLength(1);
    expect(written.out).not.toContain('\x1b');
  });
});
