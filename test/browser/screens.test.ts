import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { renderPage } from '../../src/report/page.ts';
import type { LiveState } from '../../src/state/live.ts';
import type { Summary } from '../../src/state/summary.ts';
import { manyProviders, nearTheLimit, nobody, pinned, waiting } from '../helpers/bad-moments.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { serveLivePage } from '../helpers/live-page.ts';
import { longSession, sampleEvents, sampleFailedOver, sampleLive, sampleSummary } from '../helpers/sample-session.ts';
import { troubledSession } from '../helpers/troubled-session.ts';

const answering = () => sampleLive(sampleSummary(sampleEvents()));
const failedOver = () => sampleFailedOver(sampleSummary(sampleEvents({ responses: 20 })));

type Scene = {
  state: () => LiveState;
  act?: (page: Page) => Promise<void>;
  /** Taken as the window shows it: the whole page is too tall for a picture. */ windowOnly?: true;
};

const scenes: Record<string, Scene> = {
  answering: { state: answering },
  'failed-over': { state: failedOver },
  'nothing-yet': { state: () => sampleLive(sampleSummary(sampleEvents({ responses: 0 }))) },
  waiting: { state: waiting },
  nobody: { state: nobody },
  pinned: { state: pinned },
  'near-the-limit': { state: nearTheLimit },
  'many-providers': { state: manyProviders },
  unfolded: {
    state: failedOver,
    act: (page) => page.getByRole('button', { name: /^Run the test/ }).click(),
  },
  ended: { state: () => sampleLive(sampleSummary(sampleEvents({ ended: true }))) },
  troubled: { state: troubledSession },
  'five-thousand': { state: () => sampleLive(sampleSummary(longSession(5000))), windowOnly: true },
  history: {
    state: failedOver,
    async act(page) {
      await page.getByText('All sessions of the last 7 days').click();
      await page.locator('.sessions').waitFor();
    },
  },
  failover: {
    state: failedOver,
    act: (page) => page.getByRole('button', { name: /^1\. Claude → Gemini/ }).hover(),
  },
  response: {
    state: failedOver,
    async act(page) {
      await page.getByRole('button', { name: /^Run the test/ }).click();
      await page.getByRole('button', { name: 'step 1' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
};

const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  'phone-dark': { colorScheme: 'dark', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

const screens = fileURLToPath(new URL('../../artifacts/screens/', import.meta.url));

describeInBrowser('pictures of each state', ({ visit, picture }) => {
  for (const [look, options] of Object.entries(looks)) {
    for (const [name, { state, act, windowOnly = false }] of Object.entries(scenes)) {
      it(`${name}, ${look}`, async () => {
        const served = await serveLivePage(state());
        const { page } = await visit(served.url, options);
        await act?.(page);
        await picture(page, `${name}-${look}`, { windowOnly });
        await served.close();
        expect((await stat(`${screens}${name}-${look}.png`)).size).toBeGreaterThan(10_000);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport!.width);
      });
    }

    it(`reports, ${look}`, async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'ccmux-screens-'));
      const file = path.join(folder, 'report.html');
      const reports: Record<string, Summary> = {
        report: sampleSummary(),
        'report-crashed': sampleSummary(sampleEvents({ responses: 24 })),
      };
      for (const [name, summary] of Object.entries(reports)) {
        await writeFile(file, await renderPage(summary));
        const { page } = await visit(pathToFileURL(file).href, options);
        await picture(page, `${name}-${look}`);
        expect((await stat(`${screens}${name}-${look}.png`)).size).toBeGreaterThan(10_000);
      }
      await rm(folder, { recursive: true });
    });
  }
});
