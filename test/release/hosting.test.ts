import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

const root = new URL('../..', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(root, '.github', file), 'utf8');

type Step = { run?: string; uses?: string };

it('the workflow runs the gate, and names scripts and files that there are', () => {
  const { jobs } = parse(read('workflows/ci.yml')) as {
    jobs: Record<string, { steps: Step[]; strategy?: { matrix: { os: string[]; node: number[] } } }>;
  };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(commands).toContain('.ci/run');
  for (const [, script = ''] of commands.join('\n').matchAll(/npm run ([\w:-]+)/g)) {
    expect(manifest.scripts).toHaveProperty([script]);
  }
  const named = [...commands.join('\n').matchAll(/(?:^|\s)((?:bin|test)\/[\w./-]+)/g)].map(([, file = '']) => file);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  const oldest = Number(/>=(\d+)/.exec(manifest.engines.node)![1]);
  expect(jobs['systems']!.strategy!.matrix).toEqual({
    os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
    node: [oldest, 24, 26],
  });
});

it('the action runs a command that there is', () => {
  const { runs } = parse(read('actions/report/action.yml')) as { runs: { steps: Step[] } };
  expect(runs.steps.map(({ run }) => run)).toEqual(['ccmux report "$SESSION" --markdown >> "$GITHUB_STEP_SUMMARY"']);
});

it('the container takes no key into its image', () => {
  const lines = read('container/Containerfile').split('\n');
  expect(lines.filter((line) => /^(ENV|ARG)/.test(line))).toEqual(['ENV CCMUX_YES=1']);
});
