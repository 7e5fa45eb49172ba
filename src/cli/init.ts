import { loadConfig } from '../config/load.ts';
import { findUserFiles } from '../config/file.ts';
import type { Change } from '../config/change.ts';
import { folders, writePrivateFile } from '../config/paths.ts';
import { OVERFLOW_PRESETS, presetOf, type OverflowPreset } from '../config/overflow-presets.ts';
import { SETTINGS, type WebSearch } from '../config/settings.ts';
import type { Config } from '../config/schema.ts';
import { EXIT, UserError } from '../errors.ts';
import { showsThinking } from '../launch/merge.ts';
import { isTrusted, readSettingsFiles } from '../launch/sources.ts';
import { SYSTEM } from '../ground/system.ts';
import { findLocalServers, type LocalServer } from '../providers/local-servers.ts';
import type { MemoryMode } from '../memory/hand-off.ts';
import type { SwitchBack } from '../failover/steering.ts';
import { labelsOf } from '../words/label.ts';
import { offersOf } from './init-offers.ts';
import { askKeys, storeKeys, type ByProvider } from './init-keys.ts';
import { askLocalModels, type LocalChoices } from './init-local.ts';
import { terminalQuestions, UserLeft, type Questions } from './init-questions.ts';
import { testProviders } from './init-test.ts';
import { configText, SCHEMA_FILE } from './init-text.ts';
import { openEstimate } from './live-providers.ts';
import { listProviders, type ListedProvider } from './provider-list.ts';
import { claudeUpstream } from './upstream-address.ts';

const path = process.getBuiltinModule('node:path');
const fs = process.getBuiltinModule('node:fs');

/** The user's choice, or the providers found. Without an order, providers that are found later may answer too. */
type Choices = {
  order?: string[];
  switchBack: SwitchBack;
  /** US dollars; absent: no cap. */
  perSession?: number;
  /** What moves before a limit is reached; `own`: what the file says already. */
  overflow: OverflowPreset;
  /** Absent: what the file says stays. */
  webSearch?: WebSearch;
  /** What the next model is told; absent: as it is. */
  memory?: MemoryMode;
  /** Absent: it was not asked. */
  showThinking?: boolean;
  keyCommands: ByProvider;
  /** Servers on this machine, with the model that was chosen. */
  local: LocalChoices;
};

/**
 * `ccmux init`: finds keys and servers on this machine, tests them, and asks who may answer, in which order and for how much; writes the user's
 * configuration, readable by its owner only, and its JSON Schema beside it. An existing file is never overwritten
 * without asking.
 * @param questions left out: on this terminal, where there is one.
 */
export async function runInit(
  { yes, force }: { yes: boolean; force: boolean },
  questions?: Questions,
  findLocal = findLocalServers,
): Promise<number> {
  if (!yes && !questions && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new UserError(
      'ccmux init asks questions and there is no terminal to ask in. Take what is found: ccmux init --yes',
    );
  }
  const asked = yes ? undefined : (questions ?? (await terminalQuestions()));
  try {
    return await settle(asked, force, findLocal);
  } catch (error) {
    if (!(error instanceof UserLeft)) throw error;
    process.stderr.write('ccmux: nothing was written.\n');
    return EXIT.failure;
  }
}

/** @param asked undefined: nobody is asked. */
async function settle(
  asked: Questions | undefined,
  force: boolean,
  findLocal: typeof findLocalServers,
): Promise<number> {
  const { existing, fresh } = usersFiles();
  asked?.begin();
  const how = existing === undefined || force ? 'anew' : ((await asked?.existing(existing)) ?? 'leave');
  if (how === 'leave') {
    const way = 'Edit it with ccmux config edit, or write it anew: ccmux init --force';
    throw new UserError(`${existing} is there already and stays as it is. ${way}`, { exitCode: EXIT.failure });
  }
  const file = how === 'change' ? existing! : fresh;
  const { config } = await loadConfig({ withoutUsersFile: how === 'anew' });
  const servers = await findLocal(process.env);
  const choices = asked ? await ask(asked, config, servers) : chosenByKeys(list(config));
  const old = how === 'anew' && existing !== undefined ? setAside(existing) : undefined;
  await write(file, choices, config);
  const text = resultText(file, old, list(withChoices(config, choices)), asked !== undefined);
  const unused = servers.filter(({ id }) => !choices.order?.includes(id));
  if (asked) asked.end(text);
  else process.stdout.write(`${[text, ...unused.map(unusedText)].join('\n')}\n`);
  return 0;
}

