import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { answer, type Script } from '../../src/demo/script.ts';
import { startAnthropicItself } from '../helpers/anthropic-itself.ts';
import { claudeCommand, makePlace, start, type Place } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/** Sessions that move to the background from inside go on without ccmux, with the real client. */

const script: Script = ({ facts }) => answer(facts.side ? 'ok' : `I heard: ${facts.userText}`);

/** Claude Code as a user has it: an upstream of one's own, or Anthropic itself. */
const UPSTREAMS = {
  'a gateway': async () => {
    const claude = closing(await startAnthropic({ script }));
    return { claude, place: makePlace({ baseUrl: claude.url }) };
  },
  Anthropic: async () => {
    const { claude, env } = await startAnthropicItself({ script });
    return { claude, place: makePlace({ env }) };
  },
};

/**
 * By `/bg`, which frees the terminal at once. The list of sessions (`←`) is another way in: left within a second or so,
 * the client may not have named the moved session in the transcript yet, and then ccmux says `claude --resume`.
 */
async function moveToBackground(terminal: Terminal): Promise<void> {
  await terminal.type('/bg');
  await terminal.until('Send this session to the background');
  await terminal.press('Enter');
}

const plain = (place: Place, ...args: string[]) => start(place, claudeCommand('plain', args)).finished;

function moved(place: Place): string {
  const id = readdirSync(join(place.configDir, 'jobs')).find((name) => /^[0-9a-f]{8}$/.test(name));
  onTestFinished(async () => void (await plain(place, 'stop', id!)));
  return id!;
}

const run = (place: Place) => join(place.ccmuxState, 'run');

it.each(['a gateway', 'Anthropic'] as const)(
  'goes on without ccmux after /bg, with %s as the upstream',
  async (upstream) => {
    const { claude, place } = await UPSTREAMS[upstream]();
    const terminal = await openTerminal(place, claudeCommand('ccmux', []));
    await terminal.until('❯', 40);
    await terminal.type('hello');
    await terminal.press('Enter');
    await terminal.until('I heard: hello');
    await moveToBackground(terminal);
    expect(await terminal.exited()).toBe(0);
    const id = moved(place);
    expect(await terminal.history()).toContain(
      `ccmux: session ${id} in the background: plain claude from now on, without failover`,
    );

    claude.requests.splice(0);
    const attached = await openTerminal(place, claudeCommand('plain', ['attach', id]));
    await attached.until('I heard: hello', 40);
    await attached.type('again');
    await attached.press('Enter');
    expect(await attached.until('I heard: again', 40)).not.toMatch(/ccmux ▸|ccmux:|hook|refused/i);
    const asked = claude.requests.find(({ body }) => body.includes('again'));
    expect(asked!.headers['x-claude-code-request-class'] === undefined).toBe(
      place.env['ANTHROPIC_BASE_URL'] !== undefined,
    );
    await attached.close();

    // The file stays as long as the session does, whoever starts ccmux meanwhile.
    await openAndLeave(place);
    expect(readdirSync(run(place))).toHaveLength(2);
    await plain(place, 'stop', id);
    await plain(place, 'rm', id);
    await openAndLeave(place);
    expect(existsSync(run(place))).toBe(false);
  },
  120_000,
);

async function openAndLeave(place: Place): Promise<void> {
  const terminal = await openTerminal(place, claudeCommand('ccmux', []));
  await terminal.until('❯', 40);
  await terminal.type('/exit');
  await terminal.press('Enter');
  expect(await terminal.exited()).toBe(0);
}

it('says when an answer was interrupted', async () => {
  const claude = closing(
    await startAnthropic({ script: ({ facts }) => (facts.userText === 'work' ? { type: 'hang' } : answer('ok')) }),
  );
  const place = makePlace({ baseUrl: claude.url });
  const terminal = await openTerminal(place, claudeCommand('ccmux', []));
  await terminal.until('❯', 40);
  await terminal.type('work');
  await terminal.press('Enter');
  await expect.poll(() => claude.asked().length, { timeout: 20_000 }).toBe(1);
  await moveToBackground(terminal);
  expect(await terminal.exited()).toBe(0);
  const said = `Its answer was interrupted: claude attach ${moved(place)}, then say "continue"`;
  expect((await terminal.history()).replaceAll('\n', '')).toContain(said);
}, 60_000);
