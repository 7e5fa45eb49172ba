import { expect, it } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { claudeCommand, makePlace, runClaude } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';
import { openTerminal } from '../helpers/terminal.ts';

/** The ground the other tests stand on: the real client, without ccmux, against the simulated Claude. */

it('works through a tool loop with thoughts', async () => {
  const claude = closing(await startAnthropic());
  const place = makePlace({ baseUrl: claude.url });
  claude.script = [
    callTool(
      'Read',
      { file_path: `${place.project}/src/add.js` },
      { thinking: 'Read it first.', text: 'I read the file.' },
    ),
    callTool('Edit', { file_path: `${place.project}/src/add.js`, old_string: 'a - b', new_string: 'a + b' }),
    answer('It added with a minus.', { thinking: 'Done.' }),
  ];
  const run = await runClaude(place, 'plain', 'fix add');
  expect(run.result()).toMatchObject({ result: 'It added with a minus.', is_error: false });
  expect(run.stderr).toBe('');
  expect(claude.asked()[2]!.facts).toMatchObject({ userText: 'fix add', turn: 1, stepInTurn: 2 });
  expect(claude.asked()[1]!.facts.toolResults[0]).toContain('a - b');
  expect(claude.rejections).toEqual([]);
});

it('reaches the prompt of an interactive session without any dialog', async () => {
  const claude = closing(await startAnthropic({ script: [answer('Hello from the simulator.')] }));
  const place = makePlace({ baseUrl: claude.url });
  const terminal = await openTerminal(place, claudeCommand('plain', []));
  await terminal.until('❯');
  await terminal.type('say hello');
  await terminal.press('Enter');
  await terminal.until('Hello from the simulator.');
  expect(claude.rejections).toEqual([]);
});