/** Nobody was asked which model it should be. */
function unusedText({ label }: LocalServer): string {
  return `${label} runs here too. To let it answer: ccmux init`;
}

/** The file that is read, and the one that would be written anew. */
function usersFiles(): { existing?: string; fresh: string } {
  const named = process.env['CCMUX_CONFIG'];
  const folder = folders().config;
  const fresh = named ? path.resolve(named) : path.join(folder, 'config.yaml');
  const existing = named ? [fresh].find((file) => fs.existsSync(file)) : findUserFiles(folder)[0];
  return { fresh, ...(existing !== undefined && { existing }) };
}

function list(config: Config): ListedProvider[] {
  const upstream = claudeUpstream(process.env, process.cwd());
  return listProviders({ config, env: process.env, claudeUpstream: upstream, cooldowns: {}, now: Date.now() });
}

/** Nobody asked: those that can answer. With none, an order of Claude alone would keep out later ones. */
function chosenByKeys(listed: readonly ListedProvider[]): Choices {
  const ready = listed.filter(({ group, state }) => group === 'session' && state === 'ready').map(({ id }) => id);
  return { switchBack: 'turn', overflow: 'own', keyCommands: {}, local: {}, ...(ready.length > 1 && { order: ready }) };
}

async function ask(asked: Questions, loaded: Config, servers: readonly LocalServer[]): Promise<Choices> {
  const listed = list(loaded);
  const find = (id: string) => listed.find((one) => one.id === id)!;
  const chosen = await asked.providers(offersOf(listed, servers, await openEstimate(loaded), Date.now()));
  const local = await askLocalModels(asked, chosen, servers, loaded);
  const config = { ...loaded, providers: { ...loaded.providers, ...local } };
  const inOrder = listed.map(({ id }) => id).filter((id) => chosen.includes(id));
  const given = await askKeys(asked, inOrder.map(find), process.env);
  const left = await testProviders(asked, withKeys(config, inOrder, given), process.env, process.cwd());
  const staying = inOrder.filter((id) => !left.includes(id));
  const keyCommands = await storeKeys(asked, staying.map(find), given, process.env);

  const places = listed.map(({ id }) => id).filter((id) => id === 'claude' || staying.includes(id));
  const items = (places.includes('claude') ? places : ['claude', ...places]).map((id) => ({
    value: id,
    label: find(id).label,
  }));
  const order = items.length > 1 ? await asked.order(items) : ['claude'];
  const perSession = order.some((id) => find(id).paid)
    ? await asked.budget(config.budget.perSession)
    : config.budget.perSession;
  const switchBack = await asked.switchBack(find(order[0]!).label, config.switchBack);
  const preset = presetOf(config.overflow, SETTINGS.overflow.shape.show!);
  const overflow = order.length > 1 ? await asked.overflow(preset) : 'own';
  const searching = order.filter((id) => id !== 'claude' && find(id).webSearch).map((id) => find(id).label);
  const webSearch = searching.length > 0 ? { webSearch: await asked.webSearch(searching, config.webSearch) } : {};
  const cap = perSession !== undefined && { perSession };
  const told = order.length > 1 ? await asked.memory(config.memory) : config.memory.mode;
  const memory = told !== config.memory.mode && { memory: told };
  const isHidden = order.length > 1 && hidesThinking({ ...config, memory: { ...config.memory, mode: told } });
  const thinking = isHidden ? { showThinking: await asked.showThinking() } : {};
  return { order, switchBack, overflow, ...webSearch, ...memory, ...thinking, keyCommands, local, ...cap };
}

