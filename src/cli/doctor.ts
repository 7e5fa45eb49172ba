import { loadConfig } from '../config/load.ts';
import { EXIT, UserError } from '../errors.ts';
import { findLocalServers } from '../providers/local-servers.ts';
import { secrets } from '../providers/keys.ts';
import type { Provider } from '../providers/provider.ts';
import { styleOf } from '../report/terminal.ts';
import { createRedactor } from '../state/redact.ts';
import { dollars } from '../words/money.ts';
import { bundleFile, bundleText, writeBundle } from './doctor-bundle.ts';
import { checkMachine } from './doctor-checks.ts';
import { shakeHands, type Handshake } from './doctor-handshake.ts';
import { askLive, MOST_USD, type LiveResult } from './doctor-live.ts';
import { checksText, liveText } from './doctor-text.ts';
import { openLiveProviders } from './live-providers.ts';
import { loadClack } from './load-clack.ts';

/** What the command needs of `process`. */
export type DoctorTerminal = {
  env: NodeJS.ProcessEnv;
  cwd(): string;
  stdin: { isTTY?: boolean };
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean };
};

export type DoctorOptions = {
  live: boolean;
  json: boolean;
  yes: boolean;
  /** What asking one provider may cost, US dollars. */
  maxCost?: number;
  /** The file for a bug report; true: one in this folder, named by the time. */
  bundle?: string | true;
};

/**
 * `ccmux doctor`: looks at the machine, with `--live` asks every provider that has a key, and with `--bundle` writes down
 * what a bug report needs.
 * @returns 1 when something is broken, else 0.
 */
export async function runDoctor(
  options: DoctorOptions,
  terminal: DoctorTerminal = process,
  shake: Handshake = shakeHands,
  findLocal = findLocalServers,
): Promise<number> {
  const { env, stdout } = terminal;
  if (options.live && !options.yes && !(terminal.stdin.isTTY && terminal.stderr.isTTY)) {
    throw new UserError('doctor --live asks before it spends money, and nobody is here to answer. Add --yes.');
  }
  const bundle = options.bundle === undefined ? undefined : bundleFile(options.bundle, terminal);
  const redact = (text: string): string => createRedactor(secrets())(text);
  const machine = { env, cwd: terminal.cwd(), now: Date.now(), live: options.live, shake, findLocal };
  const checks = await checkMachine(machine);
  const colour = styleOf(stdout, env).color;
  if (!options.json) stdout.write(redact(await checksText(checks, colour)));

  const live = options.live ? await runLive(options, terminal, redact) : undefined;
  const file = bundle && (await writeBundle(bundle, { checks, ...(live && { live }) }, terminal));
  if (options.json) {
    const all = { checks, ...(live && { live }), ...(file !== undefined && { bundle: file }) };
    stdout.write(redact(`${JSON.stringify(all, null, 2)}\n`));
  } else if (file !== undefined) stdout.write(`\n${bundleText(file)}`);
  const broken = checks.some(({ level }) => level === 'broken') || live?.some(({ outcome }) => outcome === 'failed');
  return broken ? EXIT.failure : 0;
}

async function runLive(
  options: DoctorOptions,
  terminal: DoctorTerminal,
  redact: (text: string) => string,
): Promise<LiveResult[]> {
  const { env, stdout, stderr } = terminal;
  const say = (text: string) => void (options.json || stdout.write(redact(text)));
  const { config } = await loadConfig({ env, cwd: terminal.cwd() });
  const { providers, estimate, close } = await openLiveProviders(config, env, terminal.cwd());
  const maxUsd = options.maxCost ?? MOST_USD;
  try {
    say(`\nLive\n${CLAUDE_NOT_ASKED}`);
    if (providers.length === 0) {
      say('· nobody else to ask: no provider beside Claude is configured\n');
      return [];
    }
    if (!options.yes && !(await confirmed(providers, maxUsd))) return [];
    const asking = { estimate, now: Date.now, redact, maxUsd };
    const results: LiveResult[] = [];
    for (const provider of providers) {
      const stop = await spin(`asking ${provider.label}`, stderr.isTTY === true && !options.json);
      const result = await askLive(provider, asking);
      stop();
      results.push(result);
      say(await liveText(result, styleOf(stdout, env).color));
    }
    return results;
  } finally {
    close();
  }
}

/** The one provider that a session asks first. */
const CLAUDE_NOT_ASKED = `· claude: not asked. Only Claude Code sends its login, and ccmux has none of its
  own. To test it: claude -p hello
`;

async function confirmed(providers: readonly Provider[], maxUsd: number): Promise<boolean> {
  const { confirm, isCancel } = await loadClack();
  const names = providers.map(({ label }) => label).join(', ');
  const answer = await confirm({
    message: `Ask ${names} one tiny question${providers.length > 1 ? ' each' : ''}? At most ${dollars(maxUsd)} each.`,
    initialValue: false,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
}

/** @returns a function that removes the spinner. */
async function spin(text: string, watched: boolean): Promise<() => void> {
  if (!watched) return () => {};
  const { default: ora } = await import('ora');
  const spinner = ora({ text, stream: process.stderr, discardStdin: false }).start();
  return () => spinner.stop();
}
