import { existsSync } from 'node:fs';
import { identityOf, type Identity } from '../claude/first-party.ts';
import { takesHttpHooks } from './installed.ts';
import { UserError } from '../errors.ts';
import { followAddress, isFresh, stampOf, type Address, type Reading } from './address.ts';
import type { Invocation } from './arguments.ts';
import {
  addressMistake,
  allowRulesOf,
  defaultModeOf,
  fallbackModelsOf,
  handedOver,
  hooksAllowed,
  isInSettings,
  isOn,
  mergeSettings,
  pastAnyAddress,
  statusLineOf,
  upstreamOf,
  variable,
  type Found,
} from './merge.ts';
import { noteHandover } from './handover.ts';
import { ownSettings } from './own-settings.ts';
import { privateFolders, writePrivately } from './private-file.ts';
import { isRecord } from '../ground/check.ts';
import { footerCommand } from './footer-command.ts';
import { configFolder, isTrusted, readSettings, readSettingsFiles, settingsPaths } from './sources.ts';
import { SYSTEM } from '../ground/system.ts';

export type SessionSettings = {
  /** The user's arguments; their own `--settings` is replaced by ours, everything else is as it was. */
  args: string[];
  /** The address that `claude` would use by itself. It follows changes of the settings files. */
  address: Address;
  /** What the client is told about it. */
  identity: Identity;
  /** The user's network settings for the upstream side, as Claude Code reads them. */
  network: Partial<Record<(typeof PROXIES | typeof TLS)[number], string>>;
  /** The settings file of this session; undefined if the user's `--settings` could not be read. */
  file?: string;
  /** `claude`: hooks show notices at once. `exit`: hooks are off, so notices wait for the exit. */
  notices: 'claude' | 'exit';
  /** The command of the user's own status line, read again each time; empty for none. */
  statusLine(): string;
  /** The user's own allow rules, as the files hold them now. */
  allowRules: () => readonly string[];
  /** The Claude models that the client itself switches to, as the user names them. */
  fallbackModels: string[];
  /** The session begins in auto mode, by arguments and settings. */
  autoMode: boolean;
  /** The setting that sends requests past ccmux: a cloud platform, a socket, or an administrator's address. */
  elsewhere?: string;
  /** Set if the file could not be written: then hooks and footer are missing, and notices wait for the exit. */
  noPlace?: string[];
  /**
   * Removes the file, or hands it over to background sessions. Safe to call twice.
   * @returns the ids of those sessions.
   */
  dispose(): string[];
};

/**
 * Writes the one `--settings` file through which this session gets its address, hooks and footer. Claude Code uses only
 * the last `--settings`, so the user's own is read and merged into ccmux's.
 *
 * @param options.url the session's address, token included. It is only ever written to the file and environments:
 *   arguments can be read by every user of the machine.
 * @param options.footer path of the status line script; undefined leaves the status line alone.
 * @param options.folder where the file goes; created for this user alone.
 * @throws UserError for an invalid Claude address.
 * @param options.firstParty whether the client may be told that it reaches Anthropic, and whether it once ignored that.
 */
