import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { apiKeyLimit, overloaded } from '../simulators/failures.ts';
import { geminiLimit } from '../../src/demo/limits.ts';
import { answer, type Facts, type Script, type Step } from '../../src/demo/script.ts';
import type { LiveState } from '../../src/state/live.ts';
import { listRunning } from '../../src/state/running.ts';
import { describeInBrowser, type Tools } from '../helpers/browser.ts';
import { inAnHour, makeCast, type Cast } from '../helpers/cast.ts';
import { claudeCommand, runCcmux } from '../helpers/claude.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/**
 * The moments in which a screen used to be wrong: footer, `status`, `status --json`, page and report say the same, and
 * it is what the simulators know to be true.
 */

const main =
  (script: (facts: Facts) => Step): Script =>
  ({ facts }) =>
    facts.side ? answer('ok') : script(facts);

/** So long that no test sees its end. */
const limited = main(() => claudeLimit(inAnHour()));

async function open(cast: Cast, args: string[] = []): Promise<Terminal> {
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', args), { columns: 120, rows: 34 });
  await terminal.until('❯');
  return terminal;
}

/** Claude Code keeps the line of a command, which is not sent, in its input box. */
async function command(terminal: Terminal, line: string): Promise<void> {
  await say(terminal, line);
  await terminal.until('Ctrl-U clears it');
  await terminal.press('C-u');
}

async function say(terminal: Terminal, text: string): Promise<void> {
  await terminal.type(text);
  await terminal.press('Enter');
}

/** How many requests of the conversation have reached a simulator. */
const asked = ({ requests }: Cast['claude']) => requests.filter(({ facts }) => !facts.side && facts.turn > 0).length;

