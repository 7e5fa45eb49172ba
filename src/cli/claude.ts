import { installedVersion } from '../launch/installed.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { folders } from '../config/paths.ts';
import type { Flags } from '../config/settings.ts';
import type { NoticeMode } from '../notices/lines.ts';
import { startServer, type Routes } from '../proxy/server.ts';
import { exitLine } from '../report/exit-line.ts';
import { readArguments, type Invocation } from '../launch/arguments.ts';
import { goOnWithout } from '../launch/background.ts';
import { readIgnoring } from '../launch/client-record.ts';
import { childEnvironment } from '../launch/environment.ts';
import { findClaude, launchClaude, type ChildResult } from '../launch/launch.ts';
import { prepareSettings } from '../launch/settings.ts';
import { endOnSignal, relaySignals } from '../launch/signals.ts';
import { settleFirstRun, TERMINAL } from './first-run.ts';
import { openSession, type Session } from '../session/open.ts';
import { notSent, startTelemetry } from './telemetry.ts';

/** The exit code after Ctrl-C at a question, as in a shell. */
const EXIT_LEFT = 130;

const { join } = process.getBuiltinModule('node:path');
const { fileURLToPath } = process.getBuiltinModule('node:url');

/**
 * `ccmux claude`: config → proxy → launch → wait → report.
 * @param options.args Claude Code's own arguments, untouched.
 * @returns Claude Code's own status, or 128 + n when signal n ended it.
 */
export async function runClaude({ args, flags }: { args: string[]; flags: Flags }): Promise<number> {
  const { env } = process;
  const cwd = process.cwd();
  const path = findClaude(env);
  const invocation = readArguments(args, Boolean(process.stdout.isTTY));
  if (invocation.kind === 'plain') return runPlain(path, args, invocation);

  const asks = !invocation.print && process.stdin.isTTY && process.stdout.isTTY;
  const settled = await settleFirstRun({ env, cwd, flags }, asks ? TERMINAL : undefined);
  if (!settled) return EXIT_LEFT;
  const { config, warnings } = settled.loaded;
  for (const line of [...warnings, ...settled.lines]) say(line);
  const places = folders(env);

  const started = endOnSignal();
  let session: Session | undefined;
  const server = await startServer(routesTo(() => session));
  const settings = prepareSettings({
    args,
    invocation,
    env,
    cwd,
    url: server.url,
    clientVersion: installedVersion(path),
    firstParty: { wanted: config.client.firstParty, ignored: readIgnoring(places.state) !== undefined },
    showThinking: config.client.showThinking,
    footer: footerScript(),
  });
  if (settings.elsewhere) {
    settings.dispose();
    await server.close();
    say(`${settings.elsewhere} decides where claude's requests go, so ccmux cannot fail over in this session`);
    started();
    return runPlain(path, args);
  }
  const childEnv = childEnvironment(env, server.url, settings.identity.variables);
  // The user's network settings for Claude Code also apply to ccmux, which now sends its requests.
  Object.assign(env, settings.network);
  const telemetry = config.telemetry ? await startTelemetry(env, config.telemetryTexts) : undefined;
  if (typeof telemetry === 'string') say(telemetry);
  const observer = typeof telemetry === 'object' ? telemetry : undefined;
  session = openSession({
    config,
    env,
    cwd,
    url: server.url,
    address: settings.address,
    identity: settings.identity,
    allowRules: settings.allowRules,
    statusLine: settings.statusLine,
    fallbackModels: settings.fallbackModels,
    places,
    watched: {
      files: watchedFiles(settled.loaded, env),
      load: async () => (await loadConfig({ env, cwd, flags })).config,
    },
    unanswered: settled.unanswered,
    noticeMode: noticeMode(invocation, settings.notices),
    ...(observer && { observe: observer.take }),
    ...(observer?.said && { said: observer.said }),
  });
  if (settings.noPlace) {
    say(`none of ${settings.noPlace.join(', ')} can be written: notices wait for the exit. Failover works.`);
  }
  if (!invocation.print && settings.notices === 'exit' && !settings.noPlace && session.hasFallbacks) {
    say('hooks are off here: notices wait for the exit. Failover works; see ccmux status in another terminal.');
  }
  if (session.problem) say(session.problem);
  for (const note of await session.moneyNotes()) say(note);

  if (invocation.print && settings.autoMode && config.failover.safetyChecks !== 'other' && session.hasFallbacks) {
    say("auto mode: while Claude cannot check them, a fallback's commands are refused, because -p can ask nobody");
  }

  const opened = session;
  const result = await launch(path, settings.args, childEnv, cwd, (pid) => {
    started();
    opened.launched(pid);
    keepWarningsOffTheScreen(opened);
  });
  const background = settings.dispose();
  const summary = await session.end(result);
  const unsent = await observer?.close();
  if (unsent !== undefined) say(notSent(unsent));
  await server.close();
  const line = exitLine(summary);
  if (line) process.stderr.write(`${line}\n`);
  if (background.length > 0) (await goOnWithout(background, { path, env, cwd })).forEach(say);
  if (!invocation.print && background.length === 0 && summary.turns > 0 && summary.claudeSession !== undefined) {
    say(`resume with failover: ccmux claude --resume ${summary.claudeSession}`);
  }
  return result.exitCode;
}

