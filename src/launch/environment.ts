const DEFAULTS: Readonly<Record<string, string>> = {
  // "Resume this session with: …" would name our settings file, which is gone by then (seen in 2.1.330).
  CLAUDE_CODE_RESUME_HINT_COMMAND: 'claude',
};

/** Hosts that must not go through the user's proxy: with HTTP_PROXY set, even 127.0.0.1 would. */
const OURS = ['127.0.0.1', 'localhost'];

/**
 * The environment that `claude` starts with. Its credentials are its own: none is ever added, because ANTHROPIC_API_KEY
 * or ANTHROPIC_AUTH_TOKEN would replace the user's login.
 *
 * @param url the session's address, token included: `http://127.0.0.1:<port>/<token>`.
 * @param variables tell the client who answers (see `claude/first-party.ts`); the user's own values stay.
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  url: string,
  variables: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const users = Object.fromEntries(Object.entries(env).filter(([name, value]) => value || !(name in variables)));
  return { ...DEFAULTS, ...variables, ...users, ...sessionVariables(env, url) };
}

/**
 * The variables that this session depends on. They go into the environment and into the session's settings too:
 * an `env` in one of the user's settings files beats the environment.
 */
export function sessionVariables(env: NodeJS.ProcessEnv, url: string): Record<string, string> {
  const withoutProxy = withOurHosts([env['NO_PROXY'], env['no_proxy']]);
  return {
    ANTHROPIC_BASE_URL: url,
    NO_PROXY: withoutProxy,
    no_proxy: withoutProxy,
    CCMUX_SESSION: controlAddress(url),
  };
}

/** Base of the session's control routes: what `ccmux status`, `ccmux use`, the hooks and the footer talk to. */
export function controlAddress(url: string): string {
  return `${url}/ccmux`;
}

/** The address of the ccmux session that this process runs in, undefined outside of any. */
export function outerAddress(env: NodeJS.ProcessEnv): string | undefined {
  return env['CCMUX_SESSION']?.replace(/\/ccmux$/, '');
}

function withOurHosts(lists: readonly (string | undefined)[]): string {
  const hosts = lists.flatMap((list) => (list ?? '').split(/[\s,]+/).filter((host) => host !== ''));
  // Every host: only alone does the star mean that to every program.
  return hosts.includes('*') ? '*' : [...new Set([...hosts, ...OURS])].join(',');
}
