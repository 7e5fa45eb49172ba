import { startAnthropic } from '../../../src/demo/anthropic.ts';
import { answer, callTool, type Script } from '../../../src/demo/script.ts';
import { startAnthropicItself } from '../../helpers/anthropic-itself.ts';
import { makePlace, type Place } from '../../helpers/claude.ts';
import { closing } from '../../helpers/closing.ts';
import { afresh, seen, type Situation } from './situation.ts';

/** What reaches Anthropic, or the user's own gateway, is what plain `claude` sends. */

const READ = ['-p', 'read the readme', '--allowedTools', 'Read'];

/** The client asks for this one only where its address really is Anthropic's (2.1.330); nobody else is to say it. */
const CLEAR_AT = ',mid-conversation-system-clear-at-2026-08-21';
const ONE_BETA_LESS = {
  why: 'one beta less',
  asCcmux: (plain: string[]) => plain.map((request) => request.replace(CLEAR_AT, '')),
};

export const IDENTITY: Situation[] = (['key', 'subscription'] as const).flatMap((login) => [
  {
    name: `${login}, Anthropic's own address: a tool loop`,
    differs: { upstream: ONE_BETA_LESS },
    async stage() {
      const itself = await startAnthropicItself();
      const place = makePlace({ login, env: itself.env });
      itself.claude.script = readingTheReadme(place);
      const run = afresh(place);
      return async (through) => seen(await run(through, READ), itself.claude.requests.splice(0));
    },
  },
  {
    name: `${login}, a gateway of the user's own: a tool loop`,
    async stage() {
      const gateway = closing(await startAnthropic());
      const place = makePlace({ login, baseUrl: gateway.url });
      gateway.script = readingTheReadme(place);
      const run = afresh(place);
      return async (through) => seen(await run(through, READ), gateway.requests.splice(0));
    },
  },
]);

const readingTheReadme =
  (place: Place): Script =>
  ({ facts }) =>
    facts.side
      ? answer('ok')
      : facts.stepInTurn === 0
        ? callTool('Read', { file_path: `${place.project}/README.md` }, { thinking: 'Grüße 🎉' })
        : answer('Read it.');
