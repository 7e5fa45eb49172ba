/** `npm run faults [-- --only <text> …] [--verbose]`: every fault × point × wire × mode × next ready or alone. */
import { parseArgs } from 'node:util';
import { cellsOf, nameOf, openMatrix, runAll, type Outcome } from './matrix.ts';

const AT_ONCE = 16;

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] }, verbose: { type: 'boolean', default: false } },
});
const cells = cellsOf().filter((cell) => values.only.every((text) => nameOf(cell).includes(text)));
let unhandled = 0;
process.on('unhandledRejection', (reason) => {
  unhandled += 1;
  console.error('unhandled:', reason);
});

const before = handles();
const matrix = await openMatrix();
const outcomes = await runAll(matrix, cells, AT_ONCE);
const rejections = matrix.rejections();
await matrix.close();
// A socket that was closed is gone some turns of the event loop later.
for (let turn = 0; turn < 200 && handles() > before; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
const leaked = Math.max(0, handles() - before);
if (leaked > 0) console.log(process.getActiveResourcesInfo().join(' '));

printTable(outcomes);
const failed = outcomes.filter(({ why }) => why !== undefined);
for (const { cell, got, why } of failed) console.log(`✗ ${nameOf(cell)}: ${got}, ${why}`);
if (values.verbose)
  for (const { cell, got, ms } of outcomes) console.log(`  ${nameOf(cell)}: ${got}, ${ms.toFixed(0)} ms`);
for (const rejection of new Set(rejections)) console.log(`✗ a host refused: ${rejection}`);
const share = ((1 - failed.length / Math.max(1, outcomes.length)) * 100).toFixed(1);
console.log(
  `\n${outcomes.length} cells, ${outcomes.length - failed.length} hold (${share} %); slowest ${Math.max(...outcomes.map(({ ms }) => ms)).toFixed(0)} ms; ` +
    `${unhandled} unhandled rejections, ${leaked} leaked handles, ${rejections.length} refused requests`,
);
process.exit(failed.length + unhandled + leaked + rejections.length === 0 && outcomes.length > 0 ? 0 : 1);

/** Sockets, servers and timers that keep the process alive. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
}

function printTable(all: Outcome[]): void {
  const columns = ['itself', 'next', 'error', 'error event', 'untouched', 'broken'] as const;
  const points = [...new Set(all.map(({ cell }) => cell.fault.point))];
  console.log(
    `${'point'.padEnd(26)}${'cells'.padStart(6)}${'hold'.padStart(6)}${columns.map((name) => name.padStart(12)).join('')}`,
  );
  for (const point of [...points, 'all']) {
    const those = all.filter(({ cell }) => point === 'all' || cell.fault.point === point);
    const hold = those.filter(({ why }) => why === undefined).length;
    const counts = columns.map((name) => String(those.filter(({ got }) => got === name).length).padStart(12));
    console.log(`${point.padEnd(26)}${String(those.length).padStart(6)}${String(hold).padStart(6)}${counts.join('')}`);
  }
}
