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
import { FILES, QUESTIONS, STEPS, type StepName } from './drill-steps.ts';
import { verdict, type Drilled, type Said } from './drill-verdict.ts';

export type DrillOptions = {
  env: NodeJS.ProcessEnv;
  /** Claude's family, for which the provider's model is asked. */
  family: string;
  /** US dollars: over it ccmux skips the provider, as a budget does. */
  maxUsd: number;
  signal: AbortSignal;
  onStep(step: StepName): void;
};

/** Milliseconds. Longer than every limit of time that ccmux itself has for one answer. */
const PATIENCE_MS = 10 * 60_000;

/**
 * One session of the real Claude Code with the user's own settings and keys, a simulated Claude and this provider. What
 * Claude Code and ccmux write goes into a folder that is removed afterwards; no file of the user's is touched.
 */
export async function drillProvider(provider: Provider, options: DrillOptions): Promise<Drilled> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ccmux-drill-')));
  const project = join(base, 'project');
  mkdirSync(project);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text);
  const mind = drillMind(join(project, 'first.txt'));
  const claude = await startAnthropic({ script: mind.script });
  const env = environment(base, claude.url, provider.id, options);
  const session = startClientSession(['--model', options.family, '--allowedTools', 'Read'], {
    cwd: project,
    env,
    onNotice: () => {},
  });
  const stop = () => session.kill();
  options.signal.addEventListener('abort', stop);
  const said: Said[] = [];
  try {
    for (const step of Object.keys(STEPS) as StepName[]) {
      options.onStep(step);
      if (step === 'back') await sleep(Math.max(0, mind.comeBack() + 300 - Date.now()));
      said.push(await within(session.say(QUESTIONS[step]), stop));
      if (options.signal.aborted) break;
    }
    await session.end();
    const rejected = claude.rejections.filter(({ request }) => !request.url.startsWith('/api/'));
    const words = rejected.map(({ body }) => JSON.stringify(body).slice(0, 160));
    return verdict({ ...provider, ...provider.capabilities }, said, reportOf(project, env), words);
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
  /^(ANTHROPIC_(BASE_URL|API_KEY|AUTH_TOKEN|MODEL|CUSTOM_HEADERS|DEFAULT_\w+)|CLAUDE_\w+|CLAUDECODE|CCMUX_\w+)$/;

/** The user's own environment, with their keys and proxies; only where things are written and who Claude is differs. */
function environment(base: string, claudeUrl: string, id: string, { env, maxUsd }: DrillOptions): NodeJS.ProcessEnv {
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
    CCMUX_ORDER: `claude,${id}`,
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
