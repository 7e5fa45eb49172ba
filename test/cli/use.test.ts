import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runUse } from '../../src/cli/use.ts';
import type { UseOptions } from '../../src/cli/use.ts';
import { registerRunning } from '../../src/state/running.ts';
import { fakeIo } from './io.ts';
import { closeSessions, live, serve } from './running-session.ts';
import type { Order } from './running-session.ts';

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-use-'));
  env = { XDG_STATE_HOME: folder };
});
afterEach(async () => {
  closeSessions();
  await rm(folder, { recursive: true, force: true });
});

function register(session: string, controlUrl: string): void {
  const stateDir = join(folder, 'ccmux');
  registerRunning({ stateDir, session, pid: process.pid, controlUrl, claudeCwd: `/home/ada/${session}` });
}

describe('ccmux use', () => {
  const use = async (options: UseOptions) => {
    const { io, written } = fakeIo(env);
    const code = await runUse(options, io);
    return { code, ...written };
  };
  /** Does as it is told. */
  const obedient =
    (orders: Order[]) =>
    (order: Order): [number, unknown] => {
      orders.push(order);
      const chosen = order.provider === 'auto' ? null : order;
      return [200, { ...live, steer: chosen, serving: order.provider === 'auto' ? 'gemini' : order.provider }];
    };

  it.each<[UseOptions, Order, string]>([
    [
      { provider: 'gemini' },
      { provider: 'gemini', only: false },
      'Gemini answers from the next request on. Undo: ccmux use auto\n',
    ],
    [
      { provider: 'claude', only: true },
      { provider: 'claude', only: true },
      'Only Claude answers from the next request on, without failover. Undo: ccmux use auto\n',
    ],
    [
      { provider: 'auto' },
      { provider: 'auto', only: false },
      'Your order applies again from the next request on: Claude, Gemini, OpenRouter. Gemini answers next. Claude answered 429 (5-hour limit).\n',
    ],
  ])('%j', async (options, order, line) => {
    const orders: Order[] = [];
    register('one', await serve(live, obedient(orders)));
    expect(await use(options)).toEqual({ code: 0, out: line, err: '' });
    expect(orders).toEqual([order]);
  });

  it('says when the chosen one cannot answer yet', async () => {
    register('one', await serve(live, (order) => [200, { ...live, steer: order }]));
    expect((await use({ provider: 'claude' })).out).toBe(
      'Claude is preferred from now on, but unavailable: 429 (5-hour limit). Gemini answers next.\n',
    );
  });

  it.each([400, 409])('hands on why the session refuses (%i)', async (code) => {
    register('one', await serve(live, () => [code, { error: 'no provider "gemni" here. Did you mean gemini?' }]));
    await expect(use({ provider: 'gemni' })).rejects.toThrow('no provider "gemni" here. Did you mean gemini?');
  });

  it('finds the session: by --session, by the environment, else the only one', async () => {
    const told: string[] = [];
    const teller = (name: string) => serve(live, (order) => (told.push(name), [200, { ...live, steer: order }]));
    register('20261122-140000-3f2a', await teller('first'));
    await use({ provider: 'gemini' });
    register('20261122-150000-77b1', await teller('second'));
    await expect(use({ provider: 'gemini' })).rejects.toThrow(
      '2 sessions are running. Running: --session 20261122-140000-3f2a (/home/ada/20261122-140000-3f2a), --session 2026',
    );
    await use({ provider: 'gemini', session: '77b1' });
    env['CCMUX_SESSION'] = await teller('own');
    await use({ provider: 'gemini' });
    expect(told).toEqual(['first', 'second', 'own']);
    await expect(use({ provider: 'gemini', session: 'zzz' })).rejects.toThrow('no session "zzz" is running. Running: ');
  });

  it('does not count one that only seems to run', async () => {
    const told: string[] = [];
    register('one', 'http://127.0.0.1:1/token/ccmux');
    register('two', await serve(live, (order) => (told.push('two'), [200, { ...live, steer: order }])));
    await use({ provider: 'gemini' });
    expect(told).toEqual(['two']);
  });

  it.each([
    ['gemni', "no provider 'gemni'. Did you mean gemini?"],
    ['cluade', "no provider 'cluade'. Did you mean claude?"],
    ['zzzzzz', "no provider 'zzzzzz'."],
  ])('names the provider that %s probably means', async (provider, message) => {
    register('one', await serve(live, () => [409, { error: `no provider '${provider}'.` }]));
    await expect(use({ provider })).rejects.toThrow(new RegExp(`^${message.replaceAll(/[.?]/g, '\\$&')}$`));
  });

  it.each<[string, () => void, UseOptions, string]>([
    ['nothing runs', () => {}, { provider: 'gemini' }, 'no session is running. Start one with: ccmux claude'],
    [
      'the session hangs or is over',
      () => register('one', 'http://127.0.0.1:1/token/ccmux'),
      { provider: 'gemini' },
      'the session does not answer; it may have ended. See: ccmux status',
    ],
    ['auto is to be alone', () => {}, { provider: 'auto', only: true }, '--only needs a provider to keep to'],
  ])('says so when %s', async (_, prepare, options, message) => {
    prepare();
    await expect(use(options)).rejects.toThrow(message);
  });
});
