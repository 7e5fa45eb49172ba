/** `npm run load [-- <seconds>]`: 64 streams at once, two minutes, with failovers. */
import { runLoad } from './load.ts';

const STREAMS = 64;
const seconds = Number(process.argv[2] ?? 120);
/** What the runtime itself keeps (compiled code, pools) may grow by so much, MB. */
const GROWTH = 16;

let until: number | undefined;
const load = await runLoad(STREAMS, () => Date.now() < (until ??= Date.now() + seconds * 1_000));
const { requests, byClaude, byGemini, errors, broken, faults, p99Ms, heap, handles } = load;
console.log(`${STREAMS} streams for ${seconds} s: ${requests} requests, ${(requests / seconds).toFixed(0)} a second
answered by Claude ${byClaude}, by Gemini ${byGemini}; valid errors ${errors}; broken ${broken.length}; faults of ccmux ${faults.length}
event loop delay p99 ${p99Ms.toFixed(1)} ms (client and hosts share the process)
heap ${heap.before.toFixed(1)} MB before, ${heap.after.toFixed(1)} MB after; handles ${handles.before} before, ${handles.after} after`);
for (const why of new Set([...broken, ...faults])) console.log(`✗ ${why}`);
const holds = broken.length + faults.length === 0 && handles.after <= handles.before;
process.exit(holds && heap.after - heap.before < GROWTH ? 0 : 1);
