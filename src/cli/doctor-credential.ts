import { printable } from '../config/printable.ts';
import { variable, type Found } from '../launch/merge.ts';
import { askClaude } from './ask-claude.ts';
import type { Check } from './doctor-check.ts';

/** What `claude auth status` prints, as far as it is used (2.1.330). Who is logged in is none of ccmux's business. */
type Status = { loggedIn?: boolean; authMethod?: string; apiProvider?: string; apiKeySource?: string };

/**
 * Which credential Claude Code will use. It is asked itself: ccmux never reads a login, and the client's own order of
 * precedence is the one that counts.
 * @param program the client.
 */
export async function checkCredential(program: string, found: Found, cwd: string): Promise<Check> {
  const { stdout } = await askClaude(program, ['auth', 'status'], { env: found.env, cwd });
  return credentialOf(readStatus(stdout), found);
}

function readStatus(text: string): Status | undefined {
  try {
    return Object(JSON.parse(text)) as Status;
  } catch {
    return undefined;
  }
}

function credentialOf(status: Status | undefined, found: Found): Check {
  const about = 'providers' as const;
  if (status?.loggedIn === false) {
    return {
      about,
      level: 'warn',
      text: 'claude: not logged in, and no key is set',
      way: 'Log in with: claude auth login',
    };
  }
  const method = status?.authMethod;
  if (status?.loggedIn !== true || method === undefined) {
    const text = 'claude: which credential it will use is not known';
    return { about, level: 'note', text, way: 'It says so in a session, as the answer to: /status' };
  }
  const token = variable(found, 'ANTHROPIC_AUTH_TOKEN') ? 'ANTHROPIC_AUTH_TOKEN' : 'CLAUDE_CODE_OAUTH_TOKEN';
  const credentials: Record<string, string> = {
    api_key: `the key in ${status.apiKeySource ?? 'its settings'}`,
    api_key_helper: "the key that your settings' apiKeyHelper prints",
    oauth_token: `the token in ${token}`,
    third_party: `the credentials of ${status.apiProvider ?? 'another platform'}`,
    'claude.ai': 'your claude.ai login',
  };
  const which = Object.hasOwn(credentials, method) ? credentials[method]! : method;
  return { about, level: 'ok', text: printable(`claude: will use ${which}, as it says itself`) };
}
