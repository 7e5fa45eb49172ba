import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { inAnHour, makeCast, type Cast } from '../helpers/cast.ts';
import { runClaude } from '../helpers/claude.ts';

/** Server-side threads, which the client uses when it is told to: Claude keeps the conversation, requests bring the rest. */
const THREADS = { CLAUDE_CODE_TETHER_LIVE: '1' };

const threadsOf = (cast: Cast) =>
  cast.claude.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body.toString()).thread?.type);
const read = (cast: Cast) => callTool('Read', { file_path: `${cast.place.project}/README.md` }, { thinking: 'Look.' });

it('relays a continued thread, whose body holds only what is new', async () => {
  const cast = await makeCast({ env: THREADS });
  cast.claude.script = [read(cast), answer('Claude has read it.')];
  const run = await runClaude(cast.place, 'ccmux', 'read the readme');
  expect(run.result().result).toBe('Claude has read it.');
  expect(threadsOf(cast)).toEqual(['create', 'continue']);
  expect(cast.rejections()).toEqual([]);
});

it('sends the whole conversation to whoever answers in place of Claude, and Claude takes over again', async () => {
  const cast = await makeCast({ env: THREADS, settings: 'switchBack: immediate' });
  let limited = true;
  cast.claude.script = ({ facts }) =>
    facts.side
      ? answer('ok')
      : facts.stepInTurn === 0
        ? read(cast)
        : limited
          ? claudeLimit(Date.now() + 500)
          : answer('By Claude.');
  cast.gemini.script = ({ facts }) => {
    limited = false;
    return facts.stepInTurn < 3 ? callTool('Bash', { command: 'sleep 1', description: 'Wait' }) : answer('By Gemini.');
  };
  const run = await runClaude(cast.place, 'ccmux', 'read the readme');
  expect(run.result()).toMatchObject({ result: 'By Claude.', is_error: false });
  expect(cast.gemini.asked()[0]!.facts).toMatchObject({ userText: 'read the readme', stepInTurn: 1 });
  expect(cast.gemini.asked()[0]!.facts.toolResults[0]).toContain('# A project');
  // Claude does not know the thread of Gemini's answer, and says so itself.
  expect(cast.rejections().map(({ status }) => status)).toEqual([404]);
  expect(threadsOf(cast)).toEqual(['create', 'continue', 'continue', 'create']);
});

it("gives the client Claude's own error where nobody else could answer", async () => {
  const cast = await makeCast({ env: { ...THREADS, CLAUDE_CODE_MAX_RETRIES: '0' }, order: ['claude'] });
  cast.claude.script = ({ facts }) => (facts.stepInTurn === 0 ? read(cast) : claudeLimit(inAnHour()));
  const run = await runClaude(cast.place, 'ccmux', 'read the readme');
  expect(run.result().result).toMatch(/429|limit/i);
  expect(threadsOf(cast)).toEqual(['create', 'continue']);
});
