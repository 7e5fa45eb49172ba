import { exec } from 'node:child_process';
import { UserError } from '../errors.ts';
import { fillIn, variablesIn } from '../ground/fill-in.ts';
import { markOf } from '../ground/mark.ts';
import type { ProviderSettings } from '../config/schema.ts';

/** A key that is fetched when it is first needed. It is kept in memory only. */
export type ResolvedKey = {
  /** Where it comes from, for a person: a variable's name, `apiKey`, `apiKeyCommand`, or `none needed`. */
  source: string;
  /** Tells it from the host's other keys, and from the one that stood there before; nothing of it can be read there. */
  mark: string;
  /** The key, if it is known by now; what it limits belongs to it. */
  known(): string | undefined;
  /** @throws UserError when `apiKeyCommand` fails, prints nothing, or prints a key of another vendor. */
  get(): Promise<string | undefined>;
};

/** What a key is resolved for: a catalogue row, or what stands in for one when the provider is the user's own. */
export type KeyTarget = {
  id: string;
  label: string;
  /** Absent for the user's own provider: then the host alone says whose keys fit. */
  vendor?: string;
  /** Where the key would be sent. */
  baseUrl: string;
  keyVariables: readonly string[];
  /** True for a host that asks for no key (a local one): a missing key is not a lack. */
  keyOptional: boolean;
};

type Vendor = {
  /** As the catalogue's rows name it. */
  vendor: string;
  label: string;
  /** What this vendor's keys, and nobody else's, begin with. Absent where its keys cannot be told from others'. */
  prefixes?: RegExp;
  hosts: RegExp;
};

/**
 * Keys that can be told apart by their beginning, and the hosts that they belong to. The first match wins, so a longer
 * prefix stands above a shorter one. Read from the vendors' documentation and from the key patterns of public secret
 * scanners, November 2026; a key of no known shape is never refused.
 */
const VENDORS: readonly Vendor[] = [
  {
    vendor: 'anthropic',
    label: 'Anthropic',
    prefixes: /^sk-ant-/,
    hosts: /(^|\.)(anthropic\.com|claude\.ai|claude\.com)$/,
  },
  { vendor: 'openrouter', label: 'OpenRouter', prefixes: /^sk-or-/, hosts: /(^|\.)openrouter\.ai$/ },
  { vendor: 'kimi', label: 'Kimi Code', prefixes: /^sk-kimi-/, hosts: /(^|\.)kimi\.com$/ },
  { vendor: 'zenmux', label: 'ZenMux', prefixes: /^sk-(ai|ss)-v1-/, hosts: /(^|\.)zenmux\.ai$/ },
  { vendor: 'openai', label: 'OpenAI', prefixes: /^sk-(proj|svcacct|admin)-/, hosts: /(^|\.)openai\.com$/ },
  { vendor: 'google', label: 'Google', prefixes: /^(AIza|AQ\.)/, hosts: /(^|\.)googleapis\.com$/ },
  { vendor: 'groq', label: 'Groq', prefixes: /^gsk_/, hosts: /(^|\.)groq\.com$/ },
  { vendor: 'xai', label: 'xAI', prefixes: /^xai-/, hosts: /(^|\.)x\.ai$/ },
  { vendor: 'cerebras', label: 'Cerebras', prefixes: /^csk-/, hosts: /(^|\.)cerebras\.ai$/ },
  { vendor: 'fireworks', label: 'Fireworks', prefixes: /^fw_/, hosts: /(^|\.)fireworks\.ai$/ },
  { vendor: 'together', label: 'Together', prefixes: /^tgp_v1_/, hosts: /(^|\.)together\.(ai|xyz)$/ },
  { vendor: 'aws', label: 'AWS', prefixes: /^ABSK/, hosts: /(^|\.)amazonaws\.com$/ },
  { vendor: 'zai', label: 'z.ai', hosts: /(^|\.)z\.ai$/ },
  { vendor: 'minimax', label: 'MiniMax', hosts: /(^|\.)minimaxi?\.(io|com)$/ },
  { vendor: 'moonshot', label: 'Moonshot', hosts: /(^|\.)moonshot\.(ai|cn)$/ },
  { vendor: 'deepseek', label: 'DeepSeek', hosts: /(^|\.)deepseek\.com$/ },
  { vendor: 'deepinfra', label: 'DeepInfra', hosts: /(^|\.)deepinfra\.com$/ },
  { vendor: 'mistral', label: 'Mistral', hosts: /(^|\.)mistral\.ai$/ },
  { vendor: 'nebius', label: 'Nebius', hosts: /(^|\.)nebius\.(com|ai)$/ },
  { vendor: 'novita', label: 'Novita', hosts: /(^|\.)novita\.ai$/ },
  { vendor: 'baseten', label: 'Baseten', hosts: /(^|\.)baseten\.co$/ },
  { vendor: 'azure', label: 'Azure', hosts: /(^|\.)azure\.com$/ },
];

const COMMAND_TIMEOUT_MS = 10_000;

/** Keys that were resolved in this process, for the redactor: what is in here must never be written anywhere. */
const known = new Set<string>();