export function prepareSettings(options: {
  args: readonly string[];
  invocation: Extract<Invocation, { kind: 'session' }>;
  env: NodeJS.ProcessEnv;
  cwd: string;
  url: string;
  firstParty: { wanted: boolean; ignored: boolean };
  /** Whether the client shall ask for the words of Claude's thinking. */
  showThinking?: boolean;
  /** Of the client that is launched, where it is known without running it. */
  clientVersion?: string | undefined;
  footer?: string;
  folder?: string;
  managed?: string;
}): SessionSettings {
  const { args, invocation, env, cwd, url } = options;
  const places = { env, cwd, sources: invocation.sources, managed: options.managed ?? SYSTEM.managedFolder };
  const argument = invocation.settings;
  const own = argument === undefined ? {} : ownSettings(argument.value, cwd);
  const find = (): Found => ({
    files: readSettingsFiles(places),
    ...(own === undefined ? {} : { own }),
    env,
    // With -p Claude Code does not ask and uses the project's environment (observed with 2.1.330).
    trusted: invocation.print || isTrusted(env, cwd),
  });
  const found = find();

  const hooks =
    takesHttpHooks(options.clientVersion) &&
    invocation.hooks &&
    !isOn(env['CLAUDE_CODE_SIMPLE']) &&
    !isOn(env['CLAUDE_CODE_SAFE_MODE']);
  const notices = hooks && hooksAllowed(found) ? 'claude' : 'exit';
  // With -p there is no screen: a hook would only add its own events to the output.
  const onScreen = notices === 'claude' && !invocation.print;
  // Without ccmux's script the status line stays the user's own.
  const script = onScreen && options.footer !== undefined && existsSync(options.footer) ? options.footer : undefined;
  const footer = script === undefined ? undefined : footerCommand(script, env);
  const merged =
    own === undefined || invocation.settingsOnStdin
      ? undefined
      : mergeSettings(found, {
          url,
          hooks: onScreen,
          showThinking: options.showThinking === true,
          ...(footer === undefined ? {} : { footer }),
        });

  const mistake = addressMistake(found);
  if (mistake !== undefined) throw new UserError(mistake);
  const elsewhere = elsewhereOf(found);
  const paths = () => Object.values(settingsPaths(places)).flat();
  const address = followSettings(paths, find, invocation.print);
  const common = {
    address,
    identity: identityOf(address.current(), options.firstParty, (name) => variable(found, name)),
    network: networkOf(found),
    allowRules: followRules(paths, () => allowRulesOf(find(), invocation.allowedTools)),
    fallbackModels: invocation.fallbackModels ?? fallbackModelsOf(found),
    autoMode: (invocation.permissionMode ?? defaultModeOf(found)) === 'auto',
    statusLine: () => statusLineOf(find())?.command ?? '',
    ...(elsewhere === undefined ? {} : { elsewhere }),
  };
  // Without a file of ours the address is in the child's environment alone, and the user's settings files beat that.
  const fileless: Pick<SessionSettings, 'args' | 'notices' | 'dispose' | 'elsewhere'> = {
    args: [...args],
    notices: 'exit',
    dispose: () => [],
    ...(own !== undefined && isInSettings(found, 'ANTHROPIC_BASE_URL') && { elsewhere: 'ANTHROPIC_BASE_URL' }),
  };
  if (merged === undefined) return { ...common, ...fileless };

  const folders = options.folder === undefined ? privateFolders(env, !invocation.print) : [options.folder];
  const file = writePrivately(folders, JSON.stringify(merged));
  if (file === undefined) return { ...common, ...fileless, noPlace: folders };
  const prepareHandover = (upstream: string) => {
    const settings = handedOver(found, { upstream, variables: common.identity.variables });
    noteHandover(file.path, { configDir: configFolder(env), settings: JSON.stringify(settings) });
    return upstream;
  };
  const noted = invocation.print ? undefined : prepareHandover(address.current());
  let background: string[] | undefined;
  const dispose = () => {
    if (background) return background;
    process.off('exit', dispose);
    if (noted !== undefined && noted !== address.current()) prepareHandover(address.current());
    return (background = file.remove());
  };
  process.once('exit', dispose);
  return { ...common, args: withSettings(args, argument, file.path), file: file.path, notices, dispose };
}

function followSettings(paths: () => string[], find: () => Found, print: boolean): Address {
  const read = (): Reading => {
    const found = find();
    // If both are set, Claude Code sends the token (its authentication page).
    return {
      upstream: upstreamOf(found),
      credential: variable(found, 'ANTHROPIC_AUTH_TOKEN') || variable(found, 'ANTHROPIC_API_KEY'),
    };
  };
  // A file that is being written is not read yet.
  const isHalfWritten = (path: string) => isFresh(path) && readSettings(path) === undefined;
  // With -p the client keeps the address that it started with (2.1.330).
  const stamp = () => (print ? '' : stampOf(paths()));
  return followAddress(read, stamp, () => paths().some(isHalfWritten));
}

/** The user's "don't ask again" adds a rule to one of the files. */
function followRules(paths: () => string[], read: () => string[]): () => readonly string[] {
  let stamped: string | undefined;
  let rules: readonly string[] = [];
  return () => {
    const stamp = stampOf(paths());
    if (stamp !== stamped) rules = read();
    stamped = stamp;
    return rules;
  };
}

function elsewhereOf(found: Found): string | undefined {
  const fixed = found.files.managed.some(({ env }) => isRecord(env) && env['ANTHROPIC_BASE_URL'] !== undefined);
  return fixed ? 'ANTHROPIC_BASE_URL' : pastAnyAddress(found);
}

const PROXIES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
] as const;
/** `SSL_CERT_FILE` and `SSL_CERT_DIR` are not among them: the client reads them in its environment only (2.1.330). */
const TLS = [
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'CLAUDE_CODE_CERT_STORE',
  'CLAUDE_CODE_CLIENT_CERT',
  'CLAUDE_CODE_CLIENT_KEY',
  'CLAUDE_CODE_CLIENT_KEY_PASSPHRASE',
] as const;

/**
 * The network variables that Claude Code reads in environment and settings files; ccmux's own requests use the same.
 */
export function networkOf(found: Found): SessionSettings['network'] {
  const network: SessionSettings['network'] = {};
  for (const name of [...PROXIES, ...TLS]) {
    const value = variable(found, name);
    if (value !== undefined) network[name] = value;
  }
  return network;
}

function withSettings(
  args: readonly string[],
  argument: { from: number; count: number } | undefined,
  file: string,
): string[] {
  if (argument === undefined) return ['--settings', file, ...args];
  return [...args.slice(0, argument.from), '--settings', file, ...args.slice(argument.from + argument.count)];
}