describeInBrowser('footer, status, page and report agree', ({ visit }) => {
  it('nobody: said within seconds, while Claude Code still tries, and by the next hook', async () => {
    const cast = await makeCast({ claude: main(() => overloaded()), gemini: () => geminiLimit({ retryDelay: '90s' }) });
    const terminal = await open(cast);
    await say(terminal, 'anybody?');
    await terminal.until(/ccmux ✕ nobody/, 20);
    const { title, live } = await told(cast, visit);
    expect(title).toMatch(/^No provider (is available; next try at|could answer)/);
    expect(live.nobody?.each.map(({ provider }) => provider)).toEqual(['claude', 'gemini']);
    expect([asked(cast.claude) > 0, asked(cast.gemini) > 0]).toEqual([true, true]);
    await terminal.press('Escape');
    await terminal.until('Interrupted', 3).catch(() => terminal.screen());
    await say(terminal, ' again');
    await terminal.until(/UserPromptSubmit says: ccmux: no provider could answer/);
    await terminal.press('Escape');
    expect(await reportOf(cast)).toMatch(/no provider could answer/);
    expect(cast.rejections()).toEqual([]);
  });

  it('nobody, with a login: Claude Code shows its own limit; footer and next hook say the rest', async () => {
    const cast = await makeCast({
      login: 'subscription',
      claude: limited,
      gemini: () => geminiLimit({ retryDelay: '1800s' }),
    });
    const terminal = await open(cast);
    await say(terminal, 'anybody?');
    await terminal.until(/You've hit your 5-hour limit/);
    await terminal.until(/ccmux ✕ nobody until /);
    const { title, why, live } = await told(cast, visit);
    expect(title).toMatch(/^No provider is available until /);
    expect(why).toMatch(/^Claude: 429 \(5-hour limit\), until .* Gemini: 429 .*Requests still go to Claude\.$/);
    expect(live.nobody?.until).toBe(Math.min(...live.nobody!.each.map(({ until }) => until!)));
    await terminal.press('Escape');
    await say(terminal, 'again');
    await terminal.until(/says: ccmux: no provider could answer/);
    expect(cast.rejections()).toEqual([]);
  });

  it('a wait: counted down with the way out, which works as a prompt, and on record', async () => {
    const cast = await makeCast({
      settings: 'failover: { waitUpTo: 5m }',
      claude: main(() => apiKeyLimit(120)),
      gemini: () => answer('Gemini went on.'),
    });
    const terminal = await open(cast);
    await say(terminal, 'hello');
    await terminal.until(/ccmux ◷ waiting for Claude until .*skip: ccmux use gemini/);
    const { title, live } = await told(cast, visit);
    expect(title).toMatch(/^Waiting for Claude until /);
    expect(live.waiting).toMatchObject({ provider: 'claude', requests: 1 });
    expect(asked(cast.gemini)).toBe(0);

    await command(terminal, 'ccmux use gemini');
    await terminal.until('Gemini went on.');
    await terminal.until(/ccmux ◆ Gemini/);
    await terminal.until(/waited .* for Claude: 429/);
    expect((await told(cast, visit)).live).toMatchObject({ answeredLast: 'gemini', steer: { provider: 'gemini' } });
    expect(await reportOf(cast)).toMatch(/waited .* for Claude/);
    expect(cast.rejections()).toEqual([]);
  });

  it('a spent budget: nobody pays more than was allowed, until the person lifts it by a prompt', async () => {
    const cast = await makeCast({
      settings: 'budget: { perSession: 0.50 }',
      claude: limited,
      gemini: main(({ turn }) => answer(`Gemini, ${turn}.`, { usage: { input: 300_000, output: 10 } })),
    });
    const terminal = await open(cast);
    await say(terminal, 'one');
    await terminal.until('Gemini, 1.');
    await terminal.until(/ccmux ✕ nobody until .* Gemini: over your budget/);
    const { title, why, text, live } = await told(cast, visit);
    expect(title).toMatch(/^No provider is available until /);
    expect(why).toMatch(/Gemini: over your budget\. Requests still go to Claude\.$/);
    expect(text).toMatch(/Gemini {2}over your budget/);
    expect(live.budget).toMatchObject({ perSessionUsd: 0.5, spentSessionUsd: expect.closeTo(0.6, 2) });

    const before = asked(cast.claude);
    await say(terminal, 'two');
    await expect.poll(() => asked(cast.claude), { timeout: 20_000 }).toBeGreaterThan(before);
    await terminal.press('Escape');
    expect(asked(cast.gemini)).toBe(1);
    expect(await reportOf(cast)).toMatch(/Gemini was not asked: over\s+your budget/);

    await command(terminal, 'ccmux budget +5');
    await terminal.until(/\$0\.60 of \$5\.50 spent in this session/);
    await say(terminal, 'three');
    await terminal.until(/Gemini, \d\.[^]*Gemini, \d\./);
    await terminal.until(/ccmux ▸ Gemini/);
    expect((await told(cast, visit)).title).toBe('Gemini answers now');
    expect(cast.rejections()).toEqual([]);
  });

  it('a budget too small for the conversation: the fallback is not named as next, nor asked', async () => {
    const cast = await makeCast({ settings: 'budget: { perSession: 0.01 }', claude: limited });
    const terminal = await open(cast);
    await say(terminal, 'hello');
    await terminal.until(/ccmux ✕ nobody until .* Gemini: (would cost about|over your budget)/);
    // Who, why, until when, in the user's order, and when to try again: Claude Code shows it as Claude's own error.
    await terminal.until(
      /no provider could answer \(Claude: 429[^]*until \d\d:\d\d; Gemini\s+was\s+not\s+asked:[^]*\)\.\s+Try\s+again\s+at/,
    );
    const { why, text } = await told(cast, visit);
    expect(why).toMatch(
      /Gemini: would cost about \$\d\.\d\d, and \$0\.01 of your budget is left\. Requests still go to/,
    );
    expect(text).toMatch(/Gemini {2}over your budget · would\s+cost\s+about/);
    expect(await reportOf(cast)).toMatch(/Gemini was not asked: would\s+cost\s+about/);
    expect(asked(cast.gemini)).toBe(0);
    expect(cast.rejections()).toEqual([]);
  });

  it('one and nobody else: its error is shown, and nobody is asked in its place', async () => {
    const cast = await makeCast({ gemini: main(({ turn }) => (turn === 1 ? answer('Gemini alone.') : geminiLimit())) });
    const terminal = await open(cast);
    await command(terminal, 'ccmux use gemini --only');
    await terminal.until(/Only Gemini answers from the next request on/);
    await say(terminal, 'one');
    await terminal.until('Gemini alone.');
    await terminal.until(/ccmux ◆ only Gemini · undo: ccmux use auto/);
    const pinned = await told(cast, visit);
    expect(pinned).toMatchObject({ title: 'Gemini answers now', live: { steer: { provider: 'gemini', only: true } } });
    expect(pinned.why).toMatch(/^You chose Gemini and nobody else/);

    await say(terminal, 'two');
    await terminal.until(/ccmux ✕ nobody/);
    const { title, why } = await told(cast, visit);
    expect(title).toMatch(/^No provider (is available|could answer)/);
    expect(why).toMatch(/You chose Gemini and nobody else\. .* Gemini\.$/);
    await terminal.press('Escape');
    expect(asked(cast.claude)).toBe(0);
    expect(await reportOf(cast)).toMatch(/you chose Gemini and\s+nobody else/);
    expect(cast.rejections()).toEqual([]);
  });

  it('a limit of one family of models: the others are still answered by Claude', async () => {
    const cast = await makeCast({
      login: 'subscription',
      claude: main(({ model }) =>
        model.includes('opus') ? claudeLimit(inAnHour(), '7d_opus') : answer('Sonnet here.'),
      ),
      gemini: () => answer('Gemini for Opus.'),
    });
    const terminal = await open(cast, ['--model', 'opus']);
    await say(terminal, 'one');
    await terminal.until('Gemini for Opus.');
    await terminal.until(/ccmux ▸ Gemini · Claude back/);
    const { title, why, next, text } = await told(cast, visit);
    expect([title, why]).toEqual(['Gemini answers now', 'Claude answered 429 (7-day Opus limit).']);
    expect(next).toMatch(/^Claude is back for Opus at /);
    expect(text).toMatch(/Claude {2}unavailable for Opus until /);

    await say(terminal, '/model sonnet');
    await terminal.until('Switch model?');
    await terminal.press('Enter');
    await terminal.until(/Set model to.*Sonnet/);
    await say(terminal, 'two');
    await terminal.until('Sonnet here.');
    await terminal.until(/ccmux ▸ Claude/);
    expect((await told(cast, visit)).title).toBe('Claude answers now');
    expect(await reportOf(cast)).toMatch(/Claude: 429 \(7-day Opus limit\)/);
    expect(cast.rejections()).toEqual([]);
  });

  it('a place among the requests of a minute: the wait has its way out, too', async () => {
    const full = { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '0' };
    const cast = await makeCast({
      order: ['claude', 'openai', 'gemini'],
      settings: 'failover: { waitUpTo: 60s }',
      claude: limited,
      openai: () => answer('OpenAI took one.', { headers: { ...full, 'x-ratelimit-reset-requests': '55s' } }),
      gemini: () => answer('Gemini went on.'),
    });
    const terminal = await open(cast);
    await say(terminal, 'one');
    await terminal.until('OpenAI took one.');
    await say(terminal, 'two');
    await terminal.until(/ccmux ◷ waiting for OpenAI until .*skip: ccmux use gemini/);
    const { title, why } = await told(cast, visit);
    expect(title).toMatch(/^Waiting for OpenAI until /);
    expect(why).toMatch(/^OpenAI: its .*requests? .*minute are used up\./);
    expect([asked(cast.openai), asked(cast.gemini)]).toEqual([1, 0]);
    await command(terminal, 'ccmux use gemini');
    await terminal.until('Gemini went on.');
    expect(await reportOf(cast)).toMatch(/1 request\s+waited\s+for it/);
    expect(cast.rejections()).toEqual([]);
  });
});

type Told = { title: string; why: string; next: string; text: string; live: LiveState };

/** What status, `--json` and page say; that they say the same is checked here. */
async function told({ place }: Cast, visit: Tools['visit']): Promise<Told> {
  const { controlUrl } = listRunning(place.ccmuxState)[0]!;
  const [text, json, { page }] = await Promise.all([
    runCcmux(place, ['status']),
    runCcmux(place, ['status', '--json']),
    visit(`${controlUrl}/`),
  ]);
  const [title, [why = '', next = '']] = await Promise.all([
    page.locator('h1').innerText(),
    page.locator('.headline .why').allInnerTexts(),
  ]);
  await page.close();
  const spoken = untimed(text.stdout.replaceAll(/\s+/g, ' '));
  for (const sentence of [`${title}.`, why, next]) expect(spoken).toContain(untimed(sentence));
  return { title, why, next, text: text.stdout, live: JSON.parse(json.stdout).sessions[0] };
}

/** Countdowns go on between two looks. */
const untimed = (text: string) => text.replaceAll(/ \(in [^)]*\)/g, '');

async function reportOf({ place }: Cast): Promise<string> {
  return (await runCcmux(place, ['report'])).stdout;
}
