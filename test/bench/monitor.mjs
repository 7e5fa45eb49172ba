// Loaded into ccmux before its own code: at each SIGPWR writes to $MONITOR what cannot be seen from outside, and begins anew.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

// ccmux hands those on that programs use among each other.
process.on('SIGPWR', () => {
  const p99Ms = delay.percentile(99) / 1e6;
  collect();
  const heapMb = process.memoryUsage().heapUsed / 1e6;
  writeFileSync(
    process.env.MONITOR,
    JSON.stringify({ heapMb, handles: process.getActiveResourcesInfo().length, p99Ms }),
  );
  delay.reset();
});
