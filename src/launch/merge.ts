import { ACTING_TOOLS } from '../claude/approval.ts';
import { controlAddress, outerAddress, sessionVariables } from './environment.ts';
import { LAUNCHED } from './launch.ts';
import { isRecord, type Settings, type SettingsFiles } from './sources.ts';

/** What the user has, gathered before anything of ours is added. */
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

/** A variable as Claude Code will see it: settings beat the environment, and the first of them that sets it wins. */
export function variable(found: Found, name: string): string | undefined {
  return setting(found, name)?.value ?? found.env[name];
}

/** Where a variable is set, as a person knows the place. */
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
 * Where `claude` would have sent its requests without ccmux. Inside another ccmux session that session is asked,
 * since it has gone past the settings files already; only managed settings and the user's own `--settings` go first.
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

/** Claude Code takes an address without the blanks around it (observed with 2.1.330). */
function addressIn(found: Found): string | undefined {
  return variable(found, 'ANTHROPIC_BASE_URL')?.trim();
}

/** @returns a line for the user about an address at which nothing can be; undefined for one that can be tried. */
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
  return PLATFORMS.find((name) => isOn(variable(found, name)));
}

/** A variable that is a switch, read as Claude Code reads it. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|true|yes|on)$/i.test(value.trim());
}

/** Whether Claude Code will run our hooks: the user and the administrator can each say no, and are respected. */
export function hooksAllowed(found: Found): boolean {
  const { managed } = found.files;
  if (managed.some((settings) => settings['allowManagedHooksOnly'] === true)) return false;
  if (managed.some((settings) => Array.isArray(settings['allowedHttpHookUrls']))) return false;
  return first(found, 'disableAllHooks') !== true;
}

/** The user's own status line; undefined where there is none that ccmux could stand beside. */
export function statusLineOf(found: Found): StatusLine | undefined {
  const line = first(found, 'statusLine');
  if (!isRecord(line) || typeof line['command'] !== 'string' || line['command'].trim() === '') return undefined;
  return { ...line, command: line['command'] };
}

/**
 * The session's settings: the user's own `--settings` whole, and in it our address, hooks and footer. What the
 * settings files hold is left out, because Claude Code adds it by itself (objects and lists merge).
 *
 * @param footer the shell command of our footer; undefined leaves the status line alone.
 * @returns undefined when the user's own settings have a shape that only Claude Code can complain about.
 */
export function mergeSettings(
  found: Found,
  ours: { url: string; hooks: boolean; footer?: string },
): Settings | undefined {
  const own = found.own ?? {};
  const ownEnv = own['env'] ?? {};
  const ownHooks = own['hooks'] ?? {};
  if (!isRecord(ownEnv) || !isRecord(ownHooks)) return undefined;

  const effective = { NO_PROXY: variable(found, 'NO_PROXY'), no_proxy: variable(found, 'no_proxy') };
  const userLine = statusLineOf(found);
  const settings: Settings = {
    ...own,
    env: {
      ...ownEnv,
      ...sessionVariables(effective, ours.url),
      // Whoever this session calls is called by Claude Code, and no longer by a script that ccmux launched.
      [LAUNCHED]: '',
      // Empty rather than absent: inside another session of ccmux's, that one's would be inherited.
      ...(ours.footer === undefined ? {} : { CCMUX_STATUS_LINE: userLine?.command ?? '' }),
    },
  };
  if (ours.hooks) {
    for (const event of Object.keys(HOOKS)) {
      if (ownHooks[event] !== undefined && !Array.isArray(ownHooks[event])) return undefined;
    }
    settings['hooks'] = withOurHooks(ownHooks, controlAddress(ours.url));
    // A list of the user's that names which addresses hooks may call must name ours too; lists merge.
    if (first(found, 'allowedHttpHookUrls') !== undefined) {
      const listed = Array.isArray(own['allowedHttpHookUrls']) ? own['allowedHttpHookUrls'] : [];
      settings['allowedHttpHookUrls'] = [...listed, `${controlAddress(ours.url)}/*`];
    }
  }
  if (ours.footer !== undefined) {
    // The user's own command runs no more often than it would without ours; alone, ours keeps its times up to date.
    const line = userLine ?? { refreshInterval: REFRESH_S };
    settings['statusLine'] = { ...line, type: 'command', command: ours.footer };
  }
  return settings;
}

/**
 * What the session's settings say once it has moved to the background and ccmux is gone: the user's own `--settings`,
 * and in place of each variable of ours what is true without ccmux. Claude Code's background service hands on the
 * environment that the session had; only settings beat that, and an empty variable counts as none. The address is
 * always named, because a session that had one is not started again without one (2.1.330).
 *
 * @param ours.variables what the client was told of who answers.
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
 * Seconds between two runs of our status line while nothing happens: a countdown moves, and that nobody can answer is
 * seen at once.
 */
const REFRESH_S = 5;

/** Claude Code's hook events that ccmux answers, the control route of each, and which tools it is asked about. */
const HOOKS: Record<string, { route: string; matcher?: string }> = {
  Stop: { route: 'hooks/stop' },
  PreToolUse: { route: 'hooks/pre-tool-use', matcher: ACTING_TOOLS },
  PostToolUse: { route: 'hooks/post-tool-use' },
  UserPromptSubmit: { route: 'hooks/user-prompt-submit' },
};

/**
 * Claude Code waits for a hook for up to ten minutes unless it is told otherwise, and goes on where nobody answers:
 * neither a ccmux that is stuck nor one that is gone may hold up a session. Seconds.
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

/** The permission mode that the user's settings begin a session with, if they name one. */
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

/** A setting that is not merged: the first source that has it decides. */
function first(found: Found, key: string): unknown {
  const { managed, local, project, user } = found.files;
  const all = [...managed, ...(found.own === undefined ? [] : [found.own]), ...local, ...project, ...user];
  return all.find((settings) => settings[key] !== undefined)?.[key];
}