async function launch(
  path: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  onStart: (pid: number) => void = () => {},
): Promise<ChildResult> {
  const child = await launchClaude({ path, args, env, cwd });
  const release = relaySignals(child);
  onStart(child.pid);
  try {
    const result = await child.result;
    // In place before the other is gone: for a moment without any, a second Ctrl-C would end ccmux with its files.
    endOnSignal(result.exitCode);
    return result;
  } finally {
    release();
  }
}

/** Runs `claude` unchanged: subcommands, `--version` and sessions that outlive ccmux's port. */
async function runPlain(
  path: string,
  args: string[],
  invocation?: Extract<Invocation, { kind: 'plain' }>,
): Promise<number> {
  if (invocation?.why === 'information' && /^(-h|--help)$/.test(invocation.detail)) {
    const { launchHelp } = await import('./launch-help.ts');
    process.stdout.write(launchHelp());
  }
  if (invocation?.why === 'background') {
    say(`a background session outlives ccmux, so ${invocation.detail} runs without failover`);
  } else if (invocation?.why === 'elsewhere') {
    say(`${invocation.detail} runs the session somewhere else, so it runs without failover`);
  }
  return (await launch(path, args, process.env, process.cwd())).exitCode;
}

function routesTo(session: () => Session | undefined): Routes {
  const opened = () => {
    const current = session();
    if (!current) throw new Error('a request came before the session was open');
    return current;
  };
  return {
    exchange: (request, response, path) => opened().exchange(request, response, path),
    control: (request, response, path) => opened().control(request, response, path),
    relay: (request, response, path) => opened().relay(request, response, path),
    greet: (request, path) => opened().greet(request, path),
    onFault: (fault) => session()?.fault('proxy', fault),
  };
}

/** While Claude Code draws on the terminal, a line on stderr would land in its input box. */
function noticeMode(invocation: Extract<Invocation, { kind: 'session' }>, notices: 'claude' | 'exit'): NoticeMode {
  return invocation.print || !process.stderr.isTTY ? 'stderr' : notices;
}

/** The files that were read, and the place of the user's own. */
function watchedFiles({ files }: LoadedConfig, env: NodeJS.ProcessEnv): string[] {
  const own = files.user ?? join(folders(env).config, 'config.yaml');
  return files.project === undefined ? [own] : [own, files.project];
}

/** The status line's script lies in dist/, one folder above the chunk that this file is bundled into. */
function footerScript(): string {
  return fileURLToPath(new URL('../footer.js', import.meta.url));
}

/** Node's own warnings go to stderr, and while Claude Code draws there they would land in its input box. */
function keepWarningsOffTheScreen(session: Session): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    // The user turned this warning off.
    if (!warning.message.includes('NODE_TLS_REJECT_UNAUTHORIZED')) session.fault('node', warning);
  });
}

function say(line: string): void {
  process.stderr.write(`ccmux: ${line}\n`);
}
