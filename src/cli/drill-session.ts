import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startAnthropic } from '../demo/anthropic.ts';
import { drillMind } from '../demo/drill.ts';
import { findClaude } from '../launch/launch.ts';
import type { Provider } from '../providers/provider.ts';
import type { Summary } from '../state/summary.ts';
import { ownScript, startClientSession } from './client-session.ts';
import { filesFor, loopQuestion, QUESTIONS, STEPS, type StepName } from './drill-steps.ts';
import { takeOvers, verdict, type Drilled, type Said, type TakeOvers } from './drill-verdict.ts';

export type DrillOptions = {
  env: NodeJS.ProcessEnv;
  /** Claude's family, for which the provider's model is asked. */
  family: string;
  /** US dollars: over it ccmux skips the provider, as a budget does. */
  maxUsd: number;
  signal: AbortSignal;
  onStep(step: StepName | 'over'): void;
};

/** Milliseconds. Longer than every limit of time that ccmux itself has for one answer. */
const PATIENCE_MS = 10 * 60_000;

/** Each step with one provider, and Claude's return. */
export function drillProvider(provider: Provider, options: DrillOptions): Promise<Drilled> {
  return onStage({ order: [provider], limited: [] }, options, async (stage) => {
    const said: Said[] = [];
    for (const step of Object.keys(STEPS) as StepName[]) {
      options.onStep(step);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      if (step === 'back') await stage.comeBack();
      // oxlint-disable-next-line no-await-in-loop
      const answer = await stage.say(QUESTIONS[step]);
      if (options.signal.aborted) break;
      said.push(answer);
    }
    const { summary, rejected } = await stage.end();
    return verdict({ ...provider, ...provider.capabilities }, said, summary, rejected);
  });
}

/** One tool loop through all of them: each takes a step and is then at a limit, and the next one goes on. */
export function drillChain(order: readonly Provider[], options: DrillOptions): Promise<TakeOvers> {
  const limited = order.slice(0, -1).map(({ id }) => id);
  return onStage({ order, limited }, options, async (stage) => {
    options.onStep('over');
    const said = await stage.say(loopQuestion(order.length + 1));
    const { summary } = await stage.end();
    return takeOvers(order, said, summary);
  });
}

/** Where a rehearsal is played. */
type Stage = {
  say(question: string | object[]): Promise<Said>;
  /** Resolves when Claude answers again. */
  comeBack(): Promise<void>;
  /** @returns the session's report, and what the simulated Claude found malformed. */
  end(): Promise<{ summary: Summary | undefined; rejected: string[] }>;
};

/**
 * One session of the real Claude Code with the user's own settings and keys, a simulated Claude and these providers. What
 * Claude Code and ccmux write goes into a folder that is removed afterwards; no file of the user's is touched.
 */
async function onStage<Result>(
  cast: { order: readonly Provider[]; limited: readonly string[] },
  options: DrillOptions,
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ccmux-drill-')));
  const project = join(base, 'project');
  mkdirSync(project);
  const files = Object.entries(filesFor(cast.order.length + 1));
  for (const [name, text] of files) writeFileSync(join(project, name), text);
  const mind = drillMind(join(project, files[0]![0]));
  const claude = await startAnthropic({ script: mind.script });
  const env = environment(base, claude.url, cast, options);
  const session = startClientSession(['--model', options.family, '--allowedTools', 'Read'], {
    cwd: project,
    env,
    onNotice: () => {},
  });
  const stop = () => session.kill();
  options.signal.addEventListener('abort', stop);
  try {
    return await play({
      say: (question) => within(session.say(question), stop),
      comeBack: () => sleep(Math.max(0, mind.comeBack() + 300 - Date.now())),
      async end() {
        await session.end();
        const rejected = claude.rejections.filter(({ request }) => !request.url.startsWith('/api/'));
        const words = rejected.map(({ body }) => JSON.stringify(body).slice(0, 160));
        return { summary: reportOf(project, env), rejected: words };
      },
    });
  } finally {
    options.signal.removeEventListener('abort', stop);
    session.kill();
    await claude.close();
    rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function within(saying: Promise<Said>, stop: () => void): Promise<Said> {
  const clock = setTimeout(stop, PATIENCE_MS);
  try {
    return await saying;
  } finally {
    clearTimeout(clock);
  }
}

/** Variables of Claude Code and of ccmux that would lead past the drill. */
const NOT_KEPT =
  /^(ANTHROPIC_(BASE_URL|API_KEY|AUTH_TOKEN|MODEL|CUSTOM_HEADERS|DEFAULT_\w+)|CLAUDE_\w+|CLAUDECODE|CCMUX_\w+)$/i;

/** The user's own environment, with their keys and proxies; only where things are written and who Claude is differs. */
function environment(
  base: string,
  claudeUrl: string,
  { order, limited }: { order: readonly Provider[]; limited: readonly string[] },
  { env, maxUsd }: DrillOptions,
): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_KEPT.test(name)));
  // In addition to the user's PATH: the client of a ccmux checkout.
  const bundled = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
  const client = findClaude({ ...env, PATH: [env['PATH'] ?? '', bundled].join(delimiter) });
  const withoutProxy = [env['NO_PROXY'] ?? env['no_proxy'], '127.0.0.1'].filter(Boolean).join(',');
  return {
    ...kept,
    ...(env['CCMUX_CONFIG'] !== undefined && { CCMUX_CONFIG: env['CCMUX_CONFIG'] }),
    PATH: [dirname(client), dirname(process.execPath), env['PATH'] ?? ''].join(delimiter),
    NO_PROXY: withoutProxy,
    no_proxy: withoutProxy,
    TMPDIR: base,
    TEMP: base,
    TMP: base,
    XDG_STATE_HOME: join(base, 'state'),
    CLAUDE_CONFIG_DIR: join(base, 'claude'),
    ANTHROPIC_BASE_URL: claudeUrl,
    // Looks like a subscription login; only the simulated Claude knows it.
    CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-simulated',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    CCMUX_YES: '1',
    CCMUX_ORDER: ['claude', ...order.map(({ id }) => id)].join(','),
    ...(limited.length > 0 && { CCMUX_DRILL_LIMITS: limited.join(',') }),
    CCMUX_SWITCH_BACK: 'turn',
    CCMUX_WAIT_UP_TO: '0s',
    CCMUX_BUDGET_PER_SESSION: String(maxUsd),
  };
}

function reportOf(cwd: string, env: NodeJS.ProcessEnv): Summary | undefined {
  const { stdout } = spawnSync(process.execPath, [ownScript(), 'report', '--json'], { cwd, env, encoding: 'utf8' });
  try {
    return JSON.parse(stdout) as Summary;
  } catch {
    return undefined;
  }
}
