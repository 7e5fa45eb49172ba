import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool } from '../../src/demo/script.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, journalOf, runClaude, start, type Place } from '../helpers/claude.ts';

/** Claude Code is told that its requests reach Anthropic; what it sends then may reach nobody who refuses it. */

it.each(['relay', 'gemini', 'openai', 'chat'] as const)(
  'fails over to %s from what Anthropic alone is sent',
  async (id) => {
    const cast = await makeCast({ anthropicItself: true, login: 'subscription', order: ['claude', id] });
    const file = `${cast.place.project}/README.md`;
    cast.claude.script = ({ facts }) =>
      facts.side
        ? answer('ok')
        : facts.stepInTurn === 0
          ? callTool('Read', { file_path: file })
          : claudeLimit(inAnHour());
    cast[id].script = ({ facts }) =>
      facts.stepInTurn === 1 ? callTool('Bash', { command: 'ls' }) : answer('Done by another.');
    const run = await runClaude(cast.place, 'ccmux', 'read the readme');
    expect(run.result()).toMatchObject({ result: 'Done by another.', is_error: false });
    const { json, headers } = cast.claude.asked()[0]!;
    expect(JSON.stringify(json.system)).toContain('"scope":"global"');
    expect(headers).toHaveProperty('x-client-request-id');
    expect(journalOf(cast.place).find(({ type }) => type === 'client-read')).toMatchObject({
      told: true,
      firstParty: true,
    });
    expect(existsSync(join(cast.place.ccmuxState, 'client.json'))).toBe(false);
    expect(cast.rejections()).toEqual([]);
  },
);

it('tells the client nothing where the user wants it so', async () => {
  const cast = await makeCast({ anthropicItself: true, order: ['claude'], claude: [answer('Hello.')] });
  await runClaude(cast.place, 'ccmux', 'hello', { ccmuxOptions: ['--no-first-party'] });
  expect(cast.claude.asked()[0]!.headers).not.toHaveProperty('x-client-request-id');
});

it('tells the client inside a session what the outer one was told', async () => {
  const cast = await makeCast({ anthropicItself: true, order: ['claude'] });
  const inner = `node ${process.cwd()}/bin/ccmux.js claude -p inner`;
  cast.claude.script = ({ facts }) => {
    if (facts.side || facts.userText.includes('inner')) return answer('From within.');
    return facts.stepInTurn === 0 ? callTool('Bash', { command: inner }) : answer(facts.toolResults.join());
  };
  const run = await runClaude(cast.place, 'ccmux', 'outer');
  expect(run.result().result).toContain('From within.');
  const asked = cast.claude.asked().map(({ headers }) => headers);
  expect(new Set(asked.map((headers) => headers['x-claude-code-session-id'])).size).toBe(2);
  for (const headers of asked) {
    expect(headers).toHaveProperty('x-client-request-id');
    expect(headers['x-claude-code-request-class']).toBe('main');
  }
});

/** A client of another version, which asks one question, says what it was told, and does as it pleases. */
function otherClient(place: Place, version: string, headers: Record<string, string> = {}): Place {
  const folder = join(place.home, 'other-bin');
  mkdirSync(folder, { recursive: true });
  const told = [
    '_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL',
    'ENABLE_TOOL_SEARCH',
    'CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING',
  ];
  const program = `#!${join(process.cwd(), 'node_modules', '.bin', 'node')}
    const told = ${JSON.stringify(told)}.filter((name) => process.env[name]);
    fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages?beta=true', {
      method: 'POST',
      headers: {
        'user-agent': 'claude-cli/${version} (external, cli)',
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'x-api-key': process.env.ANTHROPIC_API_KEY,
        'x-claude-code-session-id': 'a-session',
        ...${JSON.stringify(headers)},
      },
      body: JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }),
    }).then((response) => response.text()).then(() => console.log(told.join(' ')));`;
  writeFileSync(join(folder, 'claude'), program, { mode: 0o755 });
  return { ...place, env: { ...place.env, PATH: `${folder}:${place.env['PATH']}` } };
}

it('says once that a client does not listen, uses documented switches, and tells the next version again', async () => {
  const cast = await makeCast({ anthropicItself: true, order: ['claude'], claude: () => answer('Hello.') });
  const run = (client: Place) => start(client, claudeCommand('ccmux', ['-p', 'hi'])).finished;
  const deaf = otherClient(cast.place, '2.0.77');
  const first = await run(deaf);
  expect(first.stdout.trim()).toBe('_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL');
  expect(first.stderr).toMatch(/^ccmux: Claude Code 2\.0\.77 takes ccmux for a foreign gateway .*\n$/);

  const second = await run(deaf);
  expect(second.stdout.trim()).toBe('ENABLE_TOOL_SEARCH CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING');
  expect(second.stderr).toBe('');
  const record = join(cast.place.ccmuxState, 'client.json');
  expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ ignoresFirstParty: '2.0.77' });

  await run(otherClient(cast.place, '2.1.330', { 'x-client-request-id': 'c0ffee' }));
  expect(JSON.parse(readFileSync(record, 'utf8'))).not.toHaveProperty('ignoresFirstParty');
  const fourth = await run(deaf);
  expect(fourth.stdout.trim()).toBe('_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL');
});
