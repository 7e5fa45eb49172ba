// Runs the quick tests at moments and in places where times are easily wrong: node test/machines/clocks.mjs [name…]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const CLOCKS = {
  'before-midnight': { TZ: 'UTC', TEST_CLOCK: '2026-11-26T23:40:00' },
  'month-end': { TZ: 'Asia/Kolkata', TEST_CLOCK: '2026-02-28T23:58:30' },
  'year-end': { TZ: 'America/New_York', TEST_CLOCK: '2026-12-31T23:59:40' },
  'spring-forward': { TZ: 'Europe/Berlin', TEST_CLOCK: '2027-03-28T01:55:00' },
  'fall-back': { TZ: 'America/New_York', TEST_CLOCK: '2026-11-01T00:50:00' },
  'a-day-ahead': { TZ: 'Pacific/Kiritimati', TEST_CLOCK: '2026-11-27T00:05:00' },
  noon: { TZ: 'UTC', TEST_CLOCK: '2026-06-15T12:00:00' },
};

const { positionals } = parseArgs({ allowPositionals: true });
const names = positionals.length > 0 ? positionals : Object.keys(CLOCKS);
const unknown = names.filter((name) => CLOCKS[name] === undefined);
if (unknown.length > 0) {
  console.error(`unknown clock: ${unknown.join(', ')}. Known: ${Object.keys(CLOCKS).join(', ')}`);
  process.exit(2);
}

const failed = names.filter((name) => {
  console.log(`\n${name}: ${CLOCKS[name].TEST_CLOCK} ${CLOCKS[name].TZ}`);
  const env = { ...process.env, ...CLOCKS[name] };
  return spawnSync('npm', ['run', '--silent', 'test:quick'], { env, stdio: 'inherit' }).status !== 0;
});
console.log(failed.length === 0 ? `\n${names.length} clocks passed` : `\nfailed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
