import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, journalOf } from '../helpers/claude.ts';
import { openTerminal } from '../helpers/terminal.ts';

const SIZE = { columns: 100, rows: 30 };

/** Where a conversation goes and what it may cost, as a person says it in a real terminal. */

it('asks before a conversation may go to a provider whose key was found, once', async () => {
  const { place } = await makeCast({ claude: () => answer('Claude says hello.') });
  rmSync(join(place.ccmuxConfig, 'config.yaml'));
  delete place.env['CCMUX_YES'];
  const first = await openTerminal(place, claudeCommand('ccmux', []), SIZE);
  const question = await first.until('never to these');
  expect(question.replace(/[\s│]+/g, ' ')).toMatch(/is sent to .*Gemini \(key in GEMINI_API_KEY\).* and billed by/);
  await first.press('Down', 'Down', 'Enter');
  await first.until('❯');
  await first.type('/exit');
  await first.press('Enter');
  expect(await first.exited()).toBe(0);

  const second = await openTerminal(place, claudeCommand('ccmux', []), SIZE);
  expect(await second.until('❯')).not.toContain('never to these');
  await second.type('/exit');
  await second.press('Enter');
  expect(await second.exited()).toBe(0);
  const orders = journalOf(place).flatMap(({ type, order }) => (type === 'session-start' ? [order] : []));
  expect(orders).toEqual([['claude'], ['claude']]);
});

it('sends nothing that costs more than is left, until a typed line lifts the budget', async () => {
  const cast = await makeCast({
    claude: () => claudeLimit(inAnHour()),
    gemini: () => answer('Gemini was here.'),
    settings: 'budget: { perSession: 0.001 }',
  });
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', []), SIZE);
  await terminal.until('❯');
  await terminal.type('hello');
  await terminal.press('Enter');
  await expect
    .poll(() => journalOf(cast.place).filter(({ type }) => type === 'provider-skip'), { timeout: 60_000 })
    .toContainEqual(expect.objectContaining({ provider: 'gemini', reason: 'budget' }));
  expect(cast.gemini.requests).toEqual([]);

  await terminal.until(/would cost about \$\d/);
  await terminal.type('ccmux budget +5');
  await terminal.press('Enter');
  await terminal.until(/of \$5\.00 spent in this session \(\$5\.00 more than/);
  await terminal.type('hello again');
  await terminal.press('Enter');
  await terminal.until('Gemini was here.');
  expect(cast.rejections()).toEqual([]);
});