/** Takes note of what must not be written anywhere although it is no key: headers of the user's own. */
export function keepSecret(value: string): void {
  known.add(value);
}

/** Every key seen so far. Ask again for each event: keys appear when they are first needed. */
export function secrets(): string[] {
  return [...known];
}

/**
 * Finds where a provider's keys come from, without running anything: first the user's own settings (`apiKey`, then
 * `apiKeyCommand`; each may hold several), then the first variable of the catalogue's row.
 * @returns each key once; none when there is no key and one is needed.
 * @throws UserError when a key is one that must not go to this host.
 */
export function resolveKeys(
  settings: ProviderSettings | undefined,
  target: KeyTarget,
  env: NodeJS.ProcessEnv,
): ResolvedKey[] {
  const { apiKey, apiKeyCommand } = settings ?? {};
  if (apiKey !== undefined || apiKeyCommand !== undefined) {
    const written = [apiKey ?? []].flat().flatMap((text) => {
      const key = fillIn(text, env)?.trim();
      return key ? [keep(target, variablesIn(text).join(' and ') || 'apiKey', key)] : [];
    });
    const printed = [apiKeyCommand ?? []].flat().map((command) => fromCommand(command, target, env));
    return [...new Map([...written, ...printed].map((key) => [key.mark, key])).values()];
  }
  for (const variable of target.keyVariables) {
    const key = env[variable]?.trim();
    if (key) return [keep(target, variable, key)];
  }
  return target.keyOptional ? [NONE_NEEDED] : [];
}

const NONE_NEEDED: ResolvedKey = {
  source: 'none needed',
  mark: '',
  known: () => undefined,
  get: async () => undefined,
};

function keep(target: KeyTarget, source: string, key: string): ResolvedKey {
  known.add(key);
  refuseForeignKey(target, source, key);
  return { source, mark: markOf(key), known: () => key, get: async () => key };
}

/** The command runs once for the whole process, and only when a request needs its key; a failure may be tried again. */
function fromCommand(command: string, target: KeyTarget, env: NodeJS.ProcessEnv): ResolvedKey {
  let running: Promise<string> | undefined;
  let fetched: string | undefined;
  return {
    source: 'apiKeyCommand',
    mark: markOf(command),
    known: () => fetched,
    get() {
      running ??= fetchKey().catch((error: unknown) => {
        running = undefined;
        throw error;
      });
      return running;
    },
  };

  async function fetchKey(): Promise<string> {
    const key = await runSecretCommand(`providers.${target.id}.apiKeyCommand`, command, env);
    refuseForeignKey(target, 'apiKeyCommand', key);
    fetched = key;
    return key;
  }
}

/**
 * Runs a command whose output is a secret, which is kept out of everything that is written from now on.
 * @param setting where the command stands, for the error.
 * @throws UserError when it fails or prints anything but one word.
 */
export async function runSecretCommand(setting: string, command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const secret = await new Promise<string>((resolve, reject) => {
    const options = { env, timeout: COMMAND_TIMEOUT_MS, windowsHide: true, maxBuffer: 64 * 1024 };
    // The command's output is never shown: a password manager may print the secret and then fail.
    exec(command, options, (error, stdout) => {
      if (!error) return resolve(stdout.trim());
      const why = error.killed
        ? `did not finish within ${COMMAND_TIMEOUT_MS / 1000} s`
        : `ended with status ${error.code ?? 'unknown'}`;
      reject(new UserError(`${setting} ${why}. Run it in your shell to see why, then try again.`));
    });
  });
  if (!secret) throw new UserError(`${setting} printed nothing. It must print the secret and nothing else.`);
  if (/\s/.test(secret)) {
    throw new UserError(`${setting} printed more than one word. It must print the secret and nothing else.`);
  }
  known.add(secret);
  return secret;
}

/**
 * A key goes only to its own vendor's host. A host of no known vendor (a company's gateway, a local proxy) may get any
 * key but a Claude login's, which ccmux never handles.
 */
function refuseForeignKey(target: KeyTarget, source: string, key: string): void {
  const host = hostOf(target.baseUrl);
  if (/^sk-ant-(oat|ort|sid)/.test(key)) {
    throw new UserError(
      `${source} holds a Claude login token, which ccmux sends nowhere: give ${target.label} (${host}) a key of its own.`,
    );
  }
  const owner = VENDORS.find((vendor) => vendor.prefixes?.test(key));
  if (!owner) return;
  const receiver = VENDORS.find((vendor) => vendor.hosts.test(host)) ?? byName(target.vendor);
  if (!receiver || receiver.vendor === owner.vendor) return;
  throw new UserError(
    `${source} holds a key of ${owner.label}, but ${target.id} sends it to ${receiver.label} (${host}). ` +
      `Set a key of ${receiver.label}, or correct providers.${target.id}.baseUrl.`,
  );
}

function byName(name: string | undefined): Vendor | undefined {
  return VENDORS.find(({ vendor }) => vendor === name);
}

function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.hostname ?? baseUrl;
}
