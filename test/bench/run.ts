/**
 * What ccmux costs beside a bare pipe, and failover beside a reference: `npm run bench`. README.md in this folder says
 * how it is measured. It prints and writes a file; it asserts nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ask, bodyOf, median, quantile } from './client.ts';
import { memory } from './memory.ts';
import { scale } from './scale.ts';
import {
  CCMUX,
  FOOTER,
  cpuMs,
  createCcmuxHome,
  createHome,
  firstLine,
  residentMb,
  start,
  startCcmux,
  startNginx,
  startRouter,
  type Running,
} from './processes.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    out: { type: 'string', default: 'bench.json' },
    against: { type: 'string' },
    peers: { type: 'boolean', default: false },
    scale: { type: 'string' },
    memory: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const WARM_UP = 3;
const SIZES = { '2 KB': 2e3, '100 KB': 1e5, '1 MB': 1e6, '5 MB': 5e6 };

/** One line of the result: the floor's figure, that of ccmux (or of whoever the name says), and the ratio that counts. */
type Line = { name: string; unit: string; floor: number; ccmux: number; ratio: number };
const lines: Line[] = [];

function note(name: string, unit: string, floor: number, ccmux: number): void {
  lines.push({ name, unit, floor, ccmux, ratio: ccmux / floor });
  print(name, [floor, ccmux, ccmux / floor], unit);
}

function print(name: string, figures: number[], unit = ''): void {
  console.log(`${name.padEnd(48)}${figures.map((value) => value.toFixed(2).padStart(10)).join('')}  ${unit}`.trimEnd());
}

/** Whatever is compared, in turns: so a busy machine slows all alike. @returns what each of them was told per round. */
async function inTurns<Name extends string>(
  rounds: number,
  subjects: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(subjects) as Name[];
  const told = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds + WARM_UP; round++) {
    for (const name of names) {
      const value = await subjects[name]();
      if (round >= WARM_UP) told[name].push(value);
    }
  }
  return told;
}

/** What each round took longer than the same round without anybody in between. */
const added = (times: number[], direct: number[]) => times.map((ms, round) => ms - direct[round]!);

/** All that relay, by name. */
type Subjects = { floor: Running; ccmux: Running; nginx?: Running; router?: Running };
type Subject = keyof Subjects;
const firstToken = async (url: string, body: Buffer, wanted?: string) => (await ask(url, body, wanted)).firstMs;

/** The same work for each of them. */
function each<T>(subjects: Subjects, work: (running: Running, who: Subject) => T): Record<Subject, T> {
  const entries = Object.entries(subjects) as [Subject, Running][];
  return Object.fromEntries(entries.map(([who, running]) => [who, work(running, who)])) as Record<Subject, T>;
}

function noteEach(name: string, unit: string, { floor, ...others }: Record<Subject, number>): void {
  for (const [who, figure] of Object.entries(others))
    note(who === 'ccmux' ? name : `${who}: ${name}`, unit, floor, figure);
}

async function relay(upstream: string, subjects: Subjects, thinking: number): Promise<void> {
  for (const [size, bytes] of Object.entries(SIZES)) {
    const body = bodyOf(bytes);
    const wanted = String(thinking);
    const times = await inTurns(ROUNDS, {
      direct: () => firstToken(upstream, body, wanted),
      ...each(
        subjects,
        ({ url }) =>
          () =>
            firstToken(url, body, wanted),
      ),
    });
    const name = `added, ${thinking > 0 ? 'thinking' : 'no thinking'}, ${size}`;
    const at = (part: number) => each(subjects, (_, who) => quantile(added(times[who], times.direct), part));
    noteEach(`${name}, median`, 'ms', at(0.5));
    noteEach(`${name}, p99`, 'ms', at(0.99));
  }
}

async function cpu(subjects: Subjects): Promise<void> {
  for (const [size, bytes] of Object.entries(SIZES)) {
    const body = bodyOf(bytes);
    const count = Math.max(20, Math.min(150, Math.round(5e7 / bytes)));
    const spent = async ({ pid, url }: Running) => {
      const before = cpuMs(pid);
      for (let i = 0; i < count; i++) await ask(url, body);
      return (cpuMs(pid) - before) / count;
    };
    const times = await inTurns(
      3,
      each(subjects, (running) => () => spent(running)),
    );
    noteEach(
      `CPU a request, ${size}`,
      'ms',
      each(subjects, (_, who) => median(times[who])),
    );
  }
}

