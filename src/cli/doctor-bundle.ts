import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { folders } from '../config/paths.ts';
import { homeFolder } from '../ground/places.ts';
import { SYSTEM } from '../ground/system.ts';
import { nameOfUser } from '../ground/user.ts';
import { UserError } from '../errors.ts';
import { isLoopback } from '../ground/price.ts';
import { catalogRows } from '../providers/catalog.ts';
import { secrets } from '../providers/keys.ts';
import { fillIn } from '../ground/fill-in.ts';
import { readJournal } from '../state/journal.ts';
import { createRedactor } from '../state/redact.ts';
import { journalFile, listSessions } from '../state/store.ts';
import { version } from '../version.ts';
import { factsOf } from './bundle-facts.ts';
import { refuseUnwritable, writeOutput, type OutputFile } from './output-file.ts';
import { rowsOf, type Row } from './config-rows.ts';
import type { Check } from './doctor-check.ts';
import type { LiveResult } from './doctor-live.ts';
import { claudeUpstream } from './upstream-address.ts';

const os = process.getBuiltinModule('node:os');
const path = process.getBuiltinModule('node:path');

/** As many of the last session's events are kept: the fault is as a rule among the last ones. */
const EVENTS = 300;

type Place = { env: NodeJS.ProcessEnv; cwd(): string };

/** @param wanted the file; true: one in this folder, named by the time. @throws UserError if it cannot be written. */
export function bundleFile(wanted: string | true, { cwd }: Pick<Place, 'cwd'>): OutputFile {
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
  const file = path.resolve(cwd(), wanted === true ? `ccmux-bundle-${stamp}.json` : wanted);
  const output = { file, over: false, way: 'ccmux doctor --bundle <file>' };
  refuseUnwritable(output);
  return output;
}

/**
 * Writes what a bug report needs into one file, for its owner only: versions, platform, what doctor saw, the settings and
 * the last session's facts. No key, no text of a conversation, no name of a person, a machine or a host of the user's own.
 * @returns the file's path.
 */
export async function writeBundle(
  output: OutputFile,
  seen: { checks: readonly Check[]; live?: readonly LiveResult[] },
  { env, cwd }: Place,
): Promise<string> {
  // A configuration with a mistake is among what doctor saw.
  const loaded = await loadConfig({ env, cwd: cwd() }).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const bundle = {
    at: new Date().toISOString(),
    versions: { ccmux: version, node: process.version },
    platform: { os: SYSTEM.platform, release: os.release(), arch: process.arch, ...terminalOf(env) },
    /** Names only. */
    variables: Object.keys(env).filter((name) =>
      /^(CCMUX_|ANTHROPIC_|CLAUDE_|.*_PROXY$|.*_API_KEY$|NO_COLOR$)/i.test(name),
    ),
    ...seen,
    ...(loaded && { settings: settingsOf(loaded) }),
    lastSession: await lastSession(env),
  };
  const scrub = createScrubber(loaded, { env, cwd });
  const text = JSON.stringify(bundle, (_, value: unknown) => (typeof value === 'string' ? scrub(value) : value), 2);
  writeOutput(output, `${text}\n`);
  return output.file;
}

export function bundleText(file: string): string {
  return `Written: ${file}
It holds versions, platform, what is said above, your settings and the facts of
the last session: no keys, no texts, and no hosts of your own. Look it through
before you send it.
`;
}

function terminalOf({ TERM, TERM_PROGRAM, LANG, SHELL }: NodeJS.ProcessEnv): Record<string, string> {
  const known = { TERM, TERM_PROGRAM, LANG, shell: SHELL && path.basename(SHELL) };
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** A provider's settings that could name somebody are only said to be there. */
const PRIVATE = new Set(['label', 'headers', 'project', 'region', 'apiKey', 'apiKeyCommand']);

function settingsOf(loaded: LoadedConfig): Record<string, unknown> {
  const valueOf = ({ setting, value }: Row): unknown => {
    const [group, , field = ''] = setting.split('.');
    const isVariable = [value].flat().every((one) => typeof one === 'string' && /^\$\{\w+\}$/.test(one));
    return group === 'providers' && PRIVATE.has(field) && !isVariable ? '[redacted]' : value;
  };
  // A default is known from the version.
  const rows = rowsOf(loaded).filter(({ source }) => source !== undefined && source.kind !== 'default');
  return Object.fromEntries(rows.map((row) => [row.setting, { value: valueOf(row), from: row.source?.kind }]));
}

async function lastSession(env: NodeJS.ProcessEnv): Promise<object[]> {
  try {
    const { sessions } = folders(env);
    const [last] = await listSessions(sessions);
    if (last === undefined) return [];
    return (await readJournal(journalFile(sessions, last))).slice(-EVENTS).map(factsOf);
  } catch {
    // Without a journal, or with one that cannot be read, the rest is worth having.
    return [];
  }
}

/** Takes out keys, and whatever says whose machine this is. */
function createScrubber(loaded: LoadedConfig | undefined, { env, cwd }: Place): (text: string) => string {
  const redact = createRedactor([...secrets(), ...keysIn(env)]);
  const { project } = loaded?.files ?? {};
  const home = homeFolder(env);
  const named: [what: RegExp, placeholder: string][] = [
    ...ownHosts(loaded, env, cwd()).map((host) => [word(host), '[host]'] as [RegExp, string]),
    ...[project && path.dirname(project), cwd(), home]
      .filter((folder) => folder !== undefined && !isRoot(folder))
      .map((folder) => [word(folder!), folder === home ? '~' : '[folder]'] as [RegExp, string]),
    [word(os.hostname()), '[machine]'],
    [new RegExp(`(?<=[/\\\\])${escaped(nameOfUser())}(?=[/\\\\]|$)`, 'g'), '[user]'],
  ];
  return (text) => named.reduce((clean, [what, placeholder]) => clean.replace(what, placeholder), redact(text));
}

/** The home in many a container: it names nobody, and stands in every path. */
function isRoot(folder: string): boolean {
  return path.parse(folder).root === folder;
}

/** The text where it does not stand inside a longer name. */
function word(text: string): RegExp {
  return new RegExp(`(?<![\\w-])${escaped(text)}(?![\\w-])`, 'g');
}

/** Values of variables that are named like a secret: they may be echoed by somebody's error. */
function keysIn(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && /key|token|secret|password|auth/i.test(name) ? [value] : [],
  );
}

/** Hosts of gateways, proxies and providers of the user's own; those of the catalogue and of this machine are no secret. */
function ownHosts(loaded: LoadedConfig | undefined, env: NodeJS.ProcessEnv, cwd: string): string[] {
  const known = new Set(catalogRows().map(({ baseUrl }) => hostOf(baseUrl)));
  const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [env[name], env[name.toLowerCase()]]);
  const providers = Object.values(loaded?.config.providers ?? {}).map(({ baseUrl = '' }) => fillIn(baseUrl, env));
  const shared = fillIn(loaded?.config.shared ?? '', env);
  return [...providers, ...proxies, shared, claudeUpstream(env, cwd)]
    .map((address) => hostOf(address ?? ''))
    .filter((host): host is string => host !== undefined && !known.has(host) && !isLoopback(host))
    .toSorted((a, b) => b.length - a.length);
}

/** Also of a proxy that is named without a scheme. */
function hostOf(address: string): string | undefined {
  return address === '' ? undefined : URL.parse(address.includes('://') ? address : `http://${address}`)?.hostname;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
