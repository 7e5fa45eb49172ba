import { ACTING_TOOLS } from '../claude/approval.ts';
import { controlAddress, outerAddress, sessionVariables } from './environment.ts';
import { LAUNCHED } from './launch.ts';
import { isRecord } from '../ground/check.ts';
import type { Settings, SettingsFiles } from './sources.ts';

/** The user's own settings, before ccmux adds anything. */
export type Found = {
  files: SettingsFiles;
  /** The user's own `--settings`. */
  own?: Settings;
  env: NodeJS.ProcessEnv;
  /** False: `env` of the project's and local files does not count yet (see `isTrusted`). */
  trusted: boolean;
};

type StatusLine = { command: string; padding?: number };

const ANTHROPIC = 'https://api.anthropic.com';

/** A variable as Claude Code sees it: settings beat the environment, and the first source that sets it wins. */
export function variable(found: Found, name: string): string | undefined {
  return setting(found, name)?.value ?? found.env[name];
}

/** True if one of the settings files sets a variable: there it beats the environment. */
export function isInSettings(found: Found, name: string): boolean {
  return setting(found, name) !== undefined;
}

/** Where a variable is set, in words for the user. */
export function placeOf(found: Found, name: string): string {
  return setting(found, name)?.place ?? 'your environment';
}

/** A variable that a settings file sets. */
function setting(found: Found, name: string): { value: string; place: string } | undefined {
  const { managed, local, project, user } = found.files;
  const places: [place: string, files: Settings[]][] = [
    ['the managed settings of this machine', managed],
    ['your --settings', found.own === undefined ? [] : [found.own]],
    ['.claude/settings.local.json', found.trusted ? local : []],
    ['.claude/settings.json of this folder', found.trusted ? project : []],
    ["Claude Code's own settings.json", user],
  ];
  for (const [place, files] of places) {
    for (const { env } of files) {
      const value = isRecord(env) ? env[name] : undefined;
      if (typeof value === 'string' && value !== '') return { value, place };
    }
  }
  return undefined;
}

/**
 * Where `claude` would have sent its requests without ccmux. Inside another ccmux session requests go to that session,
 * which already read the settings files; only managed settings and the user's own `--settings` come first.
 */
export function upstreamOf(found: Found): string {
  const outer = outerAddress(found.env);
  if (outer && found.env['ANTHROPIC_BASE_URL'] === outer) {
    const { managed } = found.files;
    const above = { ...found, files: { managed, local: [], project: [], user: [] } };
    return addressIn(above) || outer;
  }
  return addressIn(found) || ANTHROPIC;
}

/** Claude Code trims the blanks around an address (observed with 2.1.330). */
function addressIn(found: Found): string | undefined {
  return variable(found, 'ANTHROPIC_BASE_URL')?.trim();
}

/** @returns a line for the user about an invalid address; undefined for a valid one. */
export function addressMistake(found: Found): string | undefined {
  const address = upstreamOf(found);
  const { protocol } = URL.parse(address) ?? {};
  if (protocol === 'http:' || protocol === 'https:') return undefined;
  const place = placeOf(found, 'ANTHROPIC_BASE_URL');
  return `ANTHROPIC_BASE_URL in ${place} is ${JSON.stringify(address)}, which is no address: it must begin with https:// or http://`;
}

/**
 * Claude Code's switches to another platform's API: its requests then never come to ANTHROPIC_BASE_URL (2.1.330).
 * CLAUDE_CODE_USE_GATEWAY is not among them, since its requests do.
 */
const PLATFORMS = [
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_USE_MANTLE',
  'CLAUDE_CODE_USE_ANTHROPIC_AWS',
  'CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD',
];

