import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { readJournal } from '../../src/state/journal.ts';
import { summarise } from '../../src/state/fold.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { claudeCommand, runCcmux, start, type Place } from '../helpers/claude.ts';
import { answersOf, useQuickClient } from '../helpers/quick-client.ts';

/** How many sessions are killed: `KILLS=120` for a proof, few for every day. */
const KILLS = Number(process.env['KILLS'] ?? 6);
const PROMPTS = Array.from({ length: 40 }, (_, i) => `question ${i}`);

it('knows of every answer that the client has seen whole, whenever ccmux is killed', async () => {
  const [limited, well] = await Promise.all([
    makeCast({ claude: () => claudeLimit(inAnHour()), gemini: () => answer('Gemini was here.') }),
    makeCast({ claude: () => answer('Claude was here.') }),
  ]);
  let acknowledged = 0;
  let missing = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { place } = kill % 2 === 0 ? limited : well;
    useQuickClient(place);
    const before = journals(place);
    const seen = await killAfter(place, 1 + (kill % 7), kill % 6);
    const known = await answersOnRecord(place, before);
    acknowledged += seen;
    missing += Math.max(0, seen - known);
  }
  console.log(`${KILLS} kills: ${acknowledged} acknowledged answers, ${missing} of them missing from the report`);
  expect(acknowledged).toBeGreaterThanOrEqual(KILLS);
  expect(missing).toBe(0);

  const report = await runCcmux(well.place, ['report', '--json']);
  expect(report.code).toBe(0);
  expect(JSON.parse(report.stdout).responses.length).toBeGreaterThan(0);
}, 600_000);

/** @returns how many answers the client had said it has when ccmux was gone. */
async function killAfter(place: Place, answers: number, ms: number): Promise<number> {
  const running = start(place, claudeCommand('ccmux', ['-p', ...PROMPTS]));
  const lines = () => running.stdout().split('\n').length - 1;
  await new Promise<void>((resolve) => {
    running.child.stdout!.on('data', () => void (lines() >= answers && resolve()));
    running.child.once('close', () => resolve());
  });
  await sleep(ms);
  running.child.kill('SIGKILL');
  await running.finished;
  return answersOf(running.stdout()).filter(({ status }) => status === 200).length;
}

const sessionsOf = (place: Place) => join(place.ccmuxState, 'sessions');

function journals(place: Place): string[] {
  if (!existsSync(sessionsOf(place))) return [];
  return readdirSync(sessionsOf(place)).filter((name) => name.endsWith('.jsonl'));
}

/** In the journal that was not there before: two sessions of one second cannot be told apart by their names. */
async function answersOnRecord(place: Place, before: string[]): Promise<number> {
  const own = journals(place).find((name) => !before.includes(name));
  const { responses } = summarise(await readJournal(join(sessionsOf(place), own!)));
  return responses.filter(({ outcome }) => outcome === 'answered').length;
}
