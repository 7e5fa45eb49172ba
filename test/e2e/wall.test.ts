import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { subscriptionHeaders } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer, callTool, type Script, type SimulatedRequest, type Step } from '../../src/demo/script.ts';
import { inAnHour, makeCast, type Cast } from '../helpers/cast.ts';
import { claudeCommand, runCcmux, runClaude } from '../helpers/claude.ts';
import type { Summary } from '../../src/state/summary.ts';
import { openTerminal, type Terminal } from '../helpers/terminal.ts';

/** Before the limit, with the real client: what is told, what moves, what is asked and what is held. */

const RESET = inAnHour();
const told = (used: number) => ({
  headers: subscriptionHeaders({ fiveHour: used, sevenDay: 0.2, fiveHourReset: RESET }),
});
/** A gateway, as Claude is here, gets no header that says more. */
const isSubagent = ({ headers }: SimulatedRequest) => headers['x-claude-code-agent-id'] !== undefined;

async function open(cast: Cast, args: string[] = []): Promise<Terminal> {
  const terminal = await openTerminal(cast.place, claudeCommand('ccmux', args), { columns: 120, rows: 40 });
  await terminal.until('❯');
  return terminal;
}

async function say(terminal: Terminal, text: string): Promise<void> {
  await terminal.type(text);
  // Before it is drawn, the client may take the Enter for a part of something pasted.
  await terminal.until(text.slice(0, 20));
  await terminal.press('Enter');
}

const main =
  (step: (request: SimulatedRequest) => Step): Script =>
  (request) =>
    request.facts.side ? answer('ok') : step(request);

/** The main thread sends a subagent for each prompt; both say who they are. */
const delegating = (name: string, used: () => number): Script =>
  main((request) => {
    if (isSubagent(request)) return answer(`Found by ${name}.`, told(used()));
    if (request.facts.stepInTurn > 0) return answer(`${name} is done with ${request.facts.userText}.`, told(used()));
    const kind = request.facts.userText.includes('plan') ? 'general-purpose' : 'Explore';
    const work = { subagent_type: kind, description: 'Look around', prompt: 'Find it', run_in_background: false };
    return { ...callTool('Agent', work), ...told(used()) };
  });

/** Who has answered subagents: Claude, Gemini, or the host of the user's own. */
const subagentsOf = ({ claude, gemini, chat }: Cast) => [
  claude.requests.filter(isSubagent).length,
  gemini.asked().length,
  chat.asked().length,
];
const send = (cast: Cast, prompt: string) => runClaude(cast.place, 'ccmux', prompt, { allow: 'Agent' });
const reportOf = async (cast: Cast) => (await runCcmux(cast.place, ['report'])).stdout.replaceAll(/\s+/g, ' ');

