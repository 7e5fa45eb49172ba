import { afterEach, expect, it } from 'vitest';
import { describeInBrowser } from '../helpers/browser.ts';
import { serveLivePage, type LivePage } from '../helpers/live-page.ts';
import { longSession, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

const RESPONSES = 5000;

describeInBrowser('a session of five thousand responses', ({ visit }) => {
  let served: LivePage;
  afterEach(() => served.close());

  async function open() {
    const summary = sampleSummary(longSession(RESPONSES));
    served = await serveLivePage(sampleLive(summary));
    const { page } = await visit(served.url);
    await page.getByText('5,000 responses').waitFor();
    return { page, summary };
  }

  it('puts into the document only what can be seen', async () => {
    const { page, summary } = await open();
    const nodes = () => page.evaluate(() => document.querySelectorAll('*').length);
    expect(await nodes()).toBeLessThan(3000);
    expect(await page.locator('.turn').count()).toBeLessThan(260);

    await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
    await page.locator('[aria-rowindex^="9"]').nth(3).waitFor({ state: 'attached' });
    expect(await nodes()).toBeLessThan(3000);

    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    // A line for each message, and the head.
    const count = await page.getByRole('table', { name: 'Responses' }).getAttribute('aria-rowcount');
    expect(Number(count)).toBe(new Set(summary.responses.map(({ turn }) => turn)).size + 1);
    const first = page.locator(`[aria-rowindex="${count}"]`);
    await first.waitFor();
    expect(await first.textContent()).toContain('The order test fails');
    expect(await nodes()).toBeLessThan(3000);
  });

  it('never shows a blank while it scrolls by pages', async () => {
    const { page } = await open();
    await page.locator('.rows').scrollIntoViewIfNeeded();
    for (let step = 0; step < 12; step += 1) {
      await page.mouse.wheel(0, 900);
      const filled = await page.evaluate(
        () =>
          new Promise<boolean>((done) =>
            requestAnimationFrame(() =>
              requestAnimationFrame(() => {
                const middle = document.elementFromPoint(640, 450);
                done(middle?.closest('.row, main') !== null && middle?.classList.contains('rows') === false);
              }),
            ),
          ),
      );
      expect(filled).toBe(true);
    }
  });

  it('keeps the place of a person who reads further down while new answers come in', async () => {
    const { page, summary } = await open();
    await page.evaluate(() => scrollTo(0, 60_000));
    const row = page.locator('.rows .row').nth(20);
    const exchange = await row.textContent();
    const top = (await row.boundingBox())!.y;
    const last = summary.responses.at(-1)!;
    const more = { ...last, exchange: RESPONSES + 1, at: last.at + 1000, preview: 'one more' };
    const next = sampleLive({ ...summary, responses: [...summary.responses, more] });
    served.become(next, {
      type: 'exchange-end',
      exchange: RESPONSES + 1,
      outcome: 'answered',
      provider: 'claude',
      totalMs: 1000,
    });
    await page.getByText('5,001 responses').waitFor({ state: 'attached' });
    const same = page.locator('.rows .row', { hasText: exchange!.slice(0, 8) }).first();
    expect(Math.abs((await same.boundingBox())!.y - top)).toBeLessThan(2);
  });

  it('counts failovers by stretch where single marks would say nothing', async () => {
    const { page } = await open();
    expect(await page.locator('.marks .mark').count()).toBe(0);
    const chart = page.getByRole('img', { name: /^110 failovers; the most, \d, in messages/ });
    const bars = chart.locator('.bar');
    expect(await bars.count()).toBeGreaterThan(40);
    await chart.locator('g:has(.bar:not([height="0"]))').first().hover();
    expect(await page.locator('.told').textContent()).toMatch(
      /^Messages \d+ to \d+ · \d+ failovers · .*Claude → Gemini \d+ ×/,
    );
  });

  it('prints every row', { timeout: 60_000 }, async () => {
    const { page } = await open();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await expect.poll(() => page.locator('.rows .row:not(.message)').count()).toBe(RESPONSES);
  });
});
