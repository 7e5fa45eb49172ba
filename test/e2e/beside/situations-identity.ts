import { join } from 'node:path';
import { startAnthropic } from '../../../src/demo/anthropic.ts';
import { claudeLimit } from '../../../src/demo/limits.ts';
import { overloaded, promptTooLong, unauthorized } from '../../simulators/failures.ts';
import { answer, callTool, type ErrorStep, type Script } from '../../../src/demo/script.ts';
import { startAnthropicItself } from '../../helpers/anthropic-itself.ts';
import type { Simulator } from '../../../src/demo/server.ts';
import { claudeCommand, makePlace, type Place } from '../../helpers/claude.ts';
import { inAnHour, makeCast } from '../../helpers/cast.ts';
import { closing } from '../../helpers/closing.ts';
import { openTerminal } from '../../helpers/terminal.ts';
import { afresh, firstDay, seen, type Seen, type Situation, type Through } from './situation.ts';

/** What reaches Anthropic, or the user's own gateway, is what plain `claude` sends. */

const READ = ['-p', 'read the readme', '--allowedTools', 'Read'];

/** The client asks for this one only where its address really is Anthropic's (2.1.330); nobody else is to say it. */
const CLEAR_AT = ',mid-conversation-system-clear-at-2026-08-21';
const ONE_BETA_LESS = {
  why: 'one beta less',
  asCcmux: (plain: string[]) => plain.map((request) => request.replace(CLEAR_AT, '')),
};

const LOOPS: Situation[] = (['key', 'subscription'] as const).flatMap((login) => [
  {
    name: `${login}, Anthropic's own address: a tool loop`,
    differs: { upstream: ONE_BETA_LESS },
    async stage() {
      const { claude, env } = await startAnthropicItself();
      return inPrint(claude, makePlace({ login, env }), readingTheReadme);
    },
  },
  {
    name: `${login}, a gateway of the user's own: a tool loop`,
    async stage() {
      const gateway = closing(await startAnthropic());
      return inPrint(gateway, makePlace({ login, baseUrl: gateway.url }), readingTheReadme);
    },
  },
]);

