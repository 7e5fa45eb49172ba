import { loadConfig } from '../config/load.ts';
import { EXIT, UserError } from '../errors.ts';
import { isRecord } from '../ground/check.ts';
import { readSettingsFiles } from '../launch/sources.ts';
import { SYSTEM } from '../ground/system.ts';
import { secrets } from '../providers/keys.ts';
import type { Provider } from '../providers/provider.ts';
import { styleOf } from '../report/terminal.ts';
import { createRedactor } from '../state/redact.ts';
import { dollars } from '../words/money.ts';
import { list } from '../words/text.ts';
import { planDrill, type Plan } from './drill-plan.ts';
import { drillChain, drillProvider } from './drill-session.ts';
import { LONGEST_CHAIN, STEPS, TAKE_OVER } from './drill-steps.ts';
import { drillText } from './drill-text.ts';
import { withTakeOver, type Drilled } from './drill-verdict.ts';
import { openLiveProviders } from './live-providers.ts';
import { loadClack } from './load-clack.ts';

const NAMES = { ...STEPS, over: TAKE_OVER };

export type DrillCommand = {
  /** Left out: all of the order. */
  providers: string[];
  model: string;
  /** US dollars for each provider. */
  maxCost?: number;
  json: boolean;
  yes: boolean;
};

/**
 * `ccmux drill`: rehearses the outage with the user's own settings, keys and Claude Code. Claude is simulated and costs
 * nothing; each provider of the order is really asked, after the price was agreed to.
 * @returns 1 when a step failed.
 */
export async function runDrill(command: DrillCommand): Promise<number> {
  const { env, stdout, stderr } = process;
  const cwd = process.cwd();
  refuseManagedAddress(env, cwd);
  const { config } = await loadConfig({ env, cwd });
  const { providers, estimate, close } = await openLiveProviders(config, env, cwd);
  close();
  const redact = (text: string): string => createRedactor(secrets())(text);
  const asked = chosen(providers, command.providers);
  const plans = planDrill(asked, command, estimate);
  if (!(await agreed(plans, command.yes))) return EXIT.failure;

  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  // Not `once`: the spinner ends the process where it finds no other listener, and the drill's folder would stay.
  process.on('SIGINT', interrupt);
  let drilled: Drilled[] = [];
  try {
    const { signal } = interruption;
    const common = { env, family: command.model, signal };
    for (const { provider, maxUsd } of plans) {
      const spinner = await spin(stderr.isTTY && !command.json);
      const onStep = (step: keyof typeof NAMES) => spinner.say(`${provider.label}: ${NAMES[step]}`);
      drilled.push(await drillProvider(provider, { ...common, maxUsd: maxUsd.alone, onStep }));
      spinner.stop();
      if (signal.aborted) break;
    }
    if (plans.length > 1 && !signal.aborted) {
      const spinner = await spin(stderr.isTTY && !command.json);
      const chain = plans.slice(0, LONGEST_CHAIN);
      const maxUsd = chain.reduce((sum, plan) => sum + plan.maxUsd.chain, 0);
      const labels = chain.map(({ provider }) => provider.label).join(' → ');
      const onStep = (step: keyof typeof NAMES) => spinner.say(`${labels}: ${NAMES[step]}`);
      const order = chain.map(({ provider }) => provider);
      const took = await drillChain(order, { ...common, maxUsd, onStep });
      spinner.stop();
      if (!signal.aborted) drilled = drilled.map((one) => withTakeOver(one, took[one.id]));
    }
  } finally {
    process.off('SIGINT', interrupt);
  }
  const text = command.json ? `${JSON.stringify(drilled, null, 2)}\n` : await drillText(drilled, styleOf(stdout, env));
  stdout.write(redact(text));
  if (interruption.signal.aborted) return 130;
  const hasFailed = drilled.some(({ steps }) => Object.values(steps).some(({ mark }) => mark === 'failed'));
  return hasFailed ? EXIT.failure : 0;
}

/** An administrator's address beats the environment: the session would reach the real Claude. */
function refuseManagedAddress(env: NodeJS.ProcessEnv, cwd: string): void {
  const { managed } = readSettingsFiles({ env, cwd, sources: [], managed: SYSTEM.managedFolder });
  if (managed.some(({ env: set }) => isRecord(set) && set['ANTHROPIC_BASE_URL'] !== undefined)) {
    throw new UserError('your administrator sets ANTHROPIC_BASE_URL, so no simulated Claude can stand in for Claude.');
  }
}

/** One plan for each provider, whatever the number of its keys. */
function chosen(providers: readonly Provider[], wanted: readonly string[]): Provider[] {
  const all = [...new Map(providers.map((provider) => [provider.id, provider])).values()];
  const unknown = wanted.find((id) => !all.some((provider) => provider.id === id));
  if (unknown !== undefined) {
    throw new UserError(`${unknown} is not in your order. Those that are: ${list(all.map(({ id }) => id)) || 'none'}.`);
  }
  const able = all.filter(({ keySource }) => keySource !== undefined);
  const picked = wanted.length === 0 ? able : all.filter(({ id }) => wanted.includes(id));
  const keyless = picked.find(({ keySource }) => keySource === undefined);
  if (keyless) throw new UserError(`${keyless.label} has no key: set ${keyless.keyVariables.join(' or ')}.`);
  if (picked.length === 0) {
    throw new UserError('nobody can answer in place of Claude yet, so there is nothing to rehearse. See: ccmux init');
  }
  return picked;
}

async function agreed(plans: readonly Plan[], yes: boolean): Promise<boolean> {
  const priced = plans.filter(({ usd }) => usd > 0);
  if (yes || priced.length === 0) return true;
  if (!(process.stdin.isTTY && process.stderr.isTTY)) {
    throw new UserError('drill asks before it spends money, and nobody is here to answer. Add --yes.');
  }
  const { confirm, isCancel } = await loadClack();
  const prices = priced.map(
    ({ provider, usd, maxUsd, assumed }) =>
      `${provider.label} about ${dollars(usd)}${assumed ? ' (price unknown)' : ''}, at most ${dollars(maxUsd.alone + maxUsd.chain)}`,
  );
  const message = `Really ask ${prices.join('; ')}? Claude is simulated and costs nothing.`;
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

async function spin(watched: boolean): Promise<{ say(text: string): void; stop(): void }> {
  if (!watched) return { say: () => {}, stop: () => {} };
  const { default: ora } = await import('ora');
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start();
  return { say: (text) => void (spinner.text = text), stop: () => void spinner.stop() };
}
