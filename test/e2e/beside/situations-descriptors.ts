import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAnthropic } from '../../../src/demo/anthropic.ts';
import { answer } from '../../../src/demo/script.ts';
import { claudeCommand, makePlace, OAUTH_TOKEN, start } from '../../helpers/claude.ts';
import { closing } from '../../helpers/closing.ts';
import { firstDay, seen, type Situation } from './situation.ts';

/** What the user's shell has opened for the client beside stdin, stdout and stderr. */

/**
 * @param line what the user types, in the home folder; `claude` stands for the client.
 * @param more `files`: of the home folder; `plain`: what is typed for plain `claude`, which will not take
 * the line itself.
 */
function typed(
  shell: 'bash' | 'zsh',
  line: string,
  more: { env?: Record<string, string>; files?: Record<string, string>; tokenInFile?: boolean; plain?: string } = {},
): Situation {
  return {
    name: `${shell}: ${line}`,
    async stage() {
      const gateway = closing(await startAnthropic({ script: () => answer('Here I am.') }));
      const place = makePlace({ baseUrl: gateway.url, ...(more.tokenInFile && { login: 'subscription' }) });
      if (more.tokenInFile) delete place.env['CLAUDE_CODE_OAUTH_TOKEN'];
      Object.assign(place.env, more.env);
      for (const [name, text] of Object.entries(more.files ?? {})) writeFileSync(join(place.home, name), text);
      const restore = firstDay(place);
      return async (through) => {
        restore();
        const client = claudeCommand(through, [])
          .map((word) => `'${word}'`)
          .join(' ');
        const typedLine = through === 'plain' ? (more.plain ?? line) : line;
        // -f: none of zsh's own files; with -c bash reads none.
        const command = [shell, ...(shell === 'zsh' ? ['-f'] : []), '-c', typedLine.replace('claude', () => client)];
        const run = await start(place, command).finished;
        // A line that the client itself will not take proves nothing.
        if (run.code !== 0 && through === 'plain') throw new Error(run.stderr);
        return seen(run, gateway.requests.splice(0));
      };
    },
  };
}

const MCP = `{"mcpServers":{}}`;
const BLUE = `{"env":{"ANTHROPIC_CUSTOM_HEADERS":"x-team: blue"}}`;

/** Claude Code 2.1.330 takes its settings from regular files only; ccmux, which merges them, reads a pipe as well. */
const FROM_FILE = { plain: 'claude -p hello --settings ~/blue.json', files: { 'blue.json': BLUE } };

export const DESCRIPTORS: Situation[] = [
  typed('zsh', `claude -p hello --mcp-config <(echo '${MCP}')`),
  typed('bash', `claude -p hello --mcp-config <(echo '${MCP}')`),
  typed('bash', 'claude -p hello --settings /dev/fd/4 4<~/blue.json', { files: { 'blue.json': BLUE } }),
  typed('bash', 'claude -p hello --mcp-config /dev/fd/3 3<~/mcp.json', { files: { 'mcp.json': MCP } }),
  typed('zsh', `claude -p hello --settings <(echo '${BLUE}')`, FROM_FILE),
  typed('bash', `claude -p hello --settings <(echo '${BLUE}')`, FROM_FILE),
  typed('bash', `CLIENT="claude" make -sj2 -f ~/Makefile`, {
    files: { Makefile: 'ask:\n\t+@$(CLIENT) -p hello --mcp-config /dev/fd/9 9<~/mcp.json\n', 'mcp.json': MCP },
  }),
  typed('bash', 'claude -p hello 3<~/token', {
    tokenInFile: true,
    files: { token: OAUTH_TOKEN },
    env: { CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR: '3' },
  }),
];
