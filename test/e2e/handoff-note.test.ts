import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { runCcmux, runClaude } from '../helpers/claude.ts';

/**
 * The real client, one tool step and then a limit. It hides Claude's thinking unless it is told otherwise; what it shows
 * reaches the next model.
 */

const THOUGHT = 'The minus in add.js is what makes the sum wrong by 2 b.';

it.each([
  { what: 'hidden', options: [], thoughts: 0 },
  { what: 'shown', options: ['--thinking-display', 'summarized'], thoughts: 1 },
])('Claude’s thinking is $what', async ({ options, thoughts }) => {
  const cast = await makeCast({ login: 'subscription', gemini: [answer('It was a minus.')] });
  const file = join(cast.place.project, 'src/add.js');
  cast.claude.script = [
    callTool('Read', { file_path: file }, { thinking: THOUGHT, text: 'Reading.' }),
    claudeLimit(inAnHour()),
  ];
  const run = await runClaude(cast.place, 'ccmux', 'what is wrong in src/add.js?', { args: options });
  expect(run.stdout).toContain('It was a minus.');
  const [asked] = cast.gemini.asked();
  expect(JSON.stringify(asked!.json).includes(THOUGHT)).toBe(thoughts > 0);
  expect(run.stderr.includes("with one of Claude's thoughts")).toBe(thoughts > 0);
  expect(cast.claude.requests.some(({ body }) => String(body).includes('handoff-note'))).toBe(false);
  expect(cast.rejections()).toEqual([]);
  const note = await runCcmux(cast.place, ['memory', 'show', '--note']);
  expect(note.stdout.includes(`[t1 thinking] ${THOUGHT}`)).toBe(thoughts > 0);
  // The client's own transcript knows nothing of the note: without ccmux the session goes on.
  cast.claude.script = [answer('A minus, as I said.')];
  const plain = await runClaude(cast.place, 'plain', 'and now?', { args: ['--continue', ...options] });
  expect(plain.stdout).toContain('A minus, as I said.');
  expect(cast.claude.requests.some(({ body }) => String(body).includes('handoff-note'))).toBe(false);
  expect(cast.rejections()).toEqual([]);
});
