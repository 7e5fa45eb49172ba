import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { listRunning } from '../../src/state/running.ts';
import { describeInBrowser } from '../helpers/browser.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand } from '../helpers/claude.ts';
import { openTerminal } from '../helpers/terminal.ts';

describeInBrowser('the page of a real session', ({ visit, picture }) => {
  it('shows a failover as it happens, steers who answers next, and knows when it is over', async () => {
    let limited = false;
    const cast = await makeCast({
      claude: ({ facts }) => (limited && !facts.side ? claudeLimit(inAnHour()) : answer('Claude was here.')),
      gemini: () => answer('Gemini was here.'),
    });
    const terminal = await openTerminal(cast.place, claudeCommand('ccmux', []));
    await terminal.until('❯');
    const say = async (text: string) => {
      await terminal.type(text);
      await terminal.press('Enter');
    };
    const [running] = listRunning(cast.place.ccmuxState);
    const { page } = await visit(`${running!.controlUrl}/`, { expectComplaints: true });
    const heading = (text: string) => page.getByRole('heading', { level: 1, name: text }).waitFor();
    await heading('Claude answers now');

    await say('first');
    await terminal.until('Claude was here.');
    await page.locator('.rows .row', { hasText: 'first' }).waitFor();

    // Claude is limited: the same request goes to Gemini, and the page tells it without being asked again.
    limited = true;
    await say('second');
    await heading('Gemini answers now');
    await page.locator('.rows .row', { hasText: 'second' }).getByText('after Claude').waitFor();
    expect(await page.locator('[data-provider=claude] .state').textContent()).toMatch(
      /^Unavailable until .* \(in (59 min|1 h|1 h 1 min)\)$/,
    );
    expect(await page.locator('.switches li').last().textContent()).toMatch(/Claude: 429/);
    expect(await page.locator('.strip .run').last().textContent()).toBe('G');
    await picture(page, 'real-session');

    // The button decides who answers the next request, in a cooldown or not.
    limited = false;
    await page.getByRole('button', { name: 'Claude', exact: true }).click();
    await heading('Claude answers next');
    await say('third');
    await page.locator('.rows .row', { hasText: 'third' }).locator('.c-provider', { hasText: 'Claude' }).waitFor();

    await say('/exit');
    expect(await terminal.exited()).toBe(0);
    await page.getByText(/^This session ended at .* with exit code 0/).waitFor();
    expect(listRunning(cast.place.ccmuxState)).toEqual([]);
    expect(cast.rejections()).toEqual([]);
  });
});
