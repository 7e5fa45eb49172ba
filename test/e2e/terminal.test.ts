import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { claudeCommand, makePlace, start, type Place } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/** What a person sees and presses: the real client on a real terminal, through ccmux. */

const HOUR = 3_600_000;
const OWN_LINE = { type: 'command', command: 'cat >/dev/null; printf my-own-line' };

async function scene(userSettings?: object) {
  const claude = closing(await startAnthropic());
  const gemini = closing(await startGemini());
  const place = makePlace({
    baseUrl: claude.url,
    login: 'subscription',
    env: { GEMINI_API_KEY: GEMINI_KEY, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    ccmux: `order: [claude, gemini]\nproviders:\n  gemini:\n    baseUrl: ${gemini.url}/v1beta\n`,
  });
  if (userSettings) writeFileSync(join(place.configDir, 'settings.json'), JSON.stringify(userSettings));
  return { claude, gemini, place };
}

const ccmux = (...args: string[]) => claudeCommand('ccmux', ['--permission-mode', 'default', ...args]);

async function say(terminal: Terminal, text: string) {
  await terminal.until('❯');
  await terminal.type(text);
  await terminal.press('Enter');
}

/**
 * Leaves Claude Code the way people do, with Ctrl-C twice, and again: the first may only end what is still going on.
 * In between it waits, because a key too many would be echoed into what ccmux prints at the exit.
 */
async function leave(terminal: Terminal, gone = /\[exit \d+\]/) {
  while (!gone.test(await terminal.screen())) {
    await terminal.press('C-c');
    await sleep(300);
    if (gone.test(await terminal.screen())) return;
    await terminal.press('C-c');
    await terminal.until(gone, 4).catch(() => {});
  }
}

/** What ccmux itself has put on the screen (the project's folder has its name in it too). */
const mentions = (shown: string, place: Place) => shown.replaceAll(place.project, '').match(/ccmux/g)?.length ?? 0;

/** Settings files of sessions that were started in this place and are still there. */
function settingsLeft(place: Place): string[] {
  return readdirSync(place.env['TMPDIR']!, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /ccmux[^/]*\/.*\.json$/.test(name),
  );
}

/** Processes that still work for this place, by the home folder in their environment. */
function processesLeft(place: Place): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`HOME=${place.home}`);
      return isOurs && /(claude|node)$/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0]!);
    } catch {
      return false;
    }
  });
}

it("tells of a failover under the answer and in the footer, beside the user's own status line", async () => {
  const { claude, gemini, place } = await scene({ statusLine: OWN_LINE });
  claude.script = [answer('Claude says hello.'), claudeLimit(Date.now() + 2 * HOUR)];
  gemini.script = [answer('Gemini goes on.'), answer('Gemini again.')];
  const terminal = await openTerminal(place, ccmux());
  await say(terminal, 'hello');
  await terminal.until('my-own-line │ ccmux ▸ Claude');
  await say(terminal, 'go on');
  await terminal.until(/Gemini goes on\.\s+⎿\s+Stop says: ccmux: Claude: 429 \(5-hour limit\) · answered by Gemini in/);
  await terminal.until(/my-own-line │ ccmux ▸ Gemini · Claude back .*\(in (2 h|1 h 59 min)\)/);
  await say(terminal, 'and again');
  const shown = await terminal.until(
    /Stop says: ccmux: Gemini answered this message \(1 response\) · Claude is back (at|on) /,
  );
  // Two notices and the footer: ccmux has written nowhere else while Claude Code had the screen.
  expect(mentions(shown, place)).toBe(3);

  await leave(terminal);
  expect(await terminal.exited()).toBe(0);
  const after = (await terminal.screen()).replaceAll('\n', '');
  expect(after).toMatch(/ccmux claude --resume [0-9a-f-]{36}/);
  expect(after).toMatch(/ccmux: Claude: 429 .*ccmux: 1 failover/);
  expect(settingsLeft(place)).toEqual([]);
}, 60_000);

it('tells of a failover in the middle of a tool loop as soon as a tool has run', async () => {
  const { claude, gemini, place } = await scene();
  claude.script = [claudeLimit(Date.now() + 2 * HOUR)];
  gemini.script = [
    callTool('Read', { file_path: `${place.project}/README.md` }),
    { type: 'silence', ms: 4000, answer: answer('Gemini has read it.') },
  ];
  const terminal = await openTerminal(place, ccmux());
  await say(terminal, 'read it');
  const early = await terminal.until(/PostToolUse:Read says: ccmux: Claude: 429/);
  expect(early).not.toContain('Gemini has read it.');
  const late = await terminal.until(/Gemini has read it\.[^]*ccmux ▸ Gemini/);
  expect(late.match(/Claude: 429/g)).toHaveLength(1);
}, 60_000);

it('says nothing in a session in which nothing happened but how to resume it', async () => {
  const { claude, place } = await scene();
  claude.script = [answer('Claude says hello.')];
  const terminal = await openTerminal(place, ccmux());
  await say(terminal, 'hello');
  const shown = await terminal.until(/Claude says hello\.[^]*ccmux ▸ Claude/);
  expect(mentions(shown, place)).toBe(1);
  await leave(terminal);
  const after = await terminal.screen();
  expect(after).toMatch(/^ccmux: resume with failover: ccmux claude --resume [0-9a-f-]{36}$/m);
  expect(mentions(after, place)).toBe(2); // both in that line
}, 60_000);

