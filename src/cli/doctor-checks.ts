import { readIgnoring } from '../launch/client-record.ts';
import { findClaude } from '../launch/launch.ts';
import { upstreamOf, type Found } from '../launch/merge.ts';
import { networkOf } from '../launch/settings.ts';
import { brokenSettings, isTrusted, readSettingsFiles, type SettingsPlaces } from '../launch/sources.ts';
import { SYSTEM } from '../ground/system.ts';
import { folders } from '../config/paths.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { UserError } from '../errors.ts';
import type { findLocalServers } from '../providers/local-servers.ts';
import { askClaude } from './ask-claude.ts';
import type { Check } from './doctor-check.ts';
import { checkAddress, type Handshake } from './doctor-handshake.ts';
import { checkCredential } from './doctor-credential.ts';
import { checkMemory } from './doctor-memory.ts';
import { checkProviders } from './doctor-providers.ts';
import { checkRoutes } from './doctor-routes.ts';
import { checkShared } from './doctor-shared.ts';
import { checkClaudeSettings, checkNetwork, checkThinking } from './doctor-surroundings.ts';
import { OLDEST_CLIENT, takesHttpHooks } from '../launch/installed.ts';
import { version } from '../version.ts';

const fs = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

export type Machine = {
  env: NodeJS.ProcessEnv;
  cwd: string;
  now: number;
  /** Providers are asked afterwards. */
  live: boolean;
  managed?: string;
  shake: Handshake;
  findLocal: typeof findLocalServers;
};

/** Runs all checks that ask no provider a question. Afterwards `env` holds the settings' network variables. */
export async function checkMachine(machine: Machine): Promise<Check[]> {
  const { env, cwd } = machine;
  const places: SettingsPlaces = {
    env,
    cwd,
    sources: ['user', 'project', 'local'],
    managed: machine.managed ?? SYSTEM.managedFolder,
  };
  const found: Found = { files: readSettingsFiles(places), env, trusted: isTrusted(env, cwd) };
  const { loaded, checks } = await checkConfiguration(machine);
  const [claude, servers] = await Promise.all([checkClaude(env), machine.findLocal(env)]);
  return [
    checkNode(process.version),
    ...claude.checks,
    ...checks,
    ...(claude.program === undefined ? [] : [await checkCredential(claude.program, found, cwd)]),
    ...(loaded ? await checkRoutes(loaded.config) : []),
    ...(loaded ? checkProviders(machine, loaded.config, upstreamOf(found), servers) : []),
    ...checkFolders(env, loaded),
    ...checkClaudeSettings(found, { broken: brokenSettings(places), showsNotices: claude.showsNotices }),
    ...(loaded ? checkThinking(found, loaded.config) : []),
    ...(loaded ? await checkMemory(env, loaded.config) : []),
    await checkAddress(found, Object.assign(env, networkOf(found)), machine.shake),
    ...checkNetwork(found),
    ...(loaded ? await checkShared(loaded.config, env) : []),
  ];
}

/** @param running `v24.1.0`. The least is what package.json asks for. */
export function checkNode(running: string): Check {
  const [major = 0, minor = 0] = running.slice(1).split('.').map(Number);
  const enough = major > 22 || (major === 22 && minor >= 15);
  const text = `ccmux ${version} on Node ${running.slice(1)}`;
  return enough
    ? { about: 'programs', level: 'ok', text }
    : { about: 'programs', level: 'broken', text, way: 'Install Node 22.15 or newer.' };
}

type Client = {
  program?: string;
  /** It is new enough for notices on its screen. */ showsNotices: boolean;
  checks: Check[];
};

