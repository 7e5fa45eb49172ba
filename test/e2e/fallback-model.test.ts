import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { overloaded } from '../simulators/failures.ts';
import { answer, type Script } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { runClaude } from '../helpers/claude.ts';

/** Claude Code's own `--fallback-model`, with the real client. */

const modelOf = ({ body }: Parameters<Extract<Script, (...args: never[]) => unknown>>[0]) =>
  /"model":"claude-(\w+)/.exec(body.toString())?.[1];

it.each([
  ['as an argument', { args: ['--fallback-model', 'sonnet'] }, {}],
  ['as a setting', {}, { '.claude/settings.json': '{"fallbackModel":["sonnet"]}' }],
])('lets the client go to another Claude model, given %s', async (_, how, files) => {
  const cast = await makeCast({
    files: { 'README.md': '# A project\n', ...files },
    claude: (request) => (modelOf(request) === 'sonnet' ? answer('Sonnet here.') : overloaded()),
    gemini: () => answer('Gemini here.'),
  });
  const run = await runClaude(cast.place, 'ccmux', 'hello', how);
  expect(run.result()).toMatchObject({ result: 'Sonnet here.', is_error: false });
  const asked = cast.claude.asked().map(modelOf);
  expect(asked).toEqual([...asked.slice(1).map(() => 'opus'), 'sonnet']);
  expect(cast.gemini.asked()).toEqual([]);
});

it('fails over when the other model cannot answer either', async () => {
  const cast = await makeCast({ claude: () => overloaded(), gemini: () => answer('Gemini here.') });
  const run = await runClaude(cast.place, 'ccmux', 'hello', { args: ['--fallback-model', 'sonnet'] });
  expect(run.result()).toMatchObject({ result: 'Gemini here.', is_error: false });
  expect(cast.claude.asked().map(modelOf)).toContain('sonnet');
});

it('fails over at once for what the client does not switch for', async () => {
  const cast = await makeCast({ claude: () => claudeLimit(inAnHour()), gemini: () => answer('Gemini here.') });
  const run = await runClaude(cast.place, 'ccmux', 'hello', { args: ['--fallback-model', 'sonnet'] });
  expect(run.result()).toMatchObject({ result: 'Gemini here.', is_error: false });
  expect(cast.claude.asked().map(modelOf)).toEqual(['opus']);
});