async function concurrency(subjects: Subjects, atOnce: number): Promise<void> {
  const body = bodyOf(2e3);
  const firsts = each(subjects, (): number[] => []);
  const rate =
    ({ url }: Running, who: Subject) =>
    async () => {
      const startedAt = performance.now();
      const worker = async () => {
        for (let i = 0; i < 10; i++) firsts[who].push(await firstToken(url, body));
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      return (atOnce * 10_000) / (performance.now() - startedAt);
    };
  const rates = await inTurns(5, each(subjects, rate));
  const medians = (figures: Record<Subject, number[]>) => each(subjects, (_, who) => median(figures[who]));
  noteEach(`throughput, ${atOnce} at once`, 'requests/s', medians(rates));
  noteEach(`first token, ${atOnce} at once`, 'ms', medians(firsts));
}

async function paced(subjects: Subjects): Promise<void> {
  const body = bodyOf(2e3);
  const delays = each(subjects, (): number[] => []);
  for (let round = 0; round < Math.ceil(ROUNDS / 5); round++) {
    for (const [who, { url }] of Object.entries(subjects)) {
      delays[who as Subject].push(...(await ask(url, body, 'paced')).delaysMs);
    }
  }
  const at = (part: number) => each(subjects, (_, who) => quantile(delays[who], part));
  noteEach('delay of an event, median', 'ms', at(0.5));
  noteEach('delay of an event, p99', 'ms', at(0.99));
}

/** What is added to asking the fallback itself, with a Claude that answers 429. */
async function failover(upstream: string, reference: Running): Promise<void> {
  const ccmux = await startCcmux(upstream);
  for (const [size, bytes] of Object.entries(SIZES).slice(0, 3)) {
    const body = bodyOf(bytes);
    const times = await inTurns(ROUNDS, {
      direct: async () => (await ask(upstream, body, '0', '/v1/chat/completions')).firstMs,
      reference: () => firstToken(reference.url, body, 'limited'),
      ccmux: () => failOver(ccmux.url, body),
    });
    const [least, ours] = [added(times.reference, times.direct), added(times.ccmux, times.direct)];
    note(`failover, ${size}, beside the reference`, 'ms', median(least), median(ours));
  }
  ccmux.stop();
}

async function firstFailover(upstream: string): Promise<void> {
  const body = bodyOf(2e3);
  const first: number[] = [];
  const warm: number[] = [];
  // One home for all: what the first session has run, Node keeps compiled. Like most, it needs no failover.
  const { env, remove } = createCcmuxHome(upstream);
  for (let session = 0; session < 7; session++) {
    const ccmux = await startCcmux(upstream, { env, remove: () => {} });
    // The session before has left a cooldown of Claude's.
    await preferClaude(ccmux.url);
    await ask(ccmux.url, body);
    // A person reads the first answer for a moment.
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (session > 0) {
      first.push(await failOver(ccmux.url, body));
      for (let i = 0; i < 5; i++) warm.push(await failOver(ccmux.url, body));
    }
    ccmux.stop();
    await ccmux.ended;
  }
  remove();
  note("a session's first failover, beside a later one", 'ms', median(warm), median(first));
}

/** So that it is asked again, whatever it has answered. */
async function preferClaude(url: string): Promise<void> {
  const again = JSON.stringify({ provider: 'claude', only: false });
  await fetch(`${url}/ccmux/use`, { method: 'POST', body: again, headers: { 'content-type': 'application/json' } });
}

async function failOver(url: string, body: Buffer): Promise<number> {
  await preferClaude(url);
  const { status, firstMs, text } = await ask(url, body, 'limited');
  if (status !== 200) throw new Error(`no failover: ${text}`);
  return firstMs;
}

async function starts(): Promise<void> {
  const { env, remove } = createHome('http://127.0.0.1:9', 'echo started');
  const run = { env, cwd: env['HOME'] };
  const timed = async (work: () => Promise<unknown> | object) => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  const ends: Promise<unknown>[] = [];
  const launch = async () => {
    const child = spawn(process.execPath, [CCMUX, 'claude', '-p', 'hi'], {
      ...run,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    ends.push(new Promise((resolve) => child.once('exit', resolve)));
    await firstLine(child);
  };
  const times = await inTurns(ROUNDS, {
    node: () => timed(() => spawnSync(process.execPath, ['-e', '0'], run)),
    version: () => timed(() => spawnSync(process.execPath, [CCMUX, '--version'], run)),
    footer: () => timed(() => spawnSync(process.execPath, [FOOTER], { ...run, input: '{}' })),
    claude: async () => {
      const ms = await timed(launch);
      await Promise.all(ends);
      return ms;
    },
  });
  remove();
  note('--version, beside an empty node', 'ms', median(times.node), median(times.version));
  note('the status line, beside an empty node', 'ms', median(times.node), median(times.footer));
  note('until claude runs, beside an empty node', 'ms', median(times.node), median(times.claude));
}

function compare(file: string): void {
  const old = JSON.parse(readFileSync(file, 'utf8')) as { lines: Line[] };
  console.log(`\nratios now, in ${file}, and their quotient`);
  for (const { name, ratio } of lines) {
    const before = old.lines.find((line) => line.name === name)?.ratio;
    if (before !== undefined) print(name, [ratio, before, ratio / before]);
  }
}

if (options.memory) {
  await memory(print);
  process.exit();
}

if (options.scale !== undefined) {
  await scale(Number(options.scale), print);
  process.exit();
}

console.log(`${''.padEnd(48)}     floor     ccmux     ratio`);
const upstream = await start('upstream.ts');
const nginx = await startNginx(upstream.url);
const subjects = {
  floor: await start('pipe.mjs', [upstream.url]),
  ccmux: await startCcmux(upstream.url),
  ...(nginx && { nginx }),
  ...(options.peers && { router: await startRouter(upstream.url) }),
};
note('resident memory, before the first request', 'MB', residentMb(subjects.floor.pid), residentMb(subjects.ccmux.pid));
await relay(upstream.url, subjects, 100);
await relay(upstream.url, subjects, 0);
await cpu(subjects);
for (const atOnce of [16, 64]) await concurrency(subjects, atOnce);
await paced(subjects);
note('resident memory, after all of these', 'MB', residentMb(subjects.floor.pid), residentMb(subjects.ccmux.pid));
const reference = await start('reference.ts', [upstream.url]);
await failover(upstream.url, reference);
await firstFailover(upstream.url);
await starts();
const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version };
writeFileSync(options.out, `${JSON.stringify({ machine, rounds: ROUNDS, lines }, undefined, 2)}\n`);
if (options.against !== undefined) compare(options.against);
for (const { stop } of [...Object.values(subjects), reference, upstream]) stop();
