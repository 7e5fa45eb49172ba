import type { Page } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import type { LiveState } from '../../src/state/live.ts';
import { manyProviders, nobody, pinned, waiting } from '../helpers/bad-moments.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { serveLivePage, type LivePage } from '../helpers/live-page.ts';
import { sampleEvents, sampleFailedOver, sampleLive, sampleSummary } from '../helpers/sample-session.ts';
import { troubledSession } from '../helpers/troubled-session.ts';

const states: Record<string, () => LiveState> = {
  'nothing answered yet': () => sampleLive(sampleSummary(sampleEvents({ responses: 0 }))),
  'claude answering': () => sampleLive(sampleSummary(sampleEvents())),
  'everything at once': troubledSession,
  ended: () => sampleLive(sampleSummary(sampleEvents({ ended: true }))),
  waiting,
  nobody,
  pinned,
  'many providers': manyProviders,
  'failed over': () => sampleFailedOver(sampleSummary(sampleEvents({ responses: 20 }))),
};

/** Text whose contrast with what lies behind it is below WCAG AA, as `ratio text`. */
function faintText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Mixed colours are told as `color(srgb …)`, in fractions.
    const channels = (color: string) => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = color.match(/[\d.]+/g)!.map(Number);
      const scale = color.startsWith('color(srgb') ? 255 : 1;
      return [red * scale, green * scale, blue * scale, alpha];
    };
    const luminance = (rgb: number[]) => {
      const [red, green, blue] = rgb.slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const behind = (element: Element | null): number[] => {
      for (let current = element; current !== null; current = current.parentElement) {
        const color = channels(getComputedStyle(current).backgroundColor);
        if (color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    const faint: string[] = [];
    const walker = document.createTreeWalker(document.querySelector('#page')!, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement!;
      if (walker.currentNode.textContent!.trim() === '' || !element.checkVisibility()) continue;
      // Disabled controls are exempt from the criterion.
      if (element.closest(':disabled') !== null) continue;
      const style = getComputedStyle(element);
      const ink = channels(element instanceof SVGElement ? style.fill : style.color);
      const [light, dark] = [luminance(ink), luminance(behind(element))].toSorted((a, b) => b - a);
      const ratio = (light! + 0.05) / (dark! + 0.05);
      const large = Number.parseFloat(style.fontSize) >= 24;
      if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${walker.currentNode.textContent}`);
    }
    return faint;
  });
}

describeInBrowser('the page for everybody', ({ visit }) => {
  let served: LivePage;
  afterEach(() => served.close());

  async function open(state: LiveState, options?: Parameters<typeof visit>[1]) {
    served = await serveLivePage(state);
    return (await visit(served.url, options)).page;
  }

  for (const [name, state] of Object.entries(states)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`has text that can be read: ${name}, ${colorScheme}`, async () => {
        const page = await open(state(), { colorScheme });
        expect(await faintText(page)).toEqual([]);
      });
    }

    it(`fits a phone, 390 px wide: ${name}`, async () => {
      const page = await open(state(), { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll('main *')]
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > 390)
          .map((element) => element.outerHTML.slice(0, 80)),
      );
      expect(beyond).toEqual([]);
    });
  }

  it('names every control, landmark and heading level', async () => {
    const page = await open(sampleFailedOver(sampleSummary(sampleEvents())));
    const outline = await page.locator('body').ariaSnapshot();
    expect(outline).not.toMatch(/- (button|textbox|searchbox|combobox|checkbox|slider|meter|table|img)( \[|:|$)/m);
    const headings = await page
      .locator('h1, h2, h3')
      .evaluateAll((all) => all.map((heading) => `${heading.tagName} ${heading.textContent}`));
    expect(headings).toEqual([
      'H1 Gemini answers now',
      'H2 Messages',
      'H2 Providers',
      'H3 Claude',
      'H3 Gemini',
      'H3 OpenRouter',
      'H2 Tokens and cost',
      'H2 Lost in translation',
      'H2 Responses',
      'H2 All sessions of the last 7 days',
    ]);
  });

  it('works by keyboard alone, in the order in which it is read, with a focus that is seen', async () => {
    const page = await open(sampleFailedOver(sampleSummary(sampleEvents({ responses: 20 }))));
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const seen = outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2;
        const name = element.getAttribute('aria-label') ?? element.textContent;
        return `${name.trim().split(' · ')[0]}${seen ? '' : ' (focus not seen)'}`;
      });
    const stops: string[] = [];
    for (let count = 0; count < 14; count += 1) {
      await page.keyboard.press('Tab');
      stops.push(await focused());
    }
    expect(stops).toEqual([
      'Skip to the responses',
      'Copy the session id',
      'Automatic',
      'Claude',
      'Gemini',
      'OpenRouter',
      '1. Claude → Gemini',
      'Messages',
      'Text in the responses',
      'Provider',
      '', // a box that its label names
      'Why is it slower now?',
      expect.stringContaining('Run the test'),
      expect.stringContaining('Good. Now fix it'),
    ]);
    expect(stops.join()).not.toContain('not seen');
  });

  it('lets the arrow keys walk along the turns, and reads out each', async () => {
    const page = await open(sampleLive(sampleSummary(sampleEvents())));
    const strip = page.getByRole('slider', { name: 'Messages' });
    await strip.focus();
    await page.keyboard.press('Home');
    expect(await strip.getAttribute('aria-valuetext')).toMatch(
      /^Message 1 · \d\d:\d\d · 4 answers: Claude 4 · “The order/,
    );
    for (let count = 0; count < 5; count += 1) await page.keyboard.press('ArrowRight');
    expect(await page.locator('.told').textContent()).toMatch(/^Message 6 · \d\d:\d\d · 3 answers: Gemini 3 · “Run/);
    await page.keyboard.press('End');
    expect(await strip.getAttribute('aria-valuenow')).toBe('12');
  });

  it('explains a failover on hover, on focus and on a tap', async () => {
    const page = await open(sampleLive(sampleSummary(sampleEvents())), { hasTouch: true });
    const told = page.locator('.told');
    await page.getByRole('button', { name: /^1\. Claude → Gemini/ }).hover();
    expect(await told.textContent()).toMatch(
      /^1\. Claude → Gemini · Claude: 429 \(5-hour limit\) · answered by Gemini in 4\.2 s/,
    );
    await page.getByRole('button', { name: /^3\. Claude → OpenRouter/ }).focus();
    expect(await told.textContent()).toContain('529 overloaded');
    await page.getByRole('button', { name: /^2\. Gemini → Claude/ }).tap();
    expect(await told.textContent()).toContain('Claude is back');
  });

  it('opens a response with Enter, closes it with Escape, and gives the focus back', async () => {
    const page = await open(sampleLive(sampleSummary(sampleEvents())));
    const first = page.locator('.rows button').first();
    await first.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Claude answered' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('step 1');
  });

  it('switches the provider by keyboard', async () => {
    const page = await open(sampleLive(sampleSummary(sampleEvents())));
    await page.getByRole('button', { name: 'OpenRouter', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'OpenRouter answers now' }).waitFor();
    expect(served.uses).toEqual([{ provider: 'openrouter', only: false }]);
  });

  it('does not move for those who asked for less motion', async () => {
    const page = await open(sampleLive(sampleSummary(sampleEvents())), { reducedMotion: 'reduce' });
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .map((element) => getComputedStyle(element))
        .filter((style) => style.transitionDuration !== '0s' || style.animationName !== 'none')
        .map((style) => style.transitionDuration),
    );
    expect(moving).toEqual([]);
  });
});
