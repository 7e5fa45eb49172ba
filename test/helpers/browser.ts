import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { buildPage } from './page-build.ts';

const executablePath = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== undefined && existsSync(path));

const howToGetIt =
  'No Chromium was found, so the page is not tested in a browser. ' +
  'Debian and Ubuntu: apt-get install chromium. Elsewhere: set CHROMIUM to the path of a Chromium or Chrome.';

const screens = fileURLToPath(new URL('../../artifacts/screens/', import.meta.url));

export type Visit = {
  page: Page;
  /** Addresses of all requests, the page's own included. */
  requests: string[];
  /** Console errors and warnings, and uncaught exceptions. */
  complaints: string[];
};

export type Tools = {
  /** Opens an address in a fresh profile. */
  visit(url: string, options?: BrowserContextOptions & { expectComplaints?: boolean }): Promise<Visit>;
  /** Keeps a picture of the whole page under `artifacts/screens`. */
  picture(page: Page, name: string, options?: { windowOnly?: boolean }): Promise<void>;
};

/**
 * Tests that need a browser. A developer without one is told how to get it; on CI its absence is a failure.
 * After each test, nothing may have been complained about in the browser's console.
 */
export function describeInBrowser(name: string, body: (tools: Tools) => void): void {
  const missing = executablePath === undefined;
  if (missing && process.env['CI'] !== 'true') console.warn(howToGetIt);
  describe.runIf(!missing || process.env['CI'] === 'true')(`${name}, in a browser`, () => {
    let browser: Browser;
    let opened: (Visit & { expectComplaints: boolean })[] = [];

    beforeAll(async () => {
      if (executablePath === undefined) throw new Error(howToGetIt);
      await buildPage();
      browser = await chromium.launch({ executablePath, args: launchArguments });
    });
    afterAll(async () => {
      await browser?.close();
    });
    afterEach(async () => {
      const visits = opened;
      opened = [];
      for (const { page } of visits) await page.context().close();
      for (const { complaints, expectComplaints } of visits) if (!expectComplaints) expect(complaints).toEqual([]);
    });

    body({
      async visit(url, { expectComplaints = false, ...options } = {}) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        const page = await context.newPage();
        const visit = { page, requests: [] as string[], complaints: [] as string[], expectComplaints };
        page.on('request', (request) => visit.requests.push(request.url()));
        page.on('pageerror', (error) => visit.complaints.push(String(error)));
        page.on('console', (message) => {
          if (['error', 'warning'].includes(message.type())) visit.complaints.push(message.text());
        });
        opened.push(visit);
        await page.goto(url);
        return visit;
      },
      async picture(page, file, { windowOnly = false } = {}) {
        await mkdir(screens, { recursive: true });
        await page.screenshot({ path: `${screens}${file}.png`, fullPage: !windowOnly });
      },
    });
  });
}

const launchArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
