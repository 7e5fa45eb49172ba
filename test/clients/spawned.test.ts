import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { journalOf, root, start, type Place } from '../helpers/claude.ts';
import { putScripts } from './scripts.ts';

/** Programs that start Claude Code by themselves, by the scripts of `ccmux help clients`. */

const CLIENT = join(root, 'node_modules', '.bin', 'claude');

const castOfTwo = () =>
  makeCast({
    claude: ({ facts }) => (facts.userText.includes('second') ? claudeLimit(inAnHour()) : answer('Claude here.')),
    gemini: () => answer('Gemini here.'),
  });

type Line = { type: string; [field: string]: unknown };

/** Starts a program as the Agent SDK and the extension do, and speaks to it line by line. */
function speakTo(place: Place, command: string[]) {
  const streams = ['--output-format', 'stream-json', '--verbose', '--input-format', 'stream-json'];
  const running = start(place, [...command, ...streams, '--permission-prompt-tool', 'stdio'], { stdin: 'pipe' });
  const { stdin, stdout } = running.child;
  const lines = createInterface({ input: stdout! })[Symbol.asyncIterator]();
  return {
    ...running,
    say: (line: object) => void stdin!.write(`${JSON.stringify(line)}\n`),
    /** The next line of this type. Whatever is no JSON on stdout would break the caller. */
    async until(type: string): Promise<Line> {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- line by line
        const next = await lines.next();
        if (next.done) throw new Error(`it ended before its ${type}:\n${running.stderr()}`);
        const line = JSON.parse(next.value) as Line;
        if (line.type === type) return line;
      }
    },
    async end() {
      stdin!.end();
      return running.finished;
    },
  };
}

const typed = (content: string) => ({
  type: 'user',
  message: { role: 'user', content },
  parent_tool_use_id: null,
  session_id: '',
});

it.each([
  ['as the Agent SDK starts it', false],
  ['as an editor starts it: with its own Claude Code as the first argument', true],
])('answers over stdin and stdout, %s', async (_, isEditor) => {
  const { place } = await castOfTwo();
  const { sdk, editor } = putScripts(place);
  // An editor's own Claude Code is the one that runs, whatever stands on the PATH.
  if (isEditor) putWrongClaude(place);
  const client = speakTo(place, isEditor ? [editor, CLIENT] : [sdk]);
  client.say({ type: 'control_request', request_id: 'first', request: { subtype: 'initialize' } });
  expect(await client.until('control_response')).toMatchObject({
    response: { subtype: 'success', request_id: 'first' },
  });
  client.say(typed('first'));
  expect(await client.until('result')).toMatchObject({ result: 'Claude here.', is_error: false });
  client.say(typed('second'));
  expect(await client.until('result')).toMatchObject({ result: 'Gemini here.', is_error: false });
  const { code, stderr } = await client.end();
  expect(code).toBe(0);
  expect(stderr).toMatch(/^ccmux: Claude: 429 \(5-hour limit\) · answered by Gemini/m);
  expect(journalOf(place)).toContainEqual(expect.objectContaining({ type: 'provider-switch', to: 'gemini' }));
});

it("passes on what an editor asks beside its sessions, as the list of the client's plugins", async () => {
  const { place } = await castOfTwo();
  const { editor } = putScripts(place);
  putWrongClaude(place);
  const { code, stdout, stderr } = await start(place, [editor, CLIENT, 'plugin', 'list', '--json']).finished;
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual([]);
});

function putWrongClaude(place: Place): void {
  const folder = join(place.home, 'wrong');
  mkdirSync(folder);
  const file = join(folder, 'claude');
  writeFileSync(file, '#!/bin/sh\necho wrong >&2\nexit 9\n');
  chmodSync(file, 0o755);
  place.env['PATH'] = `${folder}:${place.env['PATH']}`;
}
