// The fuzz tests with many cases: node test/fuzz/run.mjs [times as many as usual]. The seed is printed; FUZZ_SEED repeats it.
import { spawnSync } from 'node:child_process';

const [times = '100'] = process.argv.slice(2);
const env = { FUZZ_SEED: String(Date.now() % 2 ** 31), ...process.env, FUZZ_RUNS: times };
const args = ['run', '--config', 'test/vitest.config.ts', '--test-timeout', '1800000', 'test/fuzz'];
console.log(`FUZZ_SEED=${env.FUZZ_SEED} FUZZ_RUNS=${times}`);
process.exit(spawnSync('vitest', args, { env, stdio: 'inherit' }).status ?? 1);