/** True if a note to the next provider could hold Claude's thinking, and Claude Code does not show it. */
function hidesThinking({ memory, client }: Config): boolean {
  if (memory.mode === 'off' || !memory.reasoning || client.showThinking) return false;
  const { env } = process;
  const cwd = process.cwd();
  const files = readSettingsFiles({ env, cwd, sources: ['user', 'project', 'local'], managed: SYSTEM.managedFolder });
  return !showsThinking({ files, env, trusted: isTrusted(env, cwd) });
}

/** With keys that are in memory only. */
function withKeys(config: Config, ids: readonly string[], given: ByProvider): Config {
  const keys = Object.entries(given).map(([id, apiKey]) => [id, { ...config.providers[id], apiKey }]);
  return { ...config, order: ['claude', ...ids], providers: { ...config.providers, ...Object.fromEntries(keys) } };
}

/** The configuration as it will be. */
function withChoices(config: Config, { order, switchBack, perSession, keyCommands, local }: Choices): Config {
  const providers = { ...config.providers, ...local };
  for (const [id, apiKeyCommand] of Object.entries(keyCommands)) {
    const { apiKey: _, ...others } = providers[id] ?? {};
    providers[id] = { ...others, apiKeyCommand };
  }
  const { perSession: __, ...budget } = config.budget;
  return {
    ...config,
    switchBack,
    providers,
    ...(order && { order }),
    budget: { ...budget, ...(perSession !== undefined && { perSession }) },
  };
}

/** @returns where the old file is now. */
function setAside(file: string): string {
  const old = `${file}.old`;
  fs.renameSync(file, old);
  return old;
}

async function write(file: string, choices: Choices, config: Config): Promise<void> {
  const { changeFile } = await import('../config/change-file.ts');
  const { jsonSchema } = await import('../config/file-schema.ts');
  const { CATALOG } = await import('../providers/catalog.ts');
  const { order, switchBack, perSession, overflow, webSearch, memory, showThinking, keyCommands, local } = choices;
  const changes: Change[] = [
    ...(order ? [{ path: ['order'], value: order }] : []),
    { path: ['switchBack'], value: switchBack },
    { path: ['budget', 'perSession'], value: perSession },
    ...(webSearch === undefined ? [] : [{ path: ['webSearch'], value: webSearch }]),
    ...(memory === undefined ? [] : [{ path: ['memory', 'mode'], value: memory }]),
    ...(overflow === 'own' ? [] : [{ path: ['overflow'], value: OVERFLOW_PRESETS[overflow].overflow }]),
    ...(showThinking === undefined ? [] : [{ path: ['client', 'showThinking'], value: showThinking }]),
    ...Object.entries(local)
      .filter(([id]) => order?.includes(id))
      .flatMap(([id, settings]) => [
        { path: ['providers', id, 'models'], value: undefined },
        { path: ['providers', id], value: settings },
      ]),
    ...Object.entries(keyCommands).flatMap(([id, command]) => [
      { path: ['providers', id, 'apiKey'], value: undefined },
      { path: ['providers', id, 'apiKeyCommand'], value: command },
    ]),
  ];
  const labelOf = labelsOf(list(config));
  const schema = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
  await writePrivateFile(path.join(path.dirname(file), SCHEMA_FILE), schema);
  await changeFile(file, changes, new Set(Object.keys(CATALOG)), configText(choices, labelOf));
}

/** What was written, and what is left to do: a file of which nothing can come yet says so. */
function resultText(
  file: string,
  old: string | undefined,
  listed: readonly ListedProvider[],
  wasAsked: boolean,
): string {
  const fallbacks = listed.filter(({ group, id }) => group === 'session' && id !== 'claude');
  const missing = fallbacks
    .filter(({ state }) => state !== 'ready')
    .map(({ label, needs }) => `${label} needs a key: set ${needs}`);
  const isUseful = fallbacks.some(({ state }) => state === 'ready');
  return [
    `Written: ${file}${old === undefined ? '' : ` (the old one: ${old})`}`,
    ...missing,
    ...(isUseful && !wasAsked ? ['The keys are not tested: ccmux doctor --live'] : []),
    isUseful
      ? 'Start with: ccmux claude'
      : 'It can do nothing yet: nobody can answer in place of Claude. Set a key (ccmux providers names the variables), then: ccmux doctor --live',
  ].join('\n');
}
