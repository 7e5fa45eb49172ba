import { expect, it, vi } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import type { PageHistory } from '../../src/page/data.ts';
import type { History } from '../../src/state/figures.ts';
import { listRunning } from '../../src/state/running.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { ccmuxCommand, claudeCommand, runCcmux, start } from '../helpers/claude.ts';
import { useQuickClient } from '../helpers/quick-client.ts';

it('tells of a session while it runs, on the page, and afterwards, all alike', async () => {
  const { place } = await makeCast({
    claude: ({ facts }) => (facts.userText.includes('again') ? claudeLimit(inAnHour()) : answer('Claude was here.')),
    gemini: () => answer('Gemini was here.'),
  });
  useQuickClient(place);
  const following = start(place, ccmuxCommand(['report', '--follow']));
  await vi.waitFor(() => expect(following.stderr()).toContain('Waiting for one'), 15_000);
  const session = start(place, claudeCommand('ccmux', ['-p', 'hello', 'pause:5000', 'again']));

  await vi.waitFor(() => expect(following.stdout()).toContain('answered by Claude'), 15_000);
  const [running] = listRunning(place.ccmuxState);
  const page = (await (await fetch(`${running!.controlUrl}/history`)).json()) as PageHistory;
  expect(page).toMatchObject({ total: { sessions: 1, answers: 1, failovers: 0 }, unreadable: 0 });
  expect(page.sessions.map(({ key }) => key)).toEqual([running!.session]);

  expect((await session.finished).code).toBe(0);
  expect((await following.finished).code).toBe(0);
  expect(following.stdout()).toMatch(
    /Claude: 429 \(5-hour limit\) · next provider\n[^]*answered by Gemini[^]*session ends with exit code 0\n$/,
  );
  const figures = JSON.parse((await runCcmux(place, ['report', '--since', '1d', '--json'])).stdout) as History;
  expect(figures.total).toMatchObject({
    sessions: 1,
    messages: 2,
    answers: 2,
    answersByOthers: 1,
    failovers: 1,
    outages: 1,
    minutesNotLost: { least: 3, most: 5 },
  });
});
