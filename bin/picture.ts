// The picture at the head of README, from the demo: npm run picture. The real Claude Code works in a real terminal (tmux)
// on the demo's project until its provider runs into a limit; then the terminal and the live page are taken as they are.
// Writes .github/failover.svg (the terminal) and .github/failover.png (the page beside it). Needs tmux and Chromium.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startAnthropic, subscriptionHeaders } from '../src/demo/anthropic.ts';
import { GEMINI_KEY, startGemini } from '../src/demo/gemini.ts';
import { mindsFor, turnsIn } from '../src/demo/journey.ts';
import { PROJECT } from '../src/demo/project.ts';
import { run } from './release/run.ts';
import { terminalSvg } from './picture/svg.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SIZE = { columns: 88, rows: 42 };
const PAGE_WIDTH = 760;
/** Pixels of the file for one of the screen. */
const SHARPNESS = 1.5;
const HOUR_MS = 3_600_000;
/** Of the demo's story: up to the message in which Claude's limit strikes. */
const MESSAGES = 6;

const chromiumPath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (file) => file !== undefined && existsSync(file),
);
if (chromiumPath === undefined) throw new Error('no Chromium was found: set CHROMIUM to its path');

const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'demo-')));
// Its last part is what Claude Code shows.
const project = path.join(base, 'seats');
const turns = turnsIn(project);
const minds = mindsFor(turns, { thinkMs: 500, chunkDelayMs: 2, limitMs: 2 * HOUR_MS + 600_000, typeMs: 0, readMs: 0 });
const claude = await startAnthropic({
  script: minds.claude,
  subscription: () =>
    subscriptionHeaders({ fiveHour: 0.97, sevenDay: 0.53, fiveHourReset: Date.now() + 2 * HOUR_MS + 600_000 }),
});
const gemini = await startGemini({ script: minds.gemini });
const env = environment();
const tmux = (...args: string[]) =>
  run('tmux', ['-L', path.basename(base), '-f', '/dev/null', ...args], { env }).stdout;
try {
  furnish();
  const command = `'${process.execPath}' '${root}bin/ccmux.js' claude --permission-mode default --allowedTools Read,Edit,Write,Bash`;
  tmux('new-session', '-d', '-x', String(SIZE.columns), '-y', String(SIZE.rows), '-c', project, command);
  for (const [at, { types }] of turns.slice(0, MESSAGES).entries()) {
    await until(() => tmux('capture-pane', '-p').includes('❯'), 'an input line');
    tmux('send-keys', '-l', types);
    await until(() => tmux('capture-pane', '-p').includes(types), 'what was typed');
    tmux('send-keys', 'Enter');
    await until(() => isAnswered(at), `an answer to ${types}`);
  }
  await until(() => tmux('capture-pane', '-p').includes('answered by Gemini'), 'the notice');
  await sleep(2_000);
  const svg = terminalSvg(tmux('capture-pane', '-p', '-e').replace(/^\n+/, '').trimEnd(), {
    columns: SIZE.columns,
    title: 'ccmux claude',
  });
  const url = run(process.execPath, [path.join(root, 'bin/ccmux.js'), 'dashboard'], { env }).stdout.match(
    /http:\S+/,
  )?.[0];
  if (url === undefined) throw new Error('the session told no address of its page');
  writeFileSync(path.join(root, '.github/failover.svg'), svg);
  await photograph(svg, url);
} finally {
  spawnSync('tmux', ['-L', path.basename(base), 'kill-server'], { env });
  await Promise.all([claude.close(), gemini.close()]);
  rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** The client is through with a message when its last answer has been written and nothing is asked any more. */
function isAnswered(at: number): boolean {
  const steps = turns[at]!.steps.length;
  const asked = [...claude.asked(), ...gemini.asked()].filter(({ facts }) => facts.turn === at + 1);
  const isWorking = /esc to interrupt/i.test(tmux('capture-pane', '-p'));
  return asked.some(({ facts }) => facts.stepInTurn === steps - 1) && !isWorking;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await sleep(150)) {
    if (Date.now() > end) throw new Error(`${what} never came:\n${tmux('capture-pane', '-p')}`);
  }
  await sleep(400);
}

function environment(): Record<string, string> {
  return {
    PATH: [path.join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(path.delimiter),
    HOME: base,
    TMPDIR: base,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
    BROWSER: 'true',
    XDG_CONFIG_HOME: path.join(base, 'config'),
    XDG_STATE_HOME: path.join(base, 'state'),
    CLAUDE_CONFIG_DIR: path.join(base, 'claude'),
    ANTHROPIC_BASE_URL: claude.url,
    CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-simulated',
    GEMINI_API_KEY: GEMINI_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}

/** The project, its repository, ccmux's configuration, and answers to what Claude Code asks at its first start. */
function furnish(): void {
  const trusted = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true };
  const files: Record<string, string> = {
    ...Object.fromEntries(Object.entries(PROJECT).map(([name, text]) => [path.join(project, name), text])),
    [path.join(base, 'config/ccmux/config.yaml')]:
      `order: [claude, gemini]\nproviders:\n  gemini: { baseUrl: '${gemini.url}/v1beta', price: { input: 2, output: 12 } }\n`,
    [path.join(base, 'claude/.claude.json')]: JSON.stringify({
      hasCompletedOnboarding: true,
      lastOnboardingVersion: '99.0.0',
      theme: 'dark',
      numStartups: 5,
      projects: { [project]: trusted },
    }),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=ccmux', '-c', 'user.email=demo@localhost', ...args], { cwd: project, env });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'Sell seats');
}

/** The terminal with the page beside it. */
async function photograph(svg: string, url: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  try {
    const [, width = '0', height = '0'] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const visit = await browser.newContext({
      viewport: { width: PAGE_WIDTH, height: Number(height) - 32 },
      deviceScaleFactor: SHARPNESS,
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    });
    const page = await visit.newPage();
    await page.goto(url);
    await page.getByText('Gemini').first().waitFor();
    await sleep(1_000);
    const shot = (await page.screenshot()).toString('base64');
    const both = await browser.newPage({
      viewport: { width: Number(width) + PAGE_WIDTH + 72, height: Number(height) + 48 },
      deviceScaleFactor: SHARPNESS,
    });
    await both.setContent(`<style>
      body { margin: 0; padding: 24px; display: flex; gap: 24px; background: transparent; font: 12px system-ui }
      figure { margin: 0; border-radius: 10px; overflow: hidden; border: 1px solid #2b303b; background: #1d2129; color: #8a93a3 }
      figcaption { height: 31px; line-height: 32px; text-align: center }
      figure div { background: #15140f }
      figure img { display: block; width: ${PAGE_WIDTH}px; mask-image: linear-gradient(#000 90%, transparent) }
    </style>${svg}<figure><figcaption>ccmux dashboard</figcaption><div><img src="data:image/png;base64,${shot}"></div></figure>`);
    await both.waitForLoadState('networkidle');
    const file = path.join(root, '.github/failover.png');
    await both.screenshot({ path: file, omitBackground: true });
    process.stdout.write(`written: .github/failover.svg, .github/failover.png\n`);
  } finally {
    await browser.close();
  }
}
