import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

/** One plain line at the end, which a program can read: `412 passed, 0 failed, 0 skipped`; before it, what needed a retry. */
const closingLine: Reporter = {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'failed' : state] += 1;
        if (test.diagnostic()?.flaky) process.stdout.write(`\nfailed once, then passed: ${test.fullName}\n`);
      }
      // A file that could not even be loaded holds no test, and must not look like one that passed.
      if (module.state() === 'failed' && module.children.size === 0) count.failed += 1;
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  },
};

/** Folders of tests that start real programs: the client in a terminal, Chromium, shells. */
const REAL_PROGRAMS = ['e2e', 'browser', 'clients', 'completions', 'shared', 'stores'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

/** What takes too long for `npm test`, which has a short form of it. */
const LONG = ['shared', 'stores', 'clients'].map((folder) => `test/${folder}/long/**/*.test.ts`);

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..'),
    // `vitest --project quick` is what the gate, the oldest Node and the clocks run.
    projects: [
      {
        extends: true,
        test: { name: 'quick', include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], exclude: REAL_PROGRAMS },
      },
      // One retry, and a line that tells of it: what a busy machine does to a real terminal is not what is tested here.
      { extends: true, test: { name: 'real', include: REAL_PROGRAMS, exclude: LONG, retry: 1 } },
      // `npm run shared`, `npm run test:clients`
      { extends: true, test: { name: 'long', include: LONG } },
    ],
    setupFiles: ['test/machines/set-clock.ts'],
    reporters: ['default', closingLine],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // By default a poll gives up after a second, which a busy machine takes for a single request.
    expect: { poll: { timeout: 15_000 } },
    // Two cores, and the end-to-end files start real clients: more workers than that only time each other out.
    maxWorkers: 2,
    // No test changes a module for another: to load them all anew for each file takes longer than the tests themselves.
    isolate: false,
  },
});
