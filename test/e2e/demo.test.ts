import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makePlace, root, start } from '../helpers/claude.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

/** `ccmux demo`, as a user runs it: their home is not touched and nothing is left behind. */

const node = join(root, 'node_modules', '.bin', 'node');
const demo = [node, join(root, 'bin', 'ccmux.js'), 'demo'];

it('--memory: with a note the next model repeats less, with Claude’s thoughts in it nothing', async () => {
  const temporary = temporaryFolder('ccmux-demo-test-');
  const place = makePlace({ baseUrl: 'http://127.0.0.1:9' });
  place.env['TMPDIR'] = temporary;
  const page = join(temporaryFolder('ccmux-demo-page-'), 'page.html');
  const run = await start(place, [...demo, '--memory', '--html', page]).finished;
  expect([run.code, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toContain("Claude's 5-hour limit: 94 % used");
  const row = (label: string) =>
    run.stdout
      .split('\n')
      .findLast((line) => line.trim().startsWith(label))
      ?.trim()
      .split(/ {2,}/)
      .slice(1);
  expect(row('memory off')).toEqual(['memory on', 'memory off', 'memory on']);
  expect(row('of them thoughts')).toEqual(['–', 'none', '–', '11']);
  expect(row('steps')).toEqual(['5', '3', '5', '2']);
  expect(row('made before by Claude')).toEqual(['3', '1', '3', '0']);
  expect(readFileSync(page, 'utf8')).toContain('<td>2</td>');
  const unwrapped = run.stdout.replaceAll(/\s*\n\s*┃\s*/g, ' ');
  expect(unwrapped.match(/· with 11 of Claude's thoughts/g)).toHaveLength(1);
  expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

it('tells the whole story at 80 columns, with the notices and the report, and cleans up', async () => {
  const temporary = temporaryFolder('ccmux-demo-test-');
  const place = makePlace({ baseUrl: 'http://127.0.0.1:9' });
  place.env['TMPDIR'] = temporary;
  const run = await start(place, demo).finished;
  expect([run.code, run.stderr]).toEqual([0, '']);
  for (const words of [
    '6 ❯ Now the same for transfer().',
    'ccmux: Claude: 429 (5-hour limit) · answered by Gemini in',
    'answered by claude-sonnet-5-5, then gemini-pro-latest',
    'One tool loop, two models',
    '12 of 12 buyers got seat 14C',
    'Fixed: 1 of 12 buyers got seat 14C',
    '# pass 2',
    'ccmux: Claude is back',
    'ccmux: no provider could answer · Claude: 429 (5-hour limit), Gemini: 429',
    'ccmux ✕ nobody until',
    'Gemini answers from the next request on. Undo: ccmux use auto',
    'Message 6 · Claude: 429 (5-hour limit)',
    'Message 9 · no provider could answer',
  ])
    expect(run.stdout).toContain(words);
  expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(place.ccmuxConfig)).toBe(false);
  // Compiled code, kept by Node for the next start, whatever the command.
  expect(readdirSync(place.ccmuxState)).toEqual(['compile-cache']);
});
