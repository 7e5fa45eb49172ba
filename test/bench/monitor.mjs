// Loaded into ccmux before its own code: at each SIGUSR2 writes to $MONITOR what cannot be seen from outside, and begins anew.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

process.on('SIGUSR2', () => {
  const p99Ms = delay.percentile(99) / 1e6;
  collect();
  const heapMb = process.memoryUsage().heapUsed / 1e6;
  writeFileSync(
    process.env.MONITOR,
    JSON.stringify({ heapMb, handles: process.getActiveResourcesInfo().length, p99Ms }),
  );
  delay.reset();
});
