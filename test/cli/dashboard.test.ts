import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDashboard } from '../../src/cli/dashboard.ts';
import { registerRunning } from '../../src/state/running.ts';
import { fakeIo } from './io.ts';
import { closeSessions, live, serve } from './running-session.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccmux-dashboard-'));
});
afterEach(async () => {
  closeSessions();
  await rm(folder, { recursive: true, force: true });
});

describe('ccmux dashboard', () => {
  function terminal(env: Record<string, string> = {}) {
    const opened: string[] = [];
    const { io, written } = fakeIo({ XDG_STATE_HOME: folder, ...env });
    return { opened, written, io: { ...io, openPage: async (url: string) => void opened.push(url) } };
  }

  it('opens the page of the session whose environment it is called in, and prints its address', async () => {
    const { io, opened, written } = terminal({ CCMUX_SESSION: await serve(live) });
    expect(await runDashboard({}, io)).toBe(0);
    expect(opened).toEqual([live.pageUrl]);
    expect(written.out).toBe(`${live.pageUrl}\n`);
  });

  it('opens the page of the only session that runs', async () => {
    const stateDir = join(folder, 'ccmux');
    registerRunning({ stateDir, session: 's1', pid: process.pid, controlUrl: await serve(live), claudeCwd: '/' });
    const { io, opened } = terminal();
    expect(await runDashboard({}, io)).toBe(0);
    expect(opened).toEqual([live.pageUrl]);
  });

  it('says what to do when no session runs, or when it does not answer', async () => {
    await expect(runDashboard({}, terminal().io)).rejects.toThrow(
      'no session is running. Start one with: ccmux claude',
    );
    const { io } = terminal({ CCMUX_SESSION: 'http://127.0.0.1:1/token/ccmux' });
    await expect(runDashboard({}, io)).rejects.toThrow('it may have ended. See: ccmux report --html --open');
  });

  it('leaves the address where no browser can be started', async () => {
    const { io, written } = terminal({ CCMUX_SESSION: await serve(live) });
    const openPage = () => Promise.reject(new Error('spawn xdg-open ENOENT'));
    await expect(runDashboard({}, { ...io, openPage })).rejects.toThrow('open the address above');
    expect(written.out).toBe(`${live.pageUrl}\n`);
  });
});
