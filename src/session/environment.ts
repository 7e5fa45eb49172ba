/**
 * What Claude Code switches off, or leaves off, when its address is not Anthropic's own. ccmux relays every byte,
 * so nothing need be lost; what the user has set stays. (Claude Code's env-vars page; values read by 2.1.330.)
 */
const AS_WITHOUT_CCMUX: Readonly<Record<string, string>> = {
  ENABLE_TOOL_SEARCH: 'true',
  CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING: '1',
  // Tells the proxy which requests are the conversation's own and which are side requests.
  CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
  // "Resume this session with: …" would name our settings file, which is gone by then (seen in 2.1.330).
  CLAUDE_CODE_RESUME_HINT_COMMAND: 'claude',
};

/** Hosts that a proxy of the user's must not be asked for: with HTTP_PROXY set, even 127.0.0.1 goes through it. */
const OURS = ['127.0.0.1', 'localhost'];

/**
 * The environment that `claude` starts with. Its credentials are its own: none is ever added, because
 * ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN would replace the user's login.
 *
 * @param url the session's address, token included: `http://127.0.0.1:<port>/<token>`.
 */
export function childEnvironment(env: NodeJS.ProcessEnv, url: string): NodeJS.ProcessEnv {
  return { ...AS_WITHOUT_CCMUX, ...env, ...sessionVariables(env, url) };
}

/**
 * The variables that this session depends on. They go into the environment and into the session's settings too:
 * an `env` in one of the user's settings files beats the environment.
 */
export function sessionVariables(env: NodeJS.ProcessEnv, url: string): Record<string, string> {
  const withoutProxy = withOurHosts(env['NO_PROXY'] ?? env['no_proxy']);
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

function withOurHosts(list: string | undefined): string {
  const hosts = (list ?? '').split(/[\s,]+/).filter((host) => host !== '');
  return [...hosts, ...OURS.filter((host) => !hosts.includes(host))].join(',');
}
