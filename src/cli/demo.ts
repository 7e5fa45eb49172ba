/**
 * `ccmux demo`: the real Claude Code works on a small project while its provider runs into a limit. Everything is
 * throw-away: the home, the configuration, the project, the providers.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAnthropic, subscriptionHeaders } from '../demo/anthropic.ts';
import { startGemini } from '../demo/gemini.ts';
import { BACK_TURN, mindsFor, NOBODY_TURN, turnsIn, type Minds, type Pace, type Turn } from '../demo/journey.ts';
import { PROJECT } from '../demo/project.ts';
import { createStage, type Stage } from '../demo/stage.ts';
import { folders } from '../config/paths.ts';
import { styleOf } from '../report/terminal.ts';
import { listRunning } from '../state/running.ts';
import { ownScript, startClientSession, type ClientSession } from './client-session.ts';
import { makeDemoPlace } from './demo-place.ts';

const NAME = 'seats';

/** The pace for a terminal, and for a pipe. */
const WATCHED: Pace = { thinkMs: 700, chunkDelayMs: 40, limitMs: 18_000, typeMs: 25, readMs: 1_200 };
const UNWATCHED: Pace = { thinkMs: 120, chunkDelayMs: 1, limitMs: 5_000, typeMs: 0, readMs: 0 };

/** @returns 0 when the story went as it should: Claude, Gemini in its place, Claude again, and for once nobody. */
export async function runDemo(): Promise<number> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ccmux-demo-')));
  const project = join(base, NAME);
  const turns = turnsIn(project);
  const pace = process.stdout.isTTY ? WATCHED : UNWATCHED;
  const minds = mindsFor(turns, pace);
  const claude = await startAnthropic({
    script: minds.claude,
    subscription: () =>
      subscriptionHeaders({
        fiveHour: minds.resetAt() ? 0.02 : 0.97,
        sevenDay: 0.53,
        fiveHourReset: minds.resetAt() || Date.now() + 1_200_000,
      }),
  });
  const gemini = await startGemini({ script: minds.gemini });
  let session: ClientSession | undefined;
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  try {
    const { env } = makeDemoPlace({ base, name: NAME, files: PROJECT, claudeUrl: claude.url, geminiUrl: gemini.url });
    const { width } = styleOf(process.stdout, process.env);
    const stage = createStage((text) => process.stdout.write(text), width, project);
    stage.opening(
      'The real Claude Code, two simulated providers on loopback: Claude first, then Gemini. No key, no network, and a folder that is gone afterwards.',
    );
    const onNotice = (line: string) => stage.notice(line);
    session = startClientSession(['--allowedTools', 'Read,Edit,Write,Bash'], { cwd: project, env, onNotice });
    const told = await play({ session, turns, stage, pace, minds, project, env, width, signal: interruption.signal });
    if (interruption.signal.aborted) return 130;
    if (told !== undefined) {
      process.stderr.write(`\nccmux: the demo stopped: ${told}\n`);
      return 1;
    }
    stage.note('Claude Code has exited. This is what `ccmux report` says about the session:');
    process.stdout.write('\n');
    const report = spawnSync(process.execPath, [ownScript(), 'report'], {
      cwd: project,
      env: { ...env, COLUMNS: String(width) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    stage.note('What the next model is told of a session, and what it need not do again: ccmux demo --memory');
    stage.note(
      "Your own turn: with another provider's key in the environment (GEMINI_API_KEY, say), run `ccmux claude`.",
    );
    return report.status ?? 1;
  } finally {
    process.off('SIGINT', interrupt);
    session?.kill();
    await Promise.all([claude.close(), gemini.close()]);
    rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

type Play = {
  session: ClientSession;
  turns: Turn[];
  stage: Stage;
  pace: Pace;
  minds: Minds;
  project: string;
  env: Record<string, string>;
  /** Columns of the terminal. */
  width: number;
  signal: AbortSignal;
};

/** @returns what went wrong, or undefined. */
async function play({
  session,
  turns,
  stage,
  pace,
  minds,
  project,
  env,
  width,
  signal,
}: Play): Promise<string | undefined> {
  const pause = (ms: number) => sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});

  /** @returns the client's error; undefined where it got its answer. */
  async function say(number: number, text: string): Promise<string | undefined> {
    await stage.turn(String(number), text, pace.typeMs);
    const { text: said, isError } = await session.say(text, (line) => stage.show(line));
    return isError ? said : undefined;
  }

  for (const [index, turn] of turns.entries()) {
    const number = index + 1;
    const left = minds.resetAt() - Date.now();
    if (number === BACK_TURN && left > 0) {
      stage.note(`Claude's limit resets in ${Math.ceil(left / 1000)} s: the demo's five hours are short. Waiting …`);
      await pause(left + 200);
    }
    let error = await say(number, turn.types);
    if (number === NOBODY_TURN && error !== undefined) {
      stage.aside('error', error);
      stage.note('Both are at their limits: nobody can answer. The status line under the input box says so at once:');
      stage.aside('footer', await footerOf(env, width - 4));
      stage.note('You raise the limit at Gemini, and tell ccmux in another terminal:');
      stage.aside('shell', 'ccmux use gemini');
      minds.raise();
      const { stdout } = spawnSync(process.execPath, [ownScript(), 'use', 'gemini'], { cwd: project, env });
      stage.aside('footer', String(stdout).trim());
      await pause(pace.readMs);
      error = await say(number, turn.types);
    }
    if (error !== undefined) return error;
    stage.credit();
    if (turn.aside) stage.note(turn.aside);
    await pause(pace.readMs);
  }
  await session.end();
  return wrongCast(stage.answeredBy());
}

/** ccmux's part of the status line, as the terminal would show it now. */
async function footerOf(env: Record<string, string>, columns: number): Promise<string> {
  const [running] = listRunning(folders(env).state);
  if (running === undefined) return '';
  const response = await fetch(`${running.controlUrl}/footer?columns=${Math.min(columns, 76)}`, {
    method: 'POST',
    body: '{}',
  });
  return response.text();
}

/** Who should have answered: Claude, Claude and then Gemini in one tool loop, Gemini, Claude again, nobody, and Gemini. */
function wrongCast(answeredBy: string[][]): string | undefined {
  const cast = answeredBy.map((models) => models.map((model) => (model.startsWith('claude') ? 'c' : 'g')).join(''));
  const played = cast.join(' ');
  return played === 'c c c c c cg g c  g' ? undefined : `it was answered by ${played}`;
}
