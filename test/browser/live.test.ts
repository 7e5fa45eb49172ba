import { afterEach, expect, it } from 'vitest';
import type { EventOf } from '../../src/events.ts';
import type { LiveState } from '../../src/state/live.ts';
import { setHourCycle } from '../../src/words/time.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';
import { manyProviders, nobody, pinned, waiting } from '../helpers/bad-moments.ts';
import { serveLivePage, type LivePage } from '../helpers/live-page.ts';
import { troubledSession } from '../helpers/troubled-session.ts';
import { sampleEvents, sampleFailedOver, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

const before = () => sampleLive(sampleSummary(sampleEvents({ responses: 15 })));
const after = () => sampleFailedOver(sampleSummary(sampleEvents({ responses: 16 })));

function switchOf(state: LiveState): EventOf<'provider-switch'> {
  return state.summary.switches.at(-1)!;
}

describeInBrowser('the live page', ({ visit }) => {
  let served: LivePage;
  afterEach(() => served.close());

  async function open(state: LiveState, options?: Parameters<typeof visit>[1]) {
    served = await serveLivePage(state);
    return visit(served.url, options);
  }

  it('says who answers, in the heading and in the tab', async () => {
    const { page } = await open(before());
    expect(await page.locator('h1').textContent()).toBe('Claude answers now');
    expect(await page.title()).toBe('Claude answers · ccmux');
    expect(await page.locator('.card.serving').getAttribute('data-provider')).toBe('claude');
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(/^data:image\/svg\+xml,/);
  });

  it('shows a failover as it happens, without being asked again', async () => {
    const { page, requests } = await open(before());
    await page.getByText('15 responses').waitFor();
    const state = after();
    served.become(state, switchOf(state));

    await page.getByRole('heading', { name: 'Gemini answers now' }).waitFor();
    expect(await page.locator('.headline').textContent()).toContain('Claude answered 429 (5-hour limit).');
    expect(await page.locator('[data-provider=claude] .state').textContent()).toMatch(
      /^Unavailable until .* \(in 1 h 1[12] min\)$/,
    );
    expect(await page.locator('.switches li').allTextContents()).toEqual([
      expect.stringContaining(
        "Claude: 429 (5-hour limit)answered by Gemini in 4.2 s (Claude's average: 2.8 s)Claude is back at",
      ),
    ]);
    await page.getByRole('button', { name: /^1\. Claude → Gemini · Claude: 429/ }).waitFor();
    // Responses come with the event of their end: the switch alone brought its own, and no full list again.
    await page.getByText('16 responses').waitFor();
    expect(requests.filter((url) => url.endsWith('/events'))).toHaveLength(1);
  });

  it('names the server by which machines share, and since when it is away', async () => {
    const shared = { by: 'valkey at team-cache', scope: 'team' } as const;
    const { page } = await open({ ...before(), shared: { ...shared, state: 'connected', machines: 3 } });
    const text = await page.locator('.headline').textContent();
    expect(text).toContain('Shared: by valkey at team-cache, with 2 other machines');
    const lost = { state: 'away', why: 'ECONNREFUSED', known: true, since: Date.now() } as const;
    served.become({ ...before(), shared: { ...shared, ...lost } }, { type: 'sharing-change', by: shared.by, ...lost });
    await page.getByText(/^Shared: valkey at team-cache is away since .* own file has what was last known$/).waitFor();
  });

  it('shows all sessions of the last days when somebody asks for them', async () => {
    const { page, requests } = await open(after());
    expect(requests.filter((url) => url.endsWith('/history'))).toEqual([]);
    await page.getByText('All sessions of the last 7 days').click();
    const history = page.locator('.history');
    await history.getByText('2 sessions').waitFor();
    expect(await history.locator('tbody tr').allTextContents()).toEqual([
      expect.stringMatching(/^[0-9a-z]+\/home\/ada\//),
      expect.stringContaining('77b1/home/ada/<b>a folder with a long name</b>'),
    ]);
    const text = await history.textContent();
    expect(text).toMatch(/3 to 5 min not lost \(an estimate: 1 outage by a limit, 3 to 5 min the manual way\)/);
    expect(text).toMatch(/\$[\d.]+\* notional/);
    expect(text).toContain('1 session could not be read');
  });

  it('draws what users and providers wrote as text', async () => {
    const { page } = await open(after());
    expect(await page.locator('.rows .row').first().textContent()).toContain('two hundred times <b>and</b> show');
    expect(await page.locator('.rows b').count()).toBe(0);
  });

  it('switches with a button, says so, and goes back to automatic', async () => {
    const { page } = await open(before());
    const who = page.getByRole('group', { name: 'Who answers' });
    const pressed = who.locator('[aria-pressed=true]');
    const noFailover = page.getByLabel('No failover');
    expect([await pressed.allTextContents(), await noFailover.isDisabled()]).toEqual([['Automatic'], true]);

    await who.getByRole('button', { name: 'Gemini' }).click();
    await page.getByText('Gemini answers from the next request on.').waitFor();
    expect(await page.locator('h1').textContent()).toBe('Gemini answers now');
    expect(await pressed.allTextContents()).toEqual(['Gemini']);

    await noFailover.click();
    await page.getByText('Only Gemini answers from the next request on, without failover.').waitFor();
    await who.getByRole('button', { name: 'OpenRouter' }).click();
    await page.getByText('Only OpenRouter answers from the next request on, without failover.').waitFor();
    await noFailover.click();
    await page.getByText('OpenRouter answers from the next request on.').waitFor();

    await who.getByRole('button', { name: 'Automatic' }).click();
    await page.getByText('Your order applies again from the next request on').waitFor();
    expect(served.uses).toEqual([
      { provider: 'gemini', only: false },
      { provider: 'gemini', only: true },
      { provider: 'openrouter', only: true },
      { provider: 'openrouter', only: false },
      { provider: 'auto', only: false },
    ]);
  });

  it('lets a fallback’s commands run with a button, in auto mode, and takes it back', async () => {
    const { page } = await open({ ...after(), asks: ['gemini'] });
    await page.getByText('Gemini’s commands need your approval while Claude cannot check them.').waitFor();
    await page.getByRole('button', { name: 'Allow Gemini’s commands for this failover' }).click();
    await page.getByText("Gemini's commands run without a question until Claude answers again.").waitFor();
    expect(await page.getByRole('button', { name: /^Allow/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Ask me again' }).click();
    await page.getByText('Every command of a fallback needs your approval again').waitFor();
    expect(await page.getByRole('button', { name: 'Ask me again' }).count()).toBe(0);
    expect(served.allows).toEqual(['gemini']);
  });

  it('says why a consent was refused, and offers none where nobody is asked', async () => {
    const { page } = await open({ ...after(), asks: ['gemini'] }, { expectComplaints: true });
    served.refuse('this did not come from you.', { fromProgram: true });
    await page.getByRole('button', { name: /^Allow/ }).click();
    await page.getByText('Not allowed: this did not come from you.').waitFor();
    served.become(after(), switchOf(after()));
    await expect.poll(() => page.getByRole('button', { name: /^Allow/ }).count()).toBe(0);
  });

  it('tells of the requests of other programs', async () => {
    const state = after();
    const { page } = await open({ ...state, summary: { ...state.summary, otherPrograms: 2 } });
    const told = page.getByText('2 requests came from programs that were run in this session.');
    await expect.poll(() => told.count()).toBe(1);
  });

  it('says why a switch was refused', async () => {
    const { page } = await open(before(), { expectComplaints: true });
    served.refuse('gemini is over its budget.');
    await page.getByRole('button', { name: 'Gemini', exact: true }).click();
    await page.getByText('Not switched: gemini is over its budget.').waitFor();
    expect(await page.locator('h1').textContent()).toBe('Claude answers now');
  });

  it('says when the session has ended, and takes no orders any more', async () => {
    const { page } = await open(before());
    const events = sampleEvents({ ended: true, responses: 15 });
    served.become(sampleLive(sampleSummary(events)), { type: 'session-end', exitCode: 0 });
    await page.getByText(/^This session ended at/).waitFor();
    expect(await page.getByRole('group', { name: 'Who answers' }).count()).toBe(0);
    expect(await page.locator('.pulse').textContent()).toMatch(/^Ended/);
  });

  it('says when the session is not heard any more', async () => {
    const { page } = await open(before(), { expectComplaints: true });
    await page.getByText('15 responses').waitFor();
    await served.close();
    await page.getByText('Connection lost.').waitFor();
    expect(await page.getByRole('button', { name: 'Gemini', exact: true }).isDisabled()).toBe(true);
  });

  it('folds the steps of a message away, and lists what a filter finds one by one', async () => {
    const { page } = await open(sampleLive(sampleSummary(sampleEvents())));
    const rows = page.locator('.rows .row');
    expect(await rows.count()).toBe(12);
    const message = rows.filter({ hasText: 'Add a note to CHANGELOG.md' });
    expect(await message.textContent()).toMatch(/after Claude.*OpenRouter.*15\.1.*2 responses$/);

    await message.getByRole('button').click();
    expect(await message.getByRole('button').getAttribute('aria-expanded')).toBe('true');
    expect(await rows.count()).toBe(14);
    expect(await page.getByRole('button', { name: /^step/ }).allTextContents()).toEqual(['step 1', 'step 2']);
    await page.getByRole('button', { name: 'step 2' }).click();
    await page.getByRole('dialog', { name: 'OpenRouter answered' }).waitFor();
    await page.keyboard.press('Escape');
    await message.getByRole('button').click();
    expect(await rows.count()).toBe(12);
  });

  it('copies the ids that a person has to tell', async () => {
    const { page } = await open(sampleLive(sampleSummary(sampleEvents())));
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy the session id' }).click();
    await page.getByRole('button', { name: 'The session id is copied' }).waitFor();
    expect(await copied()).toBe('calm-otter-31');
    await page.getByRole('searchbox').fill('CHANGELOG');
    await page.locator('.rows .row').first().click();
    await page.getByRole('button', { name: 'Copy the request id' }).click();
    await page.getByRole('button', { name: 'The request id is copied' }).waitFor();
    expect(await copied()).toMatch(/^gen-/);
  });

  it('lifts a budget with a button, which stands on top once it is spent', async () => {
    const { page } = await open(nobody());
    const headline = page.locator('.headline');
    await headline.getByText('$0.10 of $0.10 spent in this session. Paid providers are skipped').waitFor();
    await headline.getByRole('button', { name: 'Spend $5 more in this session' }).click();
    await expect
      .poll(() => headline.locator('.answer').textContent())
      .toBe('$0.10 of $5.10 spent in this session ($5.00 more than configured). Paid providers may answer.');
  });

  it.each([
    ['waiting', waiting, /^Waiting for Claude until /, 'Waiting for Claude · ccmux', '◷'],
    ['nobody', nobody, /^No provider is available; next try at /, 'No provider is available · ccmux', '✕'],
    ['pinned', pinned, /^Gemini answers now$/, 'Gemini answers · ccmux', 'G'],
  ])('tells a bad moment in heading, tab and mark: %s', async (_what, state, title, tab, sign) => {
    const { page } = await open(state());
    expect(await page.locator('h1').textContent()).toMatch(title);
    expect(await page.title()).toBe(tab);
    expect(await page.locator('.headline .badge.large').textContent()).toBe(sign);
  });

  it('shows the whole timeline above the fold, however many providers there are', async () => {
    const { page } = await open(manyProviders(), { viewport: { width: 1440, height: 900 } });
    const { y, height } = (await page.locator('.latency').boundingBox())!;
    expect(y + height).toBeLessThan(900);
    const heights = await page
      .locator('.card.brief')
      .evaluateAll((all) => all.map((card) => card.getBoundingClientRect().height));
    expect(heights).toHaveLength(6);
    for (const each of heights) expect(each, 'one line without limits').toBeLessThan(56);
  });

  it('cuts no time, also with a clock of twelve hours', async () => {
    setHourCycle('h12');
    try {
      const { page } = await open(sampleLive(sampleSummary(sampleEvents())));
      await page
        .getByText(/^\d:\d\d:\d\dpm$/)
        .first()
        .waitFor();
      for (const width of [390, 820, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const cut = await page
          .locator('.c-time')
          .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
        expect(cut).toBe(0);
      }
    } finally {
      setHourCycle('h23');
    }
  });

  it('tells failovers and returns apart by mark and by word', async () => {
    const { page } = await open(sampleLive(sampleSummary(sampleEvents())));
    expect(await page.locator('.marks .mark').allTextContents()).toEqual(['▲ 1', '△ 2', '▲ 3', '△ 4']);
    expect(await page.locator('.legend li').allTextContents()).toEqual(['▲failover', '△return']);
  });

  it('finds responses by text, provider and failover', async () => {
    const { page } = await open(sampleLive(sampleSummary(sampleEvents())));
    const rows = page.locator('.rows .row');
    await page.getByRole('searchbox').fill('gemini hundred');
    await page.getByText('1 of 31 responses').waitFor();
    expect(await rows.count()).toBe(1);

    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Provider', { exact: true }).selectOption('OpenRouter');
    await page.getByText('2 of 31 responses').waitFor();

    await page.getByLabel('Only failovers').check();
    await page.getByText('1 of 31 responses').waitFor();
    expect(await rows.first().textContent()).toContain('after Claude');

    await page.getByRole('searchbox').fill('no such thing');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('31 responses', { exact: true }).waitFor();
  });

  it('never calls an unknown price zero', async () => {
    const { page } = await open(sampleLive(sampleSummary(sampleEvents())));
    expect(await page.locator('.usage tr', { hasText: 'OpenRouter' }).locator('.cost').textContent()).toBe('unknown');
    expect(await page.locator('[data-provider=openrouter] .figures').textContent()).toContain('unknown');
    expect(await page.locator('.facts').textContent()).toContain('OpenRouter: price unknown');
  });

  it('marks an error that went back to the client as nobody’s answer', async () => {
    const { page } = await open(troubledSession());
    expect(await page.locator('.strip .run.look-own').allTextContents()).toEqual(['!']);
    expect(await page.locator('.legend li').allTextContents()).toEqual([
      '▲failover',
      '!error passed on to Claude Code',
      '–no provider could answer',
    ]);
    expect(await page.locator('.facts').textContent()).toMatch(/^Answers20in 7 messages/);
    expect(await page.locator('.rows .row').first().locator('.c-status').textContent()).toBe('400 client error');
    await page.locator('.rows .row').nth(2).click();
    const dialog = page.getByRole('dialog', { name: 'No provider could answer' });
    expect(await dialog.textContent()).toContain('Gemini was not asked: over your budget');
  });

  it('has room for the words and the numbers of each limit', async () => {
    const { page } = await open(troubledSession());
    for (const width of [390, 820, 1280, 1600]) {
      await page.setViewportSize({ width, height: 900 });
      const limits = page.locator('.card .headroom li').filter({ visible: true });
      expect((await limits.allTextContents()).join()).toContain('Tokens80,000 of 2,000,000 left');
      for (const limit of await limits.all()) expect((await limit.boundingBox())!.height).toBeLessThan(70);
      const cut = await limits.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
      expect(cut).toBe(0);
    }
  });

  it('says whose models are unavailable, and that nobody is ready', async () => {
    const state = after();
    state.providers[0] = { ...state.providers[0]!, cooldownFamily: 'opus' };
    const until = state.providers[0].until!;
    const { page } = await open({
      ...state,
      serving: 'claude',
      nobody: { kind: 'unavailable', until, each: [{ provider: 'claude', reason: FIVE_HOURS, until }] },
    });
    expect(await page.locator('h1').textContent()).toMatch(/^No provider is available until /);
    expect(await page.title()).toBe('No provider is available · ccmux');
    expect(await page.locator('.headline').textContent()).toContain('Claude is back for Opus at');
    expect(await page.locator('[data-provider=claude] .state').textContent()).toMatch(
      /^Unavailable for Opus until .* \(in 1 h 1[12] min\)$/,
    );
  });

  it('shows a phone the latest responses, and more when asked', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const { page } = await open(sampleLive(sampleSummary(sampleEvents())), phone);
    expect(await page.locator('.rows .row').count()).toBe(10);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(4000);
    await page.getByRole('button', { name: 'Show more of the 12' }).click();
    expect(await page.locator('.rows .row').count()).toBe(12);
    expect(await page.getByRole('button', { name: /^Show more/ }).count()).toBe(0);
  });

  it('works under whatever path it is served, also without the slash at its end', async () => {
    served = await serveLivePage(before());
    const { page, requests } = await visit(served.url.slice(0, -1));
    await page.getByText('15 responses').waitFor();
    expect(page.url()).toBe(served.url);
    expect(requests.at(-1)).toBe(`${served.url}events`);
  });
});
