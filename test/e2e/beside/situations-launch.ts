import { startAnthropic } from '../../../src/demo/anthropic.ts';
import { answer } from '../../../src/demo/script.ts';
import { makePlace } from '../../helpers/claude.ts';
import { closing } from '../../helpers/closing.ts';
import { afresh, seen, type Situation } from './situation.ts';

/** How the client is called: arguments, addresses as they were typed. */

function asked(name: string, args: string[], address: (url: string) => string = (url) => url): Situation {
  return {
    name,
    async stage() {
      const gateway = closing(await startAnthropic({ script: () => answer('Here I am.') }));
      const place = makePlace({ baseUrl: address(gateway.url) });
      const run = afresh(place);
      return async (through) => seen(await run(through, args), gateway.requests.splice(0));
    },
  };
}

export const LAUNCH: Situation[] = [
  asked('a prompt that is a subcommand’s name: -p doctor', ['-p', 'doctor']),
  asked('the same behind --print and other options', ['--print', '--output-format', 'json', 'mcp']),
  asked('an address with a blank behind it', ['-p', 'hello'], (url) => `${url} `),
  asked('an address with a slash behind it', ['-p', 'hello'], (url) => `${url}/`),
  {
    ...asked('an address without a scheme', ['-p', 'hello'], (url) => url.replace('http://', '')),
    differs: {
      code: { why: 'names the variable', asCcmux: () => 2 },
      stdout: { why: 'on stderr', asCcmux: () => '' },
    },
  },
];
