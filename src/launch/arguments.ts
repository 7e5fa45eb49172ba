/**
 * Reads Claude Code's own command line without changing it: is this a session that ccmux can serve, and does it have
 * the user's own `--settings`? The tables follow `claude --help` of 2.1.330 and its hidden options; an unlisted option
 * counts as one without a value.
 */

/** The user's own `--settings`: `count` arguments from `from` on hold it. The last one counts, as in Claude Code. */
export type SettingsArgument = { from: number; count: 1 | 2; value: string };

export type Invocation =
  | {
      kind: 'session';
      /** `-p`, or stdout is no terminal: one answer to stdout, no screen. */
      print: boolean;
      settings?: SettingsArgument;
      /** False with `--bare` and `--safe-mode`: Claude Code then runs nobody's hooks. */
      hooks: boolean;
      /** The mode that `--permission-mode` and similar options set. */
      permissionMode?: string;
      /** `--fallback-model`: the models in order. */
      fallbackModels?: string[];
      /** The rules of `--allowedTools`. */
      allowedTools: string[];
      /** Which settings files are read. */
      sources: SettingSource[];
      /** `--initialize-fields=settings`: `--settings` come on stdin, and none may be among the arguments (2.1.330). */
      settingsOnStdin: boolean;
    }
  | {
      /** Neither proxy nor settings apply: `claude` runs unchanged. */
      kind: 'plain';
      /** For `background` and `elsewhere` the user is told that ccmux does not watch over that session. */
      why: 'subcommand' | 'information' | 'background' | 'elsewhere';
      /** The argument that decided it. */
      detail: string;
    };

export type SettingSource = 'user' | 'project' | 'local';

const ALL_SOURCES: SettingSource[] = ['user', 'project', 'local'];

const SUBCOMMANDS = new Set(
  (
    'agents attach auth auto-mode config daemon doctor edit-hook edit-skill-overrides gateway import ' +
    'import-conversations install logs mcp plugin plugins project purge rc remote-control respawn rm kill sandbox ' +
    'setup-token stop ultrareview update upgrade workspace-trust worktree-hook'
  ).split(' '),
);

/** Options that always take the next argument. */
const ONE_VALUE = new Set(
  (
    '--advisor --agent --agent-color --agent-id --agent-name --agent-type --agents --append-subagent-system-prompt ' +
    '--append-subagent-system-prompt-file --append-system-prompt --append-system-prompt-file --attach-serve ' +
    '--autocompact --client-data-url --correlation-id --debug-file --deep-link-cwd-b64 --deep-link-last-fetch ' +
    '--deep-link-repo --effort --environment --fallback-model --fast-mode --forward-home-settings ' +
    '--inherit-permission-mode --initialize-fields --input-format --json-schema --lead-verify-key --managed-settings ' +
    '--max-budget-usd --max-thinking-tokens --max-turns --metadata --model -n --name --on-branch --output-format ' +
    '--parent-session-id --permission-mode --permission-prompt-tool --permission-prompts --plan-mode-instructions ' +
    '--plugin-dir --plugin-dir-no-mcp --plugin-url --pool --prefill --prefill-b64 --project-config-root --ref ' +
    '--remote-control-session-name-prefix --resume-drops-turn --resume-session-at --rewind-files --runner-declares ' +
    '--sdk-url --session-began-as-copy --session-id --setting-sources --settings --system-prompt --system-prompt-file ' +
    '--system-prompt-snapshot --task-budget --team-name --teammate-mode --thinking --thinking-display ' +
    '--watch-artifact --watch-artifact-no-autoreact --workload'
  ).split(' '),
);

/** Options that take the next argument unless it is an option itself. */
const MAYBE_VALUE = new Set(
  (
    '--cloud --remote --debug -d --from-pr --prompt-suggestions --rc --remote-control --resume -r --teleport ' +
    '--worktree -w'
  ).split(' '),
);

/** Options that take every argument up to the next option. */
const MANY_VALUES = new Set(
  (
    '--add-dir --allowedTools --allowed-tools --disallowedTools --disallowed-tools --betas --channels ' +
    '--dangerously-load-development-channels --file --mcp-config --tools'
  ).split(' '),
);

const INFORMATION = new Set(['-h', '--help', '-v', '--version']);
/** The session outlives this process, and with it the port. */
const BACKGROUND = new Set(['--bg', '--background', '--tmux']);
/** The session runs on another machine or in another program. */
const ELSEWHERE = new Set(['--cloud', '--remote', '--desktop', '--environment']);