/** @returns the variable by which Claude Code sends its requests past any address that ccmux could give it. */
export function pastAnyAddress(found: Found): string | undefined {
  if (variable(found, 'ANTHROPIC_UNIX_SOCKET')) return 'ANTHROPIC_UNIX_SOCKET';
  // They name a host to the gateway, and to ccmux's own server, which takes in nobody who asks for another.
  const headers = variable(found, 'ANTHROPIC_CUSTOM_HEADERS') ?? '';
  if (/^\s*(?:host|origin)\s*:/im.test(headers)) return 'ANTHROPIC_CUSTOM_HEADERS';
  return PLATFORMS.find((name) => isOn(variable(found, name)));
}

/** A variable that is a switch, read as Claude Code reads it. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|true|yes|on)$/i.test(value.trim());
}

/** True if Claude Code will run ccmux's hooks: the user and the administrator can each forbid them. */
export function hooksAllowed(found: Found): boolean {
  const { managed } = found.files;
  if (managed.some((settings) => settings['allowManagedHooksOnly'] === true)) return false;
  if (managed.some((settings) => Array.isArray(settings['allowedHttpHookUrls']))) return false;
  return first(found, 'disableAllHooks') !== true;
}

/** Claude Code's setting: an interactive session then asks for `thinking.display: summarized` (2.1.330). */
const SHOW_THINKING = 'showThinkingSummaries';

/** Whether Claude Code asks Claude for the words of its thinking, and not only for word of its progress. */
export function showsThinking(found: Found): boolean {
  return first(found, SHOW_THINKING) === true;
}

/** The user's own status line; undefined if there is none. */
export function statusLineOf(found: Found): StatusLine | undefined {
  const line = first(found, 'statusLine');
  if (!isRecord(line) || typeof line['command'] !== 'string' || line['command'].trim() === '') return undefined;
  return { ...line, command: line['command'] };
}

/**
 * The session's settings: the user's whole `--settings` with ccmux's address, hooks and footer. The settings files are
 * left out, because Claude Code merges them by itself.
 *
 * @param footer the shell command of our footer; undefined leaves the status line alone.
 * @returns undefined if the user's own settings have an invalid shape, about which Claude Code complains itself.
 */
export function mergeSettings(
  found: Found,
  ours: { url: string; hooks: boolean; footer?: string; showThinking?: boolean },
): Settings | undefined {
  const own = found.own ?? {};
  const ownEnv = own['env'] ?? {};
  const ownHooks = own['hooks'] ?? {};
  if (!isRecord(ownEnv) || !isRecord(ownHooks)) return undefined;

  const effective = { NO_PROXY: variable(found, 'NO_PROXY'), no_proxy: variable(found, 'no_proxy') };
  const userLine = statusLineOf(found);
  const settings: Settings = {
    // The word of the user's own `--settings` counts more.
    ...(ours.showThinking && { [SHOW_THINKING]: true }),
    ...own,
    env: {
      ...ownEnv,
      ...sessionVariables(effective, ours.url),
      // Programs in this session are started by Claude Code, not by a script that ccmux launched.
      [LAUNCHED]: '',
      // Empty, not absent: an outer ccmux session's value would be inherited.
      ...(ours.footer === undefined ? {} : { CCMUX_STATUS_LINE: userLine?.command ?? '' }),
    },
  };
  if (ours.hooks) {
    for (const event of Object.keys(HOOKS)) {
      if (ownHooks[event] !== undefined && !Array.isArray(ownHooks[event])) return undefined;
    }
    settings['hooks'] = withOurHooks(ownHooks, controlAddress(ours.url));
    // The user's list of addresses that hooks may call must also name ccmux's; lists merge.
    if (first(found, 'allowedHttpHookUrls') !== undefined) {
      const listed = Array.isArray(own['allowedHttpHookUrls']) ? own['allowedHttpHookUrls'] : [];
      settings['allowedHttpHookUrls'] = [...listed, `${controlAddress(ours.url)}/*`];
    }
  }
  if (ours.footer !== undefined) {
    // The user's own command runs no more often than without ccmux; alone, ccmux's refreshes its times.
    const line = userLine ?? { refreshInterval: REFRESH_S };
    settings['statusLine'] = { ...line, type: 'command', command: ours.footer };
  }
  return settings;
}

