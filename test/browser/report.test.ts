import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderPage } from '../../src/report/page.ts';
import type { Summary } from '../../src/state/summary.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { sampleEvents, sampleSummary } from '../helpers/sample-session.ts';

describeInBrowser('the report page', ({ visit }) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ccmux-report-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function open(summary: Summary, running = false) {
    const file = path.join(folder, 'report.html');
    await writeFile(file, await renderPage(summary, { generatedAt: Date.UTC(2026, 10, 23), running }));
    return (await visit(pathToFileURL(file).href)).page;
  }

  it('is the same page, frozen: who wrote what, and no buttons to steer', async () => {
    const page = await open(sampleSummary());
    expect(await page.locator('h1').textContent()).toBe('Claude gave 22 of 31 answers');
    expect(await page.locator('.headline').textContent()).toContain(
      'Gemini gave 7 and OpenRouter 2, after 2 failovers.',
    );
    expect(await page.locator('.masthead').textContent()).toMatch(
      /report of session calm-otter-31, generated 23 Nov 2026/,
    );
    expect(await page.getByRole('group', { name: 'Who answers' }).count()).toBe(0);
    expect(await page.locator('.banner').count()).toBe(0);
    // Other sessions are nobody's business whom the file is shown to.
    expect(await page.locator('.history').count()).toBe(0);
    expect(await page.locator('.rows .row').count()).toBe(12);
    await page.getByRole('button', { name: 'Show 1 earlier' }).click();
    expect(await page.locator('.switches li').count()).toBe(4);
  });

  it('says when a session has no end on record', async () => {
    const page = await open(sampleSummary(sampleEvents()));
    expect(await page.locator('.banner').textContent()).toMatch(/^No end on record\. .* crash\. Its last sign of life/);
    const running = await open(sampleSummary(sampleEvents()), true);
    expect(await running.locator('.banner').textContent()).toMatch(/^Still running\. /);
    expect(await running.locator('.banner.grave').count()).toBe(0);
  });

  it('holds up with a session in which nothing happened', async () => {
    const page = await open(sampleSummary(sampleEvents({ ended: true, responses: 0 })));
    expect(await page.locator('h1').textContent()).toBe('No answers');
    expect(await page.locator('.empty').allTextContents()).toEqual([
      expect.stringContaining('No message'),
      'Nothing was used yet.',
      'Nothing was dropped or changed.',
      'No response yet.',
    ]);
  });

  it('shows all that is known of one answer', async () => {
    const page = await open(sampleSummary());
    await page.getByRole('button', { name: /^Run the test two hundred times/ }).click();
    await page.getByRole('button', { name: 'step 1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Gemini answered' });
    const text = await dialog.textContent();
    expect(text).toContain('Claude: 429 (5-hour limit), after 0.2 s');
    expect(text).toContain('Modelgemini-pro-latest');
    expect(text).toContain('Asked forclaude-opus-4-8');
    expect(text).toContain('Input tokens32,400');
    expect(text).toContain('Cost$0.02');
    expect(await dialog.locator('.lost li').allTextContents()).toEqual([
      'Tool calls of other models went to Gemini without its signature',
      'Effort xhigh became high for gemini-pro-latest',
    ]);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
  });

  it('shows what others were told, as it was sent, and what they did, with a prompt for a review', async () => {
    const text =
      '<handoff-note by="ccmux">\n## State\n- tests: <b>2</b> failed\n[t1 thinking] 487  is\tit\n</handoff-note>';
    const note = { at: Date.UTC(2026, 10, 22, 15), exchange: 16, tokens: 310, passages: 2, of: 9, thoughts: 1 };
    const work = { providers: ['gemini'], from: 6, to: 8, turns: 3, files: ['/w/order.ts', '/w/settle.ts'] };
    const tests = { failed: true, failing: 2 };
    const page = await open({
      ...sampleSummary(),
      notes: [
        { type: 'memory-note', provider: 'gemini', ...note, text },
        { type: 'memory-note', provider: 'openrouter', ...note },
      ],
      reviews: [{ type: 'review-offer', at: note.at + 1, exchange: 20, ...work, tests }],
    });
    const handed = page.getByRole('region', { name: 'Handed over' });
    expect(await handed.locator('pre').isVisible()).toBe(false);
    await handed.getByText('The note as it was sent').click();
    expect(await handed.locator('pre').textContent()).toBe(text);
    expect(await handed.locator('li').allTextContents()).toEqual([
      expect.stringContaining(
        "Gemini got a note of the session (310 tokens), 2 of 9 passages that the transcript lacks, 1 thought of Claude's among them",
      ),
      expect.stringContaining('Its words were not kept: report.previews is off.'),
      expect.stringContaining('Gemini answered 3 turns: edited 2 files, ran the tests: 2 failed'),
    ]);
    expect(await handed.locator('code').textContent()).toBe(
      'Review what Gemini changed in turns 6 to 8: order.ts, settle.ts',
    );
  });
});