it('at 75 % a notice comes under the answer, the footer shows it, and the next provider is tested', async () => {
  const cast = await makeCast({ claude: main(() => answer('Hello.', told(0.78))) });
  const terminal = await open(cast);
  await say(terminal, 'hello');
  await terminal.until(/Stop says: ccmux: Claude's 5-hour limit: 78 % used · resets /);
  await terminal.until(/ccmux ▸ Claude · 5-hour limit 78 % used/);
  // The net is tested meanwhile; what came of it is said at the latest under the next answer.
  await expect.poll(() => cast.gemini.requests.map(({ method }) => method)).toContain('GET');
  await say(terminal, 'again');
  await terminal.until('ccmux: Gemini ready ✓ · it answers when Claude cannot');
  expect(cast.rejections()).toEqual([]);
});

it('from 90 % on a subagent moves, and below 80 % it returns', async () => {
  let used = 0.93;
  const cast = await makeCast({
    settings: 'overflow: { at: 90%, until: 80%, move: [subagents] }',
    claude: delegating('Claude', () => used),
    gemini: main(() => answer('Found by Gemini.')),
  });
  // What the limit is like is learnt by this session, and known to the next.
  await send(cast, 'one');
  expect(subagentsOf(cast)).toEqual([1, 0, 0]);
  used = 0.7;
  const run = await send(cast, 'two');
  expect(subagentsOf(cast)).toEqual([1, 1, 0]);
  expect(run.stderr).toContain(
    'ccmux: some requests go to Gemini to spare Claude: 5-hour limit 93 % used · undo: ccmux use claude',
  );
  await send(cast, 'three');
  expect(subagentsOf(cast)).toEqual([2, 1, 0]);
  expect(cast.rejections()).toEqual([]);
});

it('routes by class and by type of agent, and the report says why', async () => {
  const cast = await makeCast({
    // `chat` is not in it: only its route asks it.
    order: ['claude', 'gemini'],
    settings:
      'routes: [{ when: { agent: Explore }, order: [gemini, claude] }, { when: { class: subagent }, order: [chat, claude] }]',
    claude: delegating('Claude', () => 0.1),
    gemini: () => answer('Found by Gemini.'),
    chat: () => answer('Found by Chat.'),
  });
  await send(cast, 'look');
  expect(subagentsOf(cast)).toEqual([0, 1, 0]);
  expect(await reportOf(cast)).toContain('1 request to Gemini · your route: agent Explore');
  await send(cast, 'plan');
  expect(subagentsOf(cast)).toEqual([0, 1, 1]);
  expect(await reportOf(cast)).toContain('1 request to chat · your route: class subagent');
  expect(cast.rejections()).toEqual([]);
});

it('routes a prompt like an example, through its tool loop, and says how like it is', async () => {
  const cast = await makeCast({
    settings: 'routes: [{ when: { like: [summarise this log, what went wrong here] }, order: [gemini, claude] }]',
    claude: main(() => answer('Claude was here.')),
    gemini: main(({ facts }) =>
      facts.stepInTurn === 0
        ? callTool('Bash', { command: 'echo nothing', description: 'Read the log' })
        : answer('Gemini sums it up.'),
    ),
  });
  const prompt = 'Could you summarise the log below?\n\n2026-03-02T08:11:09Z WARN heartbeat late by 5012 ms';
  const run = await runClaude(cast.place, 'ccmux', prompt, { allow: 'Bash' });
  expect(run.result().result).toBe('Gemini sums it up.');
  expect(cast.gemini.asked()).toHaveLength(2);
  expect(await reportOf(cast)).toMatch(
    /2 requests to Gemini · your route: like "summarise this log" and 1 more \(0\.\d\d\)/,
  );
  const other = await runClaude(cast.place, 'ccmux', 'write a parser for the log', { allow: 'Bash' });
  expect(other.result().result).toBe('Claude was here.');
  expect(cast.rejections()).toEqual([]);
});

const limited = main(() => claudeLimit(RESET));

it('asks in the TUI before another provider answers; the same prompt again is the consent', async () => {
  const cast = await makeCast({
    settings: 'handoff: [{ when: { prompt: incident }, then: ask }]',
    claude: limited,
    gemini: main(({ facts }) => answer(`Gemini answers ${facts.userText}.`)),
  });
  const terminal = await open(cast);
  await say(terminal, 'hello');
  await terminal.until('Gemini answers hello.');
  await say(terminal, 'the incident');
  await terminal.until('Your rule asks first: prompt incident.');
  expect(cast.gemini.asked().filter(({ facts }) => facts.userText.includes('incident'))).toEqual([]);
  // The prompt is in the input line again: a moment later than the line above.
  await terminal.until(/Your rule asks first[^]*❯[\s\u00a0]*the incident/);
  await terminal.press('Enter');
  await terminal.until('Gemini answers the incident.');
  expect(cast.rejections()).toEqual([]);
});

it('holds what a rule keeps for Claude: the client shows the limit, and a line names the rule', async () => {
  const cast = await makeCast({
    settings:
      'handoff: [{ when: { paths: ["payments/**", "src/**"] }, then: hold }, { when: { prompt: incident }, then: ask }]',
    env: { CLAUDE_CODE_MAX_RETRIES: '0' },
    claude: main(({ facts }) =>
      facts.userText.includes('payments') && facts.stepInTurn === 0
        ? callTool('Bash', { command: 'cat payments/refund.ts', description: 'Read it' })
        : claudeLimit(RESET),
    ),
    gemini: main(() => answer('Gemini answered.')),
  });
  const held = await runClaude(cast.place, 'ccmux', 'look at payments', { args: ['--allowedTools', 'Bash'] });
  expect(held.result().is_error).toBe(true);
  expect(held.stderr).toContain('ccmux: held for Claude by your rule: paths payments/**');
  // The client reads this file itself.
  const brought = await runClaude(cast.place, 'ccmux', 'look at @src/add.js');
  expect(brought.result().is_error).toBe(true);
  const asked = await runClaude(cast.place, 'ccmux', 'the incident');
  expect(asked.result().is_error).toBe(true);
  expect(cast.gemini.asked()).toEqual([]);
});

it('asks with the next key where one is refused, and the report says which has answered', async () => {
  const cast = await makeCast({
    order: ['claude', 'relay'],
    relayKey: '[sk-ant-refused-0123456789, "${RELAY_KEY}"]',
    claude: limited,
    relay: main(() => answer('The relay answers.')),
  });
  const run = await runClaude(cast.place, 'ccmux', 'hello');
  expect(run.result().result).toBe('The relay answers.');
  expect(run.stderr).toMatch(/ccmux: relay's key 1 of 2: 401 \(.*\), next try .* · its other keys are asked/);
  const { responses } = JSON.parse((await runCcmux(cast.place, ['report', '--json'])).stdout) as Summary;
  expect(responses.find(({ thread }) => thread === 'main')).toMatchObject({ provider: 'relay', key: 2 });
  expect(await reportOf(cast)).toContain('relay (key 1): 401');
  expect(run.stderr + (await reportOf(cast))).not.toContain('sk-ant-refused');
});

it('sends Claude the same bytes with rules and without', async () => {
  const sent = async (settings: string) => {
    const cast = await makeCast({ settings, claude: main(() => answer('Hello.')) });
    await runClaude(cast.place, 'ccmux', 'hello');
    return cast.claude.requests
      .filter(({ method, facts }) => method === 'POST' && !facts.side)
      .map(({ json }) =>
        createHash('sha256')
          .update(JSON.stringify([json.model, json.tools, json.max_tokens, json.thinking]))
          .digest('hex'),
      );
  };
  const rules =
    'overflow: { at: 10%, move: [subagents] }\nhandoff: [{ when: {}, then: hold }]\nroutes: [{ when: { agent: Explore }, order: [gemini] }]';
  expect(await sent(rules)).toEqual(await sent(''));
});
