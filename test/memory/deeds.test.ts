import { describe, expect, it } from 'vitest';
import { approvedPlan, deedsOf } from '../../src/memory/deeds.ts';
import { digestOf } from '../../src/memory/digest.ts';
import { readTestRun, runsTests } from '../../src/memory/test-run.ts';
import type { Noted } from '../../src/memory/noted.ts';

/** Facts that the client's own tools tell, without a model. */

describe('a command that runs tests', () => {
  it.each([
    'npm test',
    'npm run test:unit -- --run',
    'cd app && CI=1 npx vitest run src/settle.test.ts',
    'pnpm vitest',
    'yarn test',
    'bun test',
    'python -m pytest -q tests/',
    '.venv/bin/pytest',
    'poetry run pytest',
    'go test ./...',
    'cargo nextest run',
    'cargo test -p core 2>&1 | tail -5',
    './gradlew :app:test',
    'mvn -q test',
    'make test',
    'node --test',
    'bundle exec rspec',
    'dotnet test',
    'timeout 60 npx jest',
    '.\\gradlew.bat test',
    'C:\\Python313\\python.exe -m pytest',
    'node_modules\\.bin\\vitest run',
  ])('%s', (command) => expect(runsTests(command)).toBe(true));
});

describe('a command that only speaks of tests', () => {
  it.each([
    'git commit -m "test: npm test passes"',
    "git commit -m 'run pytest; npm test'",
    'bd close 12 --reason "… npm test && done"',
    'cat > notes.md <<EOF\nnpm test\nEOF',
    'ls test/',
    'cat jest.config.js',
    'grep -rn pytest .',
    'npm install vitest',
    'echo test',
  ])('%s', (command) => expect(runsTests(command)).toBe(false));
});

it.each([
  {
    runner: 'vitest',
    output:
      ' FAIL  test/settle.test.ts > settles twice under load\n × settles twice under load 12ms\n Tests  2 failed | 83 passed (85)',
    failing: ['test/settle.test.ts > settles twice under load'],
    counts: 'Tests  2 failed | 83 passed (85)',
  },
  {
    runner: 'pytest',
    output: 'FAILED tests/test_order.py::test_twice - assert 1 == 2\n1 failed, 4 passed in 0.1s',
    failing: ['tests/test_order.py::test_twice'],
    counts: '1 failed, 4 passed in 0.1s',
  },
  { runner: 'go', output: '--- FAIL: TestSettle (0.00s)\nFAIL\n', failing: ['TestSettle'], counts: '' },
  {
    runner: 'cargo',
    output: 'test order::twice ... FAILED\ntest result: FAILED. 3 passed; 1 failed; 0 ignored',
    failing: ['order::twice'],
    counts: 'test result: FAILED. 3 passed; 1 failed; 0 ignored',
  },
  {
    runner: 'node:test',
    output: '✖ settles twice (3.2ms)\nℹ pass 3\nℹ fail 1',
    failing: ['settles twice'],
    counts: 'ℹ fail 1',
  },
  { runner: 'TAP', output: 'ok 1 - a\nnot ok 2 - settles twice', failing: ['settles twice'], counts: '' },
])('reads what $runner says', ({ output, failing, counts }) => {
  expect(readTestRun(output, false)).toEqual({ failed: true, counts, failing });
});

it('reads a run that went well', () => {
  expect(readTestRun('Tests  85 passed (85)', false)).toEqual({
    failed: false,
    counts: 'Tests  85 passed (85)',
    failing: [],
  });
});

const bash = (command: string) => ({ name: 'Bash', input: { command } });
const noted = (...deeds: Noted['deeds'][number][]): Noted => ({
  key: '',
  turn: 3,
  passages: [],
  deeds,
  isGone: false,
  typed: false,
});

it.each([
  {
    what: 'a refused command, with the reason',
    deeds: deedsOf(
      bash('npm publish'),
      "The user doesn't want to proceed with this tool use. The tool use was rejected. To tell you how to proceed, the user said:\nnot before the release",
      true,
    ),
    decided: ['- [t3] refused: Bash npm publish: "not before the release"'],
  },
  {
    what: 'a refused command, without',
    deeds: deedsOf(bash('npm publish'), "The user doesn't want to proceed with this tool use.", true),
    decided: ['- [t3] refused: Bash npm publish'],
  },
  {
    what: 'an answered question',
    deeds: deedsOf(
      { name: 'AskUserQuestion', input: {} },
      'Your questions have been answered: "Which lock?"="the row lock". You can now continue with these answers in mind.',
      false,
    ),
    decided: ['- [t3] asked: "Which lock?"="the row lock"'],
  },
])('tells what the user decided: $what', ({ deeds, decided }) => {
  expect(digestOf([noted(...deeds)]).decided).toEqual(decided);
});

const ran = (command: string, output: string, isError = false) => deedsOf(bash(command), output, isError);
const edited = (file: string) => deedsOf({ name: 'Edit', input: { file_path: file } }, 'ok', false);

it.each([
  {
    what: 'the last test run, and what was edited since',
    deeds: [
      ...edited('order.ts'),
      ...ran('npm test', 'Exit code 1\n× settles twice\n1 failed, 3 passed', true),
      ...edited('settle.ts'),
    ],
    state: [
      '- tests (t3): npm test → 1 failed, 3 passed · failing: settles twice',
      '- edited, not tested since: settle.ts (t3)',
    ],
  },
  {
    what: 'a failure that is still one',
    deeds: [
      ...ran('psql', 'Exit code 2\npermission denied', true),
      ...ran('psql', 'Exit code 2\npermission denied', true),
    ],
    state: ['- failed: psql → permission denied (t3, tried 2 times)'],
  },
  { what: 'no failure that went well later', deeds: [...ran('make', 'no', true), ...ran('make', 'ok')], state: [] },
  {
    what: 'tasks as a list',
    deeds: deedsOf(
      {
        name: 'TodoWrite',
        input: {
          todos: [
            { content: 'load test', status: 'in_progress' },
            { content: 'backfill', status: 'pending' },
            { content: 'lock', status: 'completed' },
          ],
        },
      },
      'ok',
      false,
    ),
    state: ['- tasks: in progress: load test · pending: backfill · 1 of 3 done'],
  },
  {
    what: 'tasks one by one',
    deeds: [
      ...deedsOf(
        { name: 'TaskCreate', input: { subject: 'load test' } },
        'Task #7 created successfully: load test',
        false,
      ),
      ...deedsOf({ name: 'TaskUpdate', input: { taskId: '7', status: 'in_progress' } }, 'Updated', false),
    ],
    state: ['- tasks: in progress: load test · 0 of 1 done'],
  },
  {
    what: 'an edit that failed',
    deeds: deedsOf({ name: 'Edit', input: { file_path: 'a.ts' } }, 'no', true),
    state: [],
  },
])('tells the state: $what', ({ deeds, state }) => {
  expect(digestOf([noted(...deeds)]).state).toEqual(state);
});

it('takes an approved plan as the user left it', () => {
  const call = { name: 'ExitPlanMode', input: { plan: 'Use a lock.' } };
  const said = 'User has approved your plan. You can now start coding.\n\n## Approved Plan (edited by user):\nUse two.';
  expect(approvedPlan(call, said)).toBe('Use two.');
  expect(approvedPlan(call, 'ok')).toBe('Use a lock.');
});
