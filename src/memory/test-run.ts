/** What a test run said, by the words of its runner. */
export type TestRun = { failed: boolean; counts: string; failing: string[] };

/** Whether a shell command runs tests. What it quotes, a commit's message for one, runs nothing. */
export function runsTests(command: string): boolean {
  return withoutQuotes(command)
    .split(/&&|\|\||[;|\n(){}]/)
    .some((part) => RUNNERS.test(part.trim().replace(PREFIX, '')));
}

/** Variables, `time` and the launchers of packages stand before the program. */
const PREFIX =
  /^(?:(?:\w+=\S*|time|env|sudo|timeout \S+|npx|bunx|pnpm(?: exec| dlx)?|yarn(?: exec| dlx)?|npm exec(?: --)?|poetry run|uv run|pipenv run|bundle exec|xvfb-run|cross-env)\s+)+(?!tests?\b)/;

const RUNNERS =
  /^(?:(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:t|test\S*|check)\b|(?:\S*[\\/])?(?:vitest|jest|mocha|ava|tap|jasmine|karma|cypress|pytest|py\.test|tox|nox|rspec|phpunit|pest|ctest|busted|bats|nextest)\b|playwright\s+test|node\s+(?:\S+\s+)*--test\b|(?:\S*[\\/])?python[\d.]*(?:\.exe)?\s+-m\s+(?:pytest|unittest)\b|python[\d.]*\s+manage\.py\s+test\b|(?:go|cargo|dotnet|swift|mix|deno|flutter|dart|rails|rake|sbt|stack|cabal|bazel|zig|crystal|gleam|lein|meson|buck2?)\s+(?:build\s+)?(?:test\b|nextest\b)|(?:\S*[\\/])?(?:mvnw?|gradlew?)(?:\.cmd|\.bat)?\s+(?:\S+\s+)*(?:\S*:)?(?:test|check|verify)\b|(?:make|just|task|ninja)\s+(?:\S*[-_:])?(?:test\S*|check)\b)/;

function withoutQuotes(command: string): string {
  return command
    .replaceAll(/<<-?\s*(['"]?)(\w+)\1[^\n]*\n[\s\S]*?(?:\n\s*\2\b|$)/g, '\n')
    .replaceAll(/\\["']/g, '')
    .replaceAll(/"[^"]*"|'[^']*'/g, '""');
}

/** A runner's line with its counts: `2 failed, 83 passed`, `ok 12 tests`, `Tests: 1 failed, 3 total`. */
const COUNTS =
  /\b\d+\s+(?:tests?\s+)?(?:failed|failing|failures?|passed|passing|errors?|ok)\b|\b(?:failures?|fail|pass|failed|passed)[:=]?\s+\d+\b/i;
const SOME_FAILED =
  /\b(?:[1-9]\d*)\s+(?:tests?\s+)?(?:failed|failing|failures?|errors?)\b|\b(?:failures?|fail|failed|errors)[:=]?\s+[1-9]|^(?:FAIL|FAILED|---\s+FAIL|not ok)\b/im;

/** How runners mark a test that failed; the first group is its name. */
const FAILING: readonly RegExp[] = [
  // vitest, jest, node:test, ava.
  /^\s*(?:[✕✖×✗✘]|FAIL)\s+(.+?)(?:\s+\(?\d+(?:\.\d+)?\s?m?s\)?)?$/gmu,
  /^\s*●\s+(.+?)$/gmu,
  // pytest, unittest.
  /^(?:FAILED|ERROR)\s+(\S+)/gm,
  /^(?:FAIL|ERROR):\s+(.+)$/gm,
  // Go, cargo, TAP, mocha, rspec.
  /^\s*--- FAIL:\s+(\S+)/gm,
  /^test\s+(\S+)\s+\.\.\.\s+FAILED/gm,
  /^\s*not ok \d+ -?\s*(.+?)(?:\s+#.*)?$/gm,
  /^\s+\d+\)\s+(.+?):?$/gm,
  /^rspec\s+(\S+)/gm,
];

const MOST_NAMES = 6;
const LONGEST_NAME = 100;

/** @param failed the command ended with another status than 0. */
export function readTestRun(output: string, failed: boolean): TestRun {
  // oxlint-disable-next-line no-control-regex
  const plain = output.replaceAll(/\u001b\[[\d;]*m/g, '');
  const lines = plain.split('\n').filter((line) => COUNTS.test(line));
  const names = FAILING.flatMap((pattern) => [...plain.matchAll(pattern)].map(([, name = '']) => name.trim()));
  // A suite's file stands before its tests' names: the names say more.
  const distinct = [...new Set(names)].filter((name) => !names.some((other) => other !== name && other.includes(name)));
  return {
    failed: failed || SOME_FAILED.test(plain),
    counts: (lines.findLast((line) => /fail|error/i.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, LONGEST_NAME),
    failing: distinct.slice(0, MOST_NAMES).map((name) => name.slice(0, LONGEST_NAME)),
  };
}
