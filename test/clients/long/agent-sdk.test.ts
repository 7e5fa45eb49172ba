import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../../src/demo/limits.ts';
import { answer, callTool } from '../../../src/demo/script.ts';
import { inAnHour, makeCast } from '../../helpers/cast.ts';
import { putScripts } from '../scripts.ts';

/** The Agent SDK itself, which `run.mjs` installs (TEST_AGENT_SDK is the folder of its package). */

type Line = { type: string; result?: string; session_id?: string; message?: { content: unknown } };
type Options = {
  pathToClaudeCodeExecutable: string;
  cwd: string;
  env: Record<string, string>;
  stderr(text: string): void;
  settingSources: string[];
  canUseTool(name: string, input: object): Promise<object>;
};
type Sdk = { query(asked: { prompt: AsyncIterable<object>; options: Options }): AsyncIterable<Line> };

it('has failover through ccmux, in one session with a tool that its program allows', async () => {
  const folder = process.env['TEST_AGENT_SDK']!;
  const { query } = (await import(pathToFileURL(join(folder, 'sdk.mjs')).href)) as Sdk;
  const { place, gemini, rejections } = await makeCast({
    claude: ({ facts }) => {
      if (facts.side) return answer('ok');
      if (facts.userText.includes('second') && facts.stepInTurn > 0) return claudeLimit(inAnHour());
      if (facts.userText.includes('second'))
        return callTool('Bash', { command: 'touch made-here', description: 'Makes' });
      return answer('Claude here.');
    },
    gemini: () => answer('Gemini here.'),
  });
  const { sdk } = putScripts(place);
  let next = () => {};
  const answered = () => new Promise<void>((resolve) => (next = resolve));
  async function* prompts() {
    for (const content of ['first', 'second']) {
      yield { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, session_id: '' };
      // oxlint-disable-next-line no-await-in-loop -- one message after the other
      await answered();
    }
  }
  let stderr = '';
  const allowed: string[] = [];
  const options: Options = {
    pathToClaudeCodeExecutable: sdk,
    cwd: place.project,
    env: place.env,
    stderr: (text) => (stderr += text),
    settingSources: [],
    async canUseTool(name, input) {
      allowed.push(name);
      return { behavior: 'allow', updatedInput: input };
    },
  };
  const results: (string | undefined)[] = [];
  const sessions = new Set<string | undefined>();
  for await (const line of query({ prompt: prompts(), options })) {
    if (line.type !== 'result') continue;
    results.push(line.result);
    sessions.add(line.session_id);
    next();
  }
  expect(results).toEqual(['Claude here.', 'Gemini here.']);
  expect(sessions.size).toBe(1);
  expect(allowed).toEqual(['Bash']);
  expect(stderr).toMatch(/ccmux: Claude: 429 \(5-hour limit\) · answered by Gemini/);
  expect(gemini.asked().length).toBeGreaterThan(0);
  expect(rejections()).toEqual([]);
}, 90_000);
