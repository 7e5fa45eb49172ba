import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, '.github', file), 'utf8');

type Step = { run?: string };

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

it('what others wrote is named by the commit that was read, with its version beside it', () => {
  const used = [...read('workflows/ci.yml').matchAll(/uses: (.*)/g)].map(([, name = '']) => name);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((name) => !/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name))).toEqual([]);
});

it('the container takes no key into its image', () => {
  const lines = read('container/Containerfile').split('\n');
  expect(lines.filter((line) => /^(ENV|ARG)/.test(line))).toEqual(['ENV CCMUX_YES=1']);
});
