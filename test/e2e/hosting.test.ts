import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../helpers/temporary.ts';
import { answered, ask, script, sessionStart } from '../report/story.ts';

const root = join(import.meta.dirname, '..', '..');

type Action = { inputs: Record<string, { default: string }>; runs: { steps: { run: string }[] } };

/** The action's step as a host runs it, in a home with one session that began two hours ago. */
function runAction(since?: string) {
  const home = temporaryFolder('ccmux-action-');
  const sessions = join(home, '.local', 'state', 'ccmux', 'sessions');
  mkdirSync(sessions, { recursive: true });
  mkdirSync(join(home, 'bin'));
  symlinkSync(join(root, 'bin', 'ccmux.js'), join(home, 'bin', 'ccmux'));
  const begin = Date.now() - 2 * 3_600_000;
  const events = script([0, sessionStart], [1, ask(1, 1, 'fix the test')], [2, answered(1, 'claude', 'opus', 500)]);
  const [first] = events;
  const moved = events.map((event) => JSON.stringify({ ...event, at: begin + event.at - first!.at }));
  writeFileSync(join(sessions, '3f2a91.jsonl'), `${moved.join('\n')}\n`);
  const { inputs, runs } = parse(readFileSync(join(root, '.github/actions/report/action.yml'), 'utf8')) as Action;
  const summary = join(home, 'summary.md');
  writeFileSync(summary, 'of a step before\n');
  const { status, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', runs.steps[0]!.run], {
    env: {
      HOME: home,
      PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
      GITHUB_STEP_SUMMARY: summary,
      SINCE: since ?? inputs['since']!.default,
    },
    encoding: 'utf8',
  });
  return { status, stderr, summary: readFileSync(summary, 'utf8') };
}

it('the report action adds the figures of the job’s sessions to its summary', () => {
  const { status, stderr, summary } = runAction();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(summary).toMatch(/^of a step before\n## ccmux\n\n\*\*.+\*\*\n\n\| session \|/);
  expect(summary).toMatch(/^\| .*3f2a91.* \| 1 \| 1 \| 1 \|/m);
  expect(summary).not.toContain('fix the test');
});

it('and none that is older than asked', () => {
  expect(runAction('1h').summary).toMatch(/^\| \*\*all\*\* \| 0 \|/m);
});

it('says why it fails', () => {
  const { status, stderr } = runAction('soon');
  expect(status).toBe(2);
  expect(stderr).toContain('soon');
});

/** Every script that a host or a shell runs, as it reaches the shell: a host puts its own values in place of `${{ … }}`. */
function scripts(): [name: string, text: string][] {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const steps = (file: string) => {
    const { runs, jobs = {} } = parse(read(file)) as { runs?: Job; jobs?: Record<string, Job> };
    return [...(runs ? [runs] : []), ...Object.values(jobs)]
      .flatMap((job) => job.steps.flatMap(({ run }) => run ?? []))
      .map((run, index): [string, string] => [
        `${file}, script ${index + 1}`,
        run.replaceAll(/\$\{\{.*?\}\}/g, 'value'),
      ]);
  };
  return [
    ...steps('.github/workflows/ci.yml'),
    ...steps('.github/actions/report/action.yml'),
    ...['.ci/run', 'completions/ccmux.bash'].map((file): [string, string] => [file, read(file)]),
  ];
}

type Job = { steps: { run?: string }[] };

it.runIf(hasShellcheck())('shellcheck finds nothing in what shells are given', () => {
  const said = scripts().map(([name, text]) => {
    const { stdout } = spawnSync('shellcheck', ['--shell', 'bash', '-'], { input: text, encoding: 'utf8' });
    return `${name}: ${stdout}`;
  });
  expect(said).toEqual(scripts().map(([name]) => `${name}: `));
});

function hasShellcheck(): boolean {
  const found = spawnSync('shellcheck', ['--version']).status === 0;
  if (!found && process.env['CI'] === 'true') throw new Error('shellcheck is missing: apt-get install shellcheck');
  if (!found) console.warn('shellcheck is not here, so no script is checked by it: apt-get install shellcheck');
  return found;
}