export const IDENTITY: Situation[] = [
  ...LOOPS,
  {
    name: 'a gateway with a name, over https',
    async stage() {
      const { claude, env } = await startAnthropicItself({ host: 'gateway.example' });
      return inPrint(claude, makePlace({ baseUrl: 'https://gateway.example', env }), readingTheReadme);
    },
  },
  {
    name: 'a gateway, and hints that the user wants',
    async stage() {
      const gateway = closing(await startAnthropic());
      const env = { CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1', ENABLE_TOOL_SEARCH: 'false' };
      return inPrint(gateway, makePlace({ baseUrl: gateway.url, env }), readingTheReadme);
    },
  },
  {
    name: 'a gateway: a subagent',
    async stage() {
      const gateway = closing(await startAnthropic());
      return inPrint(gateway, makePlace({ baseUrl: gateway.url }), delegating);
    },
  },
  {
    name: "Anthropic's own address: a subagent",
    differs: { upstream: ONE_BETA_LESS },
    async stage() {
      const { claude, env } = await startAnthropicItself();
      return inPrint(claude, makePlace({ env, login: 'subscription' }), delegating);
    },
  },
  {
    name: "Anthropic's own address, in the terminal",
    differs: {
      upstream: {
        why: 'one beta less · the folder of --settings · Artifact without edits',
        asCcmux: (plain) =>
          ONE_BETA_LESS.asCcmux(plain).map((request) =>
            request.replace('"flagSettings":"<project>"', '"flagSettings":"<ccmux>"'),
          ),
      },
    },
    async stage() {
      const { claude, env } = await startAnthropicItself();
      const place = makePlace({ env });
      claude.script = readingTheReadme(place);
      const restore = firstDay(place);
      return async (through) => {
        restore();
        const terminal = await openTerminal(place, claudeCommand(through, []));
        await terminal.until('❯');
        await terminal.type('read the readme');
        await terminal.press('Enter');
        await terminal.until('Read it.');
        await terminal.type('/exit');
        await terminal.press('Enter');
        const { upstream, ...rest } = seen({ code: await terminal.exited(), stdout: '' }, claude.requests.splice(0));
        return { ...rest, upstream: upstream.map((request) => withoutMoment(request, place)).toSorted() };
      };
    },
  },
  {
    name: 'a fallback is ready, and Claude answers',
    async stage() {
      const { claude, place } = await makeCast();
      return inPrint(claude, place, readingTheReadme);
    },
  },
  {
    name: 'a fallback is ready, and Claude is limited',
    differs: {
      code: { why: 'failover', asCcmux: () => 0 },
      stdout: { why: 'by Gemini', asCcmux: () => 'By Gemini.\n' },
    },
    async stage() {
      const { claude, place } = await makeCast({ login: 'subscription', gemini: () => answer('By Gemini.') });
      return inPrint(
        claude,
        place,
        () =>
          ({ facts }) =>
            facts.side ? answer('ok') : claudeLimit(inAnHour()),
      );
    },
  },
  ...([promptTooLong, unauthorized, () => overloaded()] as (() => ErrorStep)[]).map((failure): Situation => {
    const { status } = failure();
    return {
      name: `Claude answers ${status}, and nobody else is there`,
      async stage() {
        const gateway = closing(await startAnthropic());
        const place = makePlace({ baseUrl: gateway.url, env: { CLAUDE_CODE_MAX_RETRIES: '1' } });
        return inPrint(gateway, place, () => () => failure());
      },
    };
  }),
];

/** Auto mode tells how far the client has got with looking at the repository, which is a matter of milliseconds. */
function withoutMoment(request: string, place: Place): string {
  const [head = '', ...rest] = request.split('\n\n');
  const body = rest.join('\n\n');
  if (!body.startsWith('{')) return request;
  const moment = new Set(['git_state', 'prior_turn_context']);
  // In the terminal ccmux has a hook before each tool, for auto mode. The client then offers its tool Artifact without
  // `edits`, which no hook would see, and words its advice accordingly (2.1.330): README names the difference.
  const json = JSON.stringify(JSON.parse(body), (name, value) => {
    if (moment.has(name)) return undefined;
    if (name === 'tools' && Array.isArray(value)) return value.filter((tool) => tool.name !== 'Artifact');
    if (name !== 'text' || typeof value !== 'string') return value;
    return value
      .split('\n\n')
      .filter((paragraph) => !/artifact/i.test(paragraph))
      .join('\n\n');
  });
  return [head.replace(/\nContent-Length: \d+/, ''), json]
    .join('\n\n')
    .replaceAll(join(place.ccmuxState, 'run'), '<ccmux>')
    .replaceAll(place.project, '<project>');
}

/** `claude -p`, with a script that knows the place. */
function inPrint(
  upstream: Simulator,
  place: Place,
  script: (place: Place) => Script,
): (through: Through) => Promise<Seen> {
  upstream.script = script(place);
  const run = afresh(place);
  return async (through) => seen(await run(through, READ), upstream.requests.splice(0));
}

function readingTheReadme(place: Place): Script {
  return ({ facts }) => {
    if (facts.side) return answer('ok');
    if (facts.stepInTurn > 0) return answer('Read it.');
    return callTool('Read', { file_path: `${place.project}/README.md` }, { thinking: 'Grüße 🎉' });
  };
}

function delegating(): Script {
  const work = { description: 'Look', prompt: 'Find the bug.', subagent_type: 'Explore', run_in_background: false };
  return ({ facts }) => {
    if (facts.side) return answer('ok');
    if (facts.stepInTurn > 0 || !facts.toolNames.includes('Agent')) return answer('Found it.');
    return callTool('Agent', work);
  };
}
