import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, runCcmux, start } from '../helpers/claude.ts';
import { answersOf, useQuickClient } from '../helpers/quick-client.ts';

/** A newer ccmux shares the folders: whatever it keeps there in a format of its own stays to the byte. */

const SESSION = '20991231-235959-beef';

it('leaves every file of a newer ccmux alone, works without it, and names what it cannot show', async () => {
  const { place } = await makeCast({
    claude: () => claudeLimit(inAnHour()),
    gemini: () => answer('Gemini was here.'),
    files: { '.ccmuxrc': 'switchBack: manual\n' },
  });
  useQuickClient(place);
  // A session of the newer one runs: its process is alive, and it answers in its own way.
  const controlUrl = await serve({ version: 2, summary: { ccmux: '9.0.0' } });
  const newer: Record<string, string> = {
    [join(place.ccmuxState, 'providers.json')]: '{"version":2,"providers":[]}',
    [join(place.ccmuxState, 'client.json')]: '{"version":2,"ignores":{}}',
    [join(place.ccmuxState, 'answers.json')]: '{"version":2,"providers":[]}',
    [join(place.ccmuxState, 'claude-help.json')]: '{"version":2}',
    [join(place.ccmuxState, 'running', `${SESSION}.json`)]: JSON.stringify({
      version: 2,
      session: SESSION,
      pid: process.pid,
      controlUrl,
      claudeCwd: '/',
    }),
    [join(place.ccmuxState, 'sessions', '20991231-235900-aaaa.json')]: '{"version":2,"ccmux":"9.0.0","parts":[]}',
    [join(place.ccmuxState, 'sessions', '20991231-235901-bbbb.jsonl')]:
      '{"type":"session-start","format":2,"version":"9.0.0","at":1}\n{"type":"exchange","at":2}\n',
    [join(place.ccmuxConfig, 'trust.json')]: '{"version":2,"trusted":[]}',
  };
  for (const [file, text] of Object.entries(newer)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  const run = await start(place, claudeCommand('ccmux', ['-p', 'one', 'two'])).finished;
  expect(answersOf(run.stdout).map(({ text }) => text)).toEqual(['Gemini was here.', 'Gemini was here.']);
  expect(run.stderr).toContain(
    `${join(place.ccmuxState, 'providers.json')} cannot be written (a newer ccmux wrote it): cooldowns and spending are not shared with other sessions. Failover works.`,
  );
  const own = readdirSync(join(place.ccmuxState, 'sessions')).find(
    (name) => /^\d+-\d+-\w+\.json$/.test(name) && !name.startsWith('2099'),
  )!;

  const unreadable = 'the session runs a newer ccmux (9.0.0), whose answer this one cannot read';
  const written = (name: string) => `${join(place.ccmuxState, 'sessions', name)} was written by a newer ccmux (9.0.0)`;
  const rows: [args: string[], code: number, said: string][] = [
    [['status'], 0, `${SESSION}: ${unreadable}`],
    [['status', '--json'], 0, unreadable],
    [['use', 'gemini'], 1, unreadable],
    [['budget'], 1, unreadable],
    [['report', 'bbbb'], 1, written('20991231-235901-bbbb.jsonl')],
    [['report', 'aaaa'], 1, written('20991231-235900-aaaa.json')],
    [['report', own.slice(0, -'.json'.length)], 0, 'Gemini'],
    [['report', '--list'], 0, written('20991231-235900-aaaa.json')],
    [['report', '--list'], 0, own.slice(-'beef.json'.length, -'.json'.length)],
    [['config', 'trust', '.ccmuxrc'], 1, 'on a terminal only'],
    [['complete', '--', 'claude', '--'], 0, ''],
    [['doctor'], 0, ''],
  ];
  for (const [args, code, said] of rows) {
    const { stdout, stderr, ...result } = await runCcmux(place, args);
    const text = (stdout + stderr).replaceAll(/\s+/g, ' ');
    expect([args.join(' '), result.code]).toEqual([args.join(' '), code]);
    expect(text).toContain(said);
    expect(stdout + stderr).not.toMatch(/please report|\n\s+at /);
  }

  for (const [file, text] of Object.entries(newer)) {
    expect([relative(place.home, file), readFileSync(file, 'utf8')]).toEqual([relative(place.home, file), text]);
  }
}, 60_000);

async function serve(body: object): Promise<string> {
  const server = createServer((_, response) => response.end(JSON.stringify(body)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token/ccmux`;
}
