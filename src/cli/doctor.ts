import { styleText } from 'node:util';
import { createMemory } from '../codec/carry.ts';
import { loadConfig } from '../config/load.ts';
import { EXIT, UserError } from '../errors.ts';
import { dollars } from '../words/money.ts';
import { duration } from '../words/time.ts';
import { createAdaptedSend } from '../providers/adapted.ts';
import { createClaudeSend } from '../providers/claude.ts';
import { buildProviders } from '../providers/build.ts';
import { secrets } from '../providers/keys.ts';
import { createUpstream } from '../providers/upstream.ts';
import { styleOf } from '../report/terminal.ts';
import { createRedactor } from '../state/redact.ts';
import { checkMachine } from './doctor-checks.ts';
import type { Check } from './doctor-check.ts';
import { shakeHands, type Handshake } from './doctor-handshake.ts';
import { askLive, type LiveResult } from './doctor-live.ts';
import { claudeUpstream } from './upstream-address.ts';
import type { Provider } from '../providers/provider.ts';

/** What the command needs of `process`. */
export type DoctorTerminal = {
  env: NodeJS.ProcessEnv;
  cwd(): string;
  stdin: { isTTY?: boolean };
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean };
};

export type DoctorOptions = { live: boolean; json: boolean; yes: boolean };

/**
 * `ccmux doctor`: looks at the machine, and with `--live` asks every provider that has a key.
 * @returns 1 when something is broken, else 0.
 */
export async function runDoctor(
  options: DoctorOptions,
  terminal: DoctorTerminal = process,
  shake: Handshake = shakeHands,
): Promise<number> {
  const { env, stdout } = terminal;
  if (options.live && !options.yes && !(terminal.stdin.isTTY && terminal.stderr.isTTY)) {
    throw new UserError('doctor --live asks before it spends money, and nobody is here to answer. Add --yes.');
  }
  const redact = (text: string): string => createRedactor(secrets())(text);
  const checks = await checkMachine({ env, cwd: terminal.cwd(), now: Date.now(), shake });
  const colour = styleOf(stdout, env).color;
  if (!options.json) stdout.write(redact(await checksText(checks, colour)));

  const live = options.live ? await runLive(options, terminal, redact) : undefined;
  if (options.json) stdout.write(redact(`${JSON.stringify({ checks, ...(live && { live }) }, null, 2)}\n`));
  const broken = checks.some(({ level }) => level === 'broken') || live?.some(({ outcome }) => outcome === 'failed');
  return broken ? EXIT.failure : 0;
}

async function runLive(
  options: DoctorOptions,
  terminal: DoctorTerminal,
  redact: (text: string) => string,
): Promise<LiveResult[]> {
  const { env, stdout, stderr } = terminal;
  const { config } = await loadConfig({ env, cwd: terminal.cwd() });
  const upstream = createUpstream(env);
  const address = claudeUpstream(env, terminal.cwd());
  const providers = buildProviders({
    config,
    env,
    claudeUpstream: address,
    dependencies: {
      fetch: upstream.fetch,
      memory: createMemory(),
      claudeSend: createClaudeSend(() => address, upstream),
      createAdaptedSend: (spec) => createAdaptedSend(spec, upstream),
    },
  });
  // Claude itself answers only to its own login, which ccmux does not have.
  const others = providers.filter(({ own }) => !own);
  try {
    if (!options.json) stdout.write('\nLive\n');
    if (others.length === 0) {
      if (!options.json) stdout.write('· nobody to ask: no provider beside Claude is configured\n');
      return [];
    }
    if (!options.yes && !(await confirmed(others))) return [];
    const { loadPrices } = await import('../state/prices.ts');
    const listed = await loadPrices();
    const { catalogRow } = await import('../providers/catalog.ts');
    const { rowPrice } = await import('../providers/row-price.ts');
    const estimate: typeof listed = (answer) => {
      const { providerId: id, model } = answer;
      return listed({
        ...answer,
        settingsPrice: config.providers[id]?.price,
        rowPrice: rowPrice(catalogRow(id), model),
      });
    };
    const asking = { estimate, now: Date.now, redact };
    const results: LiveResult[] = [];
    for (const provider of others) {
      const stop = await spin(`asking ${provider.label}`, stderr.isTTY === true && !options.json);
      const result = await askLive(provider, asking);
      stop();
      results.push(result);
      if (!options.json) stdout.write(redact(liveText(result, styleOf(stdout, env).color)));
    }
    return results;
  } finally {
    upstream.close();
  }
}

async function confirmed(providers: readonly Provider[]): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const names = providers.map(({ label }) => label).join(', ');
  const answer = await confirm({
    message: `Ask ${names} one tiny question each? At most a cent each.`,
    initialValue: false,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
}

/** @returns a function that takes the spinner away again. */
async function spin(text: string, watched: boolean): Promise<() => void> {
  if (!watched) return () => {};
  const { default: ora } = await import('ora');
  const spinner = ora({ text, stream: process.stderr, discardStdin: false }).start();
  return () => spinner.stop();
}

const MARKS = { ok: ['✓', 'green'], warn: ['!', 'yellow'], broken: ['✗', 'red'] } as const;
const WIDTH = 80;

/** The checks for a person, in their groups, each with its way out below it. */
async function checksText(checks: readonly Check[], colour: boolean): Promise<string> {
  const { default: wrap } = await import('wrap-ansi');
  const indented = (text: string) => wrap(text, WIDTH - 2, { hard: true }).replaceAll('\n', '\n  ');
  const lines: string[] = [];
  for (const about of new Set(checks.map((check) => check.about))) {
    lines.push(`${lines.length > 0 ? '\n' : ''}${paint('bold', capital(about), colour)}`);
    for (const { level, text, way } of checks.filter((check) => check.about === about)) {
      const [mark, style] = MARKS[level];
      lines.push(`${paint(style, mark, colour)} ${indented(text)}`);
      if (way) lines.push(`  ${indented(way)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function liveText(result: LiveResult, colour: boolean): string {
  const { id, model, outcome, firstMs = 0, totalMs = 0, usd, tools, images, error, status } = result;
  if (outcome === 'skipped') return `· ${id}: not asked, ${error}\n`;
  if (outcome === 'failed') {
    const way = WAYS[status ?? 0];
    return `${paint('red', '✗', colour)} ${id} (${model}): ${error}\n${way ? `  ${way}\n` : ''}`;
  }
  const cost = usd === null ? 'price not known' : usd === 0 ? 'free' : dollars(usd);
  const whole = tools !== 'ignored' && images !== 'not seen';
  const mark = whole ? paint('green', '✓', colour) : paint('yellow', '!', colour);
  const heard = `first word after ${duration(firstMs)}, done after ${duration(totalMs)}, ${cost}`;
  const took = `tools: ${tools}, images: ${images}`;
  return `${mark} ${id} (${model})\n  ${heard}\n  ${took}\n${error ? `  ${error}\n` : ''}`;
}

const WAYS: Record<number, string> = {
  400: 'If it names the model, set another under `providers.<id>.models`.',
  401: 'The key is not accepted: make a new one, or correct the variable.',
  402: 'The account has no credit left.',
  403: 'The key may not do this: look at its rights and the region.',
  404: 'The model is not known there: set another under `providers.<id>.models`.',
  429: 'A limit is reached: it is available again when that resets.',
};

function paint(style: Parameters<typeof styleText>[0], text: string, colour: boolean): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