async function checkClaude(env: NodeJS.ProcessEnv): Promise<Client> {
  const about = 'programs' as const;
  let program: string;
  try {
    program = findClaude(env);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const way = 'Install Claude Code with: npm install -g @anthropic-ai/claude-code';
    const text = 'claude was not found on your PATH';
    return { showsNotices: false, checks: [{ about, level: 'broken', text, way }] };
  }
  const { stdout, failed } = await askClaude(program, ['--version'], { env });
  const claude = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  if (failed || claude === undefined) {
    const way = `See what it says itself: ${program} --version`;
    const text = `${program} does not say its version`;
    return { showsNotices: false, checks: [{ about, level: 'broken', text, way }] };
  }
  const found: Check = { about, level: 'ok', text: `claude ${claude} (${program})` };
  if (!takesHttpHooks(claude)) {
    const text = `claude ${claude} is older than ${OLDEST_CLIENT}: notices wait for the exit, and there is no footer`;
    const way = 'Update it with: claude update';
    return { program, showsNotices: false, checks: [found, { about, level: 'warn', text, way }] };
  }
  const showsNotices = true;
  if (readIgnoring(folders(env).state) !== claude) return { program, showsNotices, checks: [found] };
  const text = `claude ${claude} takes ccmux for a foreign gateway and does without the shared cache`;
  const way = 'Update it with: claude update';
  return { program, showsNotices, checks: [found, { about, level: 'warn', text, way }] };
}

async function checkConfiguration({ env, cwd }: Machine): Promise<{ loaded?: LoadedConfig; checks: Check[] }> {
  const about = 'configuration' as const;
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig({ env, cwd });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { checks: [{ about, level: 'broken', text: error.message }] };
  }
  const { user, project, projectTrusted } = loaded.files;
  const checks: Check[] = [{ about, level: 'ok', text: user ? `${user} is valid` : 'no configuration: defaults' }];
  if (project) {
    const trust = projectTrusted ? 'trusted' : 'not trusted: it may only narrow what you have';
    checks.push({ about, level: 'ok', text: `${project} is valid (${trust})` });
  }
  for (const text of loaded.warnings) checks.push({ about, level: 'warn', text });
  for (const { path: place, variable: name } of loaded.unset) {
    checks.push({ about, level: 'warn', text: `${place} needs ${name}, which is not set`, way: `Set ${name}.` });
  }
  return { loaded, checks };
}

function checkFolders(env: NodeJS.ProcessEnv, loaded: LoadedConfig | undefined): Check[] {
  const about = 'folders' as const;
  const checks: Check[] = [];
  const { state, sessions } = folders(env);
  for (const folder of [state, sessions]) {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    if (!stat) {
      if (folder === state) checks.push(checkParent(folder));
      continue;
    }
    if (!stat.isDirectory() || !isWritable(folder)) {
      const way = `${SYSTEM.hasModes ? `Make it yours: chmod 700 ${folder}, or set` : 'Set'} XDG_STATE_HOME.`;
      checks.push({ about, level: 'broken', text: `${folder} cannot be written: no journal, no report`, way });
    } else if (isOpen(stat.mode)) {
      const text = `${folder} can be entered by others (${(stat.mode & 0o777).toString(8)})`;
      checks.push({ about, level: 'warn', text, way: `chmod 700 ${folder}` });
    } else
      checks.push({ about, level: 'ok', text: `${folder} is writable${SYSTEM.hasModes ? ', and yours alone' : ''}` });
  }
  const file = loaded?.files.user;
  const holdsKey = Object.values(loaded?.config.providers ?? {}).some(({ apiKey = [] }) =>
    [apiKey].flat().some((key) => !key.includes('${')),
  );
  if (file && holdsKey && isOpen(fs.statSync(file).mode)) {
    checks.push({ about, level: 'warn', text: `${file} holds a key and others can read it`, way: `chmod 600 ${file}` });
  }
  return checks;
}

/** The first session creates the folder: can it be created? */
function checkParent(folder: string): Check {
  let parent = path.dirname(folder);
  while (!fs.existsSync(parent)) parent = path.dirname(parent);
  const isFolder = fs.statSync(parent).isDirectory();
  if (isFolder && isWritable(parent))
    return { about: 'folders', level: 'ok', text: `${folder} will be made with the first session` };
  return {
    about: 'folders',
    level: 'broken',
    text: `${folder} cannot be made: ${parent} is ${isFolder ? 'not writable' : 'a file, not a folder'}`,
    way: 'Set XDG_STATE_HOME to a folder of yours.',
  };
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isOpen(mode: number): boolean {
  return SYSTEM.hasModes && (mode & 0o077) !== 0;
}
