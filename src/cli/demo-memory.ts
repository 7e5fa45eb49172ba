/**
 * `ccmux demo --memory`: the same 25 minutes of work four times, Claude's thinking hidden and shown, memory off and on, and
 * what the next model makes of each. The real Claude Code; everything else is simulated and gone afterwards.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folders } from '../config/paths.ts';
import { startAnthropic, subscriptionHeaders } from '../demo/anthropic.ts';
import { startGemini } from '../demo/gemini.ts';
import { PAYMENT_PROJECT } from '../demo/payment-project.ts';
import { MOMENTS, paymentMinds, type Tempo } from '../demo/payment-scene.ts';
import { createStage, type StreamLine } from '../demo/stage.ts';
import { styleOf } from '../report/terminal.ts';
import { loadSummary, resolveSession } from '../state/store.ts';
import { startClientSession, type ClientSession } from './client-session.ts';
import { comparisonText } from './demo-comparison.ts';
import { isAsTold, stepsOf, type Cell, type Outcome } from './demo-outcome.ts';
import { comparisonPage } from './demo-page.ts';
import { makeDemoPlace } from './demo-place.ts';
import { refuseUnwritable, writeOutput, type OutputFile } from './output-file.ts';

const NAME = 'payments';
const CELLS: Cell[] = [
  { thinking: 'hidden', memory: 'off' },
  { thinking: 'hidden', memory: 'on' },
  { thinking: 'shown', memory: 'off' },
  { thinking: 'shown', memory: 'on' },
];

type Pace = Tempo & { typeMs: number; readMs: number };
/** For a terminal, and for what nobody watches. */
const WATCHED: Pace = { thinkMs: 500, chunkDelayMs: 25, typeMs: 20, readMs: 900 };
const UNWATCHED: Pace = { thinkMs: 0, chunkDelayMs: 0, typeMs: 0, readMs: 0 };

const OPENING =
  'The real Claude Code, two simulated providers on loopback. Claude has hunted a race in a payment module for 25 minutes when its limit strikes, in the middle of a tool loop; Gemini goes on. The stand-in for Gemini makes each experiment whose outcome its request does not say. The minutes are told, not waited for; ✻ is what Claude thinks.';

/**
 * @param html a file for the comparison as a page; true: one of the usual name in the working folder.
 * @returns 0 when it went as it should, each time.
 */
export async function runMemoryDemo(html?: string | true): Promise<number> {
  const page = html === undefined ? undefined : pageFile(html);
  if (page) refuseUnwritable(page);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  const write = (text: string) => void process.stdout.write(text);
  const { width } = styleOf(process.stdout, process.env);
  try {
    createStage(write, width, '').opening(OPENING);
    const outcomes: Outcome[] = [];
    for (const [index, cell] of CELLS.entries()) {
      const outcome = await play(cell, { number: index + 1, write, width, signal: interruption.signal });
      if (interruption.signal.aborted) return 130;
      if (typeof outcome === 'string') {
        process.stderr.write(`\nccmux: the demo stopped: ${outcome}\n`);
        return 1;
      }
      outcomes.push(outcome);
    }
    write(`\n${comparisonText(outcomes, styleOf(process.stdout, process.env))}\n`);
    if (page) {
      writeOutput(page, comparisonPage(outcomes));
      write(`\nThe same as a page: ${page.file}\n`);
    }
    return outcomes.every(isAsTold) ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function pageFile(html: string | true): OutputFile {
  const file = resolve(html === true ? 'ccmux-demo-memory.html' : html);
  return { file, over: true, way: 'ccmux demo --memory --html <file>' };
}

type Playing = {
  /** Of the four, counted from 1. Claude's part is the same each time: shown with the first. */
  number: number;
  write: (text: string) => void;
  width: number;
  signal: AbortSignal;
};

/** @returns what came of it, or what went wrong. */
async function play(cell: Cell, { number, write, width, signal }: Playing): Promise<Outcome | string> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ccmux-demo-')));
  const project = join(base, NAME);
  const stage = createStage(write, width, project);
  const watched = process.stdout.isTTY ? WATCHED : UNWATCHED;
  let isShown = number === 1;
  const title = `${number} of ${CELLS.length} · Claude's thinking ${cell.thinking}, memory ${cell.memory}`;
  if (!isShown) {
    stage.act(title);
    stage.note("Claude's part again, unseen …");
  }
  const minds = paymentMinds(
    project,
    () => (isShown ? watched : UNWATCHED),
    (thought) => isShown && stage.thought(thought),
  );
  const claude = await startAnthropic({
    script: minds.claude,
    subscription: () => subscriptionHeaders({ fiveHour: minds.used(), sevenDay: 0.53, fiveHourReset: minds.resetAt }),
  });
  const gemini = await startGemini({ script: minds.gemini });
  let session: ClientSession | undefined;
  const stop = () => session?.kill();
  signal.addEventListener('abort', stop);
  try {
    const { env } = makeDemoPlace({
      base,
      name: NAME,
      files: PAYMENT_PROJECT,
      claudeUrl: claude.url,
      geminiUrl: gemini.url,
      settings: `memory: { mode: ${cell.memory === 'on' ? 'session' : 'off'} }\n`,
    });
    // The client asks for Claude's thinking without its text unless it is told otherwise.
    const display = cell.thinking === 'shown' ? ['--thinking-display', 'summarized'] : [];
    session = startClientSession([...display, '--allowedTools', 'Read,Edit,Write,Bash'], {
      cwd: project,
      env,
      onNotice: (line) => isShown && stage.notice(line),
    });
    const lines: StreamLine[] = [];
    for (const moment of MOMENTS) {
      if (signal.aborted) return 'interrupted';
      const isLast = moment === MOMENTS.at(-1);
      if (isLast && isShown) stage.act(title);
      isShown ||= isLast;
      if (isShown) await stage.turn(`${String(moment.minute).padStart(2)} min`, moment.types, watched.typeMs);
      const { text, isError } = await session.say(moment.types, (line) => {
        lines.push(line);
        if (isShown) stage.show(line);
      });
      if (isError) return text;
      if (!isShown) continue;
      stage.credit();
      if (moment.aside) stage.note(moment.aside);
      await sleep(watched.readMs, undefined, { signal }).catch(() => {});
    }
    isShown = false;
    await session.end();
    const { sessions } = folders(env);
    const summary = await loadSummary(sessions, await resolveSession(sessions, 'last'));
    if (!summary) return 'the session left no report';
    return { ...cell, note: summary.notes?.at(-1), steps: stepsOf(lines, project) };
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await Promise.all([claude.close(), gemini.close()]);
    rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