/**
 * @param args what follows `claude` on the command line.
 * @param onTerminal whether stdout is a terminal: without one, Claude Code behaves as with `-p`.
 */
export function readArguments(args: readonly string[], onTerminal = true): Invocation {
  const session: Extract<Invocation, { kind: 'session' }> = {
    kind: 'session',
    print: !onTerminal,
    hooks: true,
    allowedTools: [],
    sources: ALL_SOURCES,
    settingsOnStdin: false,
  };
  let settings: SettingsArgument | undefined;
  let decided: Extract<Invocation, { kind: 'plain' }> | undefined;
  let operandSeen = false;
  let printSeen = false;

  for (let index = 0; index < args.length;) {
    const argument = args[index]!;
    if (argument === '--') break;
    const { name, inline, rest } = splitOption(argument);
    if (name === undefined) {
      // Behind -p every word is the prompt: `claude -p doctor` asks about doctors (observed with 2.1.330).
      if (!operandSeen && !printSeen && SUBCOMMANDS.has(argument)) {
        return decided ?? { kind: 'plain', why: 'subcommand', detail: argument };
      }
      operandSeen = true;
      index += 1;
      continue;
    }

    const values = inline === undefined ? valuesAfter(args, index + 1, name) : 0;
    const value = inline ?? (values > 0 ? args[index + 1] : undefined);
    if (INFORMATION.has(name)) return { kind: 'plain', why: 'information', detail: name };
    if (BACKGROUND.has(name)) decided ??= { kind: 'plain', why: 'background', detail: name };
    if (ELSEWHERE.has(name)) decided ??= { kind: 'plain', why: 'elsewhere', detail: name };
    if (name === '-p' || name === '--print' || rest.includes('p')) {
      session.print = true;
      printSeen = true;
    }
    if (name === '--bare' || name === '--safe-mode') session.hooks = false;
    if (name === '--restricted') session.sources = [];
    if (name === '--permission-mode' && value !== undefined) session.permissionMode = value;
    if (name === '--fallback-model' && value !== undefined) session.fallbackModels = modelsIn(value);
    if (name === '--dangerously-skip-permissions') session.permissionMode = 'bypassPermissions';
    if (name === '--allowedTools' || name === '--allowed-tools') {
      const listed = inline === undefined ? args.slice(index + 1, index + 1 + values) : [inline];
      session.allowedTools.push(...listed.flatMap(rulesIn));
    }
    if (name === '--setting-sources' && value !== undefined) session.sources = sourcesIn(value, session.sources);
    if (name === '--initialize-fields' && value?.split(',').includes('settings')) session.settingsOnStdin = true;
    if (name === '--settings' && value !== undefined) {
      settings = { from: index, count: inline === undefined ? 2 : 1, value };
    }
    index += 1 + values;
  }
  return decided ?? (settings === undefined ? session : { ...session, settings });
}

/** Splits `--name=value` and `-pc` (two short options at once); an operand has no name. */
function splitOption(argument: string): { name?: string; inline?: string; rest: string } {
  if (argument.startsWith('--')) {
    const equals = argument.indexOf('=');
    if (equals === -1) return { name: argument, rest: '' };
    return { name: argument.slice(0, equals), inline: argument.slice(equals + 1), rest: '' };
  }
  if (!argument.startsWith('-') || argument === '-') return { rest: '' };
  const name = argument.slice(0, 2);
  if (argument.length === 2) return { name, rest: '' };
  const takesValue = ONE_VALUE.has(name) || MAYBE_VALUE.has(name);
  return takesValue ? { name, inline: argument.slice(2), rest: '' } : { name, rest: argument.slice(2) };
}

function valuesAfter(args: readonly string[], from: number, name: string): number {
  if (from >= args.length) return 0;
  if (ONE_VALUE.has(name)) return 1;
  if (MAYBE_VALUE.has(name)) return args[from]!.startsWith('-') ? 0 : 1;
  if (!MANY_VALUES.has(name)) return 0;
  let count = 1;
  while (from + count < args.length && !args[from + count]!.startsWith('-')) count += 1;
  return count;
}

function sourcesIn(value: string, before: SettingSource[]): SettingSource[] {
  const named = value.split(',').map((source) => source.trim());
  return before.filter((source) => named.includes(source));
}

function modelsIn(value: string): string[] {
  return value.split(',').map((model) => model.trim());
}

/** Commas or spaces separate rules; inside parentheses both belong to a rule. */
function rulesIn(text: string): string[] {
  return text.match(/[^\s,(]+(?:\([^)]*\))?/g) ?? [];
}