it('waits for the exit with its notices when the user has switched hooks off', async () => {
  const { claude, gemini, place } = await scene({ disableAllHooks: true, statusLine: OWN_LINE });
  claude.script = [claudeLimit(Date.now() + 2 * HOUR)];
  gemini.script = [answer('Gemini goes on.')];
  const terminal = await openTerminal(place, ccmux());
  await say(terminal, 'go on');
  expect(mentions(await terminal.until('Gemini goes on.'), place)).toBe(0);
  await leave(terminal);
  expect(await terminal.screen()).toMatch(/^ccmux: Claude: 429 \(5-hour limit\)/m);
}, 60_000);

it("keeps the settings, hooks and status line of the user's own --settings", async () => {
  const { claude, gemini, place } = await scene();
  claude.script = [claudeLimit(Date.now() + 2 * HOUR)];
  gemini.script = [answer('Gemini goes on.')];
  const hook = { hooks: [{ type: 'command', command: `touch ${place.home}/hook-ran` }] };
  const own = join(place.home, 'own.json');
  writeFileSync(own, JSON.stringify({ env: { OWN_VARIABLE: '1' }, hooks: { Stop: [hook] }, statusLine: OWN_LINE }));
  const terminal = await openTerminal(place, ccmux('--settings', own));
  await say(terminal, 'go on');
  await terminal.until(/Stop says: ccmux: Claude: 429[^]*my-own-line │ ccmux ▸ Gemini/);
  expect(readdirSync(place.home)).toContain('hook-ran');
  expect(JSON.parse(readFileSync(own, 'utf8')).env).toEqual({ OWN_VARIABLE: '1' });
}, 60_000);

it('is stopped by Ctrl-Z and woken by fg', async () => {
  const { claude, place } = await scene();
  claude.script = [answer('Claude says hello.')];
  const terminal = await openTerminal(place, ['bash', '--norc', '--noprofile', '-i']);
  await terminal.type("PS1='SHELL> '\n");
  await terminal.until(/^SHELL>/m);
  await terminal.type(`${ccmux().join(' ')}\n`);
  await terminal.until('manual mode on');
  await terminal.press('C-z');
  await terminal.until(/Stopped[^]*SHELL>/);
  await terminal.type('echo "the shell $((40 + 2)) answers"\n');
  await terminal.until('the shell 42 answers');
  await terminal.type('fg\n');
  await sleep(500);
  await say(terminal, 'hello');
  await terminal.until('Claude says hello.');
  await leave(terminal, /Resume this session[^]*SHELL>/);
  await terminal.type('echo "status $?"; exit\n');
  await terminal.until('status 0');
  expect(processesLeft(place)).toEqual([]);
}, 60_000);

it('leaves nothing behind when its terminal is closed, except its report', async () => {
  const { claude, gemini, place } = await scene();
  claude.script = [claudeLimit(Date.now() + 2 * HOUR)];
  gemini.script = [answer('Gemini goes on.')];
  const terminal = await openTerminal(place, ccmux());
  await say(terminal, 'go on');
  await terminal.until(/Stop says: ccmux: Claude: 429/);
  expect(processesLeft(place).length).toBeGreaterThan(1);
  await terminal.close();
  await expect.poll(() => processesLeft(place), { timeout: 10_000 }).toEqual([]);
  expect(settingsLeft(place)).toEqual([]);
  const kept = readdirSync(join(place.ccmuxState, 'sessions')).map((name) => name.replace(/^.*\./, ''));
  expect(kept.toSorted()).toEqual(['json', 'jsonl']);
}, 60_000);

it.each(['plain', 'ccmux'] as const)(
  'ends with Ctrl-C during -p, %s',
  async (through) => {
    const { claude, place } = await scene();
    claude.script = [{ type: 'hang' }];
    const terminal = await openTerminal(place, claudeCommand(through, ['-p', 'hello']));
    await expect.poll(() => claude.asked().length, { timeout: 15_000 }).toBe(1);
    await terminal.press('C-c');
    expect(await terminal.exited()).toBe(0);
    expect(processesLeft(place)).toEqual([]);
    expect(settingsLeft(place)).toEqual([]);
  },
  60_000,
);

it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)(
  'hands %s on and takes the status of claude',
  async (signal) => {
    const { claude, place } = await scene();
    claude.script = () => ({ type: 'hang' });
    const statuses = [];
    for (const through of ['plain', 'ccmux'] as const) {
      const before = claude.asked().length;
      const run = start(place, claudeCommand(through, ['-p', 'hello']));
      await expect.poll(() => claude.asked().length, { timeout: 15_000 }).toBe(before + 1);
      run.child.kill(signal);
      const { code, signal: killedBy } = await run.finished;
      // A wrapper cannot end by its child's signal: it has the status that a shell has for one.
      statuses.push(killedBy === null ? code : 128 + constants.signals[killedBy]);
    }
    expect(statuses[1]).toEqual(statuses[0]);
    expect(processesLeft(place)).toEqual([]);
  },
  60_000,
);