/**
 * The session's settings once it is in the background and ccmux has ended: the user's own `--settings`, and for each
 * variable of ccmux's its value without ccmux. Claude Code's background service keeps the session's environment; only
 * settings beat it, and an empty variable counts as unset. The address is always named, because a session with a custom
 * address does not restart without one (2.1.330).
 *
 * @param ours.variables the variables that told the client who answers.
 */
export function handedOver(
  found: Found,
  ours: { upstream: string; variables: Readonly<Record<string, string>> },
): Settings {
  const own = found.own ?? {};
  const names = Object.keys({ ...sessionVariables({}, ''), ...ours.variables, [LAUNCHED]: '', CCMUX_STATUS_LINE: '' });
  const without = Object.fromEntries(names.map((name) => [name, variable(found, name) ?? '']));
  return {
    ...own,
    env: {
      ...(isRecord(own['env']) ? own['env'] : {}),
      ...without,
      CCMUX_SESSION: '',
      [LAUNCHED]: '',
      ANTHROPIC_BASE_URL: ours.upstream,
    },
  };
}

/**
 * Seconds between two runs of the status line while nothing happens, so that a countdown moves and an outage shows
 * soon.
 */
const REFRESH_S = 5;

/** The hook events that ccmux answers, each with its control route and its tools. */
const HOOKS: Record<string, { route: string; matcher?: string }> = {
  Stop: { route: 'hooks/stop' },
  PreToolUse: { route: 'hooks/pre-tool-use', matcher: ACTING_TOOLS },
  PostToolUse: { route: 'hooks/post-tool-use' },
  UserPromptSubmit: { route: 'hooks/user-prompt-submit' },
};

/**
 * Claude Code waits up to ten minutes for a hook by default, and goes on without an answer: a ccmux that hangs or has
 * ended must not hold up a session. Seconds.
 */
const HOOK_TIMEOUT = 2;

function withOurHooks(own: Record<string, unknown>, base: string): Record<string, unknown> {
  const hooks = { ...own };
  for (const [event, { route, ...matching }] of Object.entries(HOOKS)) {
    const before = Array.isArray(own[event]) ? own[event] : [];
    const hook = { type: 'http', url: `${base}/${route}`, timeout: HOOK_TIMEOUT };
    hooks[event] = [...before, { ...matching, hooks: [hook] }];
  }
  return hooks;
}

/** The user's own rules for what may run without a question. Rules of all sources count together. */
export function allowRulesOf(found: Found, allowedTools: readonly string[]): string[] {
  const { managed, local, project, user } = found.files;
  const files = [...managed, ...(found.trusted ? [...local, ...project] : []), ...user];
  const lists = [...files, found.own ?? {}].map(({ permissions }) =>
    isRecord(permissions) ? permissions['allow'] : [],
  );
  return [...lists.flat(), ...allowedTools].filter((rule) => typeof rule === 'string');
}

/** The permission mode of a new session by the user's settings, if they name one. */
export function defaultModeOf(found: Found): unknown {
  const { managed, local, project, user } = found.files;
  const files = [...managed, ...(found.own === undefined ? [] : [found.own]), ...local, ...project, ...user];
  return files.map(({ permissions }) => (isRecord(permissions) ? permissions['defaultMode'] : undefined)).find(Boolean);
}

/** The setting `fallbackModel`: models in order. */
export function fallbackModelsOf(found: Found): string[] {
  const models = first(found, 'fallbackModel');
  return (Array.isArray(models) ? models : [models]).filter((model) => typeof model === 'string');
}

/** A setting that is not merged: the first source that sets it decides. */
function first(found: Found, key: string): unknown {
  const { managed, local, project, user } = found.files;
  const all = [...managed, ...(found.own === undefined ? [] : [found.own]), ...local, ...project, ...user];
  return all.find((settings) => settings[key] !== undefined)?.[key];
}
