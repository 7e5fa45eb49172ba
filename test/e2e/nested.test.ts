import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { claudeCommand, makePlace, runClaude, type Place } from '../helpers/claude.ts';
import { closing } from '../helpers/closing.ts';

/** A program of the user's, in a folder that comes first on PATH. */
function addProgram(place: Place, name: string, text: string): void {
  const path = join(place.home, 'bin', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  if (!place.env['PATH']!.startsWith(dirname(path))) place.env['PATH'] = `${dirname(path)}:${place.env['PATH']}`;
}

const ccmux = claudeCommand('ccmux', [], ['--switch-back', 'manual'])
  .map((word) => `'${word}'`)
  .join(' ');

it('comes through a claude that calls ccmux by way of another script', async () => {
  const claude = closing(await startAnthropic({ script: [answer('Through the wrapper.')] }));
  const place = makePlace({ baseUrl: claude.url });
  addProgram(place, 'start-it', `${ccmux} "$@"`);
  addProgram(place, 'claude', 'start-it "$@"');
  const run = await runClaude(place, 'ccmux', 'hello');
  expect(run.result()).toMatchObject({ result: 'Through the wrapper.', is_error: false });
  expect(claude.asked()).toHaveLength(1);
});

it('finds claude again inside a session, with a wrapper on PATH too', async () => {
  const claude = closing(await startAnthropic());
  const place = makePlace({ baseUrl: claude.url });
  addProgram(place, 'start-it', `${ccmux} "$@"`);
  addProgram(place, 'claude', 'start-it "$@"');
  const inner = claudeCommand('ccmux', ['-p', 'inner']).join(' ');
  const command = `echo "launched <$CCMUX_LAUNCHED>"; ${inner}`;
  claude.script = ({ facts }) => {
    if (facts.userText === 'inner') return answer('From the inside.');
    return facts.stepInTurn === 0 ? callTool('Bash', { command, description: 'Ask again' }) : answer('Done.');
  };
  const run = await runClaude(place, 'ccmux', 'outer');
  expect(run.result()).toMatchObject({ result: 'Done.', is_error: false });
  const [told] = claude.asked().at(-1)!.facts.toolResults;
  expect(told).toContain('launched <>');
  expect(told).toContain('From the inside.');
});
