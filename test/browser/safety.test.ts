import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { renderPage } from '../../src/report/page.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { serveLivePage } from '../helpers/live-page.ts';
import { sampleEvents, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

/** Another server: whatever reaches it has got past the policy. */
async function outsider() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url!);
    response.setHeader('access-control-allow-origin', '*');
    response.end('');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = () => {
    // Chromium may connect ahead of time; what counts is that it asks for nothing.
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url, seen, close };
}

/** Tries to reach out in each way that injected markup or script could. */
async function reachOut(page: Page, url: string): Promise<string[]> {
  return page.evaluate(async (target) => {
    const blocked: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    const image = document.createElement('img');
    image.src = `${target}image`;
    const frame = document.createElement('iframe');
    frame.src = `${target}frame`;
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = `${target}style`;
    document.body.append(image, frame, style);
    await fetch(`${target}fetch`).catch(() => {});
    const inline = document.createElement('style');
    inline.textContent = 'body { display: none }';
    document.body.append(inline);
    try {
      document.body.insertAdjacentHTML('beforeend', '<b>markup</b>');
    } catch {
      blocked.push('markup');
    }
    await new Promise((done) => setTimeout(done, 100));
    return blocked;
  }, url);
}

const everyWay = ['img-src', 'frame-src', 'style-src-elem', 'connect-src', 'markup'];

describeInBrowser('what the page may reach', ({ visit }) => {
  it('is its own origin, and nothing else', async () => {
    const other = await outsider();
    const served = await serveLivePage(sampleLive(sampleSummary(sampleEvents())));
    const { page, requests } = await visit(served.url, { expectComplaints: true });
    await page.getByText('31 responses').waitFor();
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([served.url, `${served.url}events`]);

    expect(await reachOut(page, other.url)).toEqual(expect.arrayContaining(everyWay));
    expect(other.seen).toEqual([]);
    await served.close();
    await other.close();
  });

  it('is nothing at all for a report that is opened from disk', async () => {
    const other = await outsider();
    const folder = await mkdtemp(path.join(tmpdir(), 'ccmux-page-'));
    const file = path.join(folder, 'report.html');
    await writeFile(file, await renderPage(sampleSummary()));
    const { page, requests, complaints } = await visit(pathToFileURL(file).href, { expectComplaints: true });
    await page.getByText('31 responses').waitFor();
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);

    expect(await reachOut(page, other.url)).toEqual(expect.arrayContaining(everyWay));
    expect(other.seen).toEqual([]);
    await rm(folder, { recursive: true });
    await other.close();
  });
});
