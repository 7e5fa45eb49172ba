import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { settleFirstRun, type FirstAnswer, type Questions } from '../../src/cli/first-run.ts';
import type { Flags } from '../../src/config/settings.ts';

const BOTH = { GEMINI_API_KEY: 'AIzaX', GROQ_API_KEY: 'gsk_x' };
const SENT = /conversation is sent to .*Gemini \(key in GEMINI_API_KEY\).* and billed by /;

function room(keys: Record<string, string> = { GEMINI_API_KEY: 'AIzaX' }) {
  const home = mkdtempSync(join(tmpdir(), 'ccmux-first-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const cwd = join(home, 'project');
  mkdirSync(cwd);
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, 'c'), XDG_STATE_HOME: join(home, 's'), ...keys };
  const asked: string[] = [];
  const does: string[] = [];
  const run = (answer?: FirstAnswer | 'no terminal', flags: Flags = {}, more: Record<string, string> = {}) => {
    const questions: Questions = {
      ask: async (question) => {
        asked.push(question);
        return answer === 'no terminal' ? undefined : answer;
      },
      init: async () => {
        does.push('init');
        mkdirSync(join(home, 'c', 'ccmux'), { recursive: true });
        writeFileSync(join(home, 'c', 'ccmux', 'config.yaml'), 'order: [claude, groq]\n');
        return 0;
      },
      showTrust: async () => does.push('trust'),
    };
    const options = { env: { ...env, ...more }, cwd, flags };
    return settleFirstRun(options, answer === 'no terminal' ? undefined : questions);
  };
  return { run, asked, does, cwd };
}

test('a found key is asked about once, in words that name who gets what and who bills', async () => {
  const { run, asked } = room();
  expect(await run('yes')).toMatchObject({ lines: [], unanswered: [] });
  expect(asked).toEqual([expect.stringMatching(SENT)]);
  expect(await run('yes')).toMatchObject({ lines: [], unanswered: [] });
  expect(asked).toHaveLength(1);
});

test('never is never, and only a new key is asked about', async () => {
  const { run, asked } = room();
  expect((await run('never'))?.loaded.config.never).toEqual(['gemini']);
  expect((await run(undefined, {}, { GROQ_API_KEY: 'gsk_x' })) === undefined).toBe(true);
  expect(asked[1]).toMatch(/sent to Groq \(key in GROQ_API_KEY\), .* and billed by Groq/);
  expect((await run('yes', {}, { GROQ_API_KEY: 'gsk_x' }))?.loaded.config.never).toEqual(['gemini']);
  expect(asked).toHaveLength(3);
});

test('who chooses gets the questions of init, and what came of them', async () => {
  const { run, does } = room(BOTH);
  expect((await run('choose'))?.loaded.config.order).toEqual(['claude', 'groq']);
  expect(does).toEqual(['init']);
});

test('without a terminal it is said, each time until somebody has answered', async () => {
  const { run } = room(BOTH);
  for (const _ of [1, 2]) {
    const { lines, unanswered } = (await run('no terminal'))!;
    expect(lines).toEqual([expect.stringMatching(SENT)]);
    expect(unanswered).toEqual([{ text: lines[0], brief: 'may be sent to Gemini, Groq (ccmux init)' }]);
  }
  expect(await run('yes')).toBeDefined();
  expect(await run('no terminal')).toMatchObject({ lines: [], unanswered: [] });
});

test.each<[string, Flags, Record<string, string>]>([
  ['--yes', { yes: true }, {}],
  ['CCMUX_YES', {}, { CCMUX_YES: '1' }],
])('%s answers for good', async (_, flags, more) => {
  const { run, asked } = room();
  expect(await run('never', flags, more)).toMatchObject({ lines: [expect.stringMatching(SENT)], unanswered: [] });
  expect(await run('never')).toMatchObject({ lines: [], unanswered: [] });
  expect(asked).toEqual([]);
});

test.each<[string, Flags, Record<string, string>]>([
  ['an order', { order: 'claude,gemini' }, {}],
  ['CCMUX_ORDER', {}, { CCMUX_ORDER: 'claude,gemini' }],
  ['no failover', { 'failover.enabled': false }, {}],
  ["another vendor's key", {}, { GEMINI_API_KEY: 'sk-or-v1-abcdefghijklmnopqrstuvwxyz' }],
  ['no key', {}, { GEMINI_API_KEY: '' }],
])('nothing is asked with %s', async (_, flags, more) => {
  const { run, asked } = room();
  expect(await run('never', flags, more)).toMatchObject({ lines: [], unanswered: [] });
  expect(asked).toEqual([]);
});

test("a project's file that is not trusted is asked about, and never by --yes", async () => {
  const { run, asked, does, cwd } = room({});
  const rc = (text: string) => writeFileSync(join(cwd, '.ccmuxrc'), text);
  rc('failover: { waitUpTo: 5s }\n');
  expect((await run('no terminal', { yes: true }))?.unanswered).toMatchObject([
    { text: expect.stringContaining('is not trusted'), brief: 'project not trusted (ccmux config trust)' },
  ]);
  await run('choose');
  expect(does).toEqual(['trust']);
  await run('never');
  expect((await run('yes'))?.loaded.config.failover.waitUpTo).toBe(0);
  expect(asked).toHaveLength(2);
  rc('failover: { waitUpTo: 6s }\n');
  expect((await run('yes'))?.loaded.config.failover.waitUpTo).toBe(6000);
  expect(await run(undefined)).toMatchObject({ lines: [], unanswered: [] });
});

test.each([
  { flags: {}, told: 'GEMINI_API_KEY), with a note of what Claude thought and did, and billed' },
  { flags: { 'memory.mode': false } as Flags, told: 'GEMINI_API_KEY) and billed' },
  {
    flags: { 'memory.mode': 'project' } as Flags,
    told: 'with a note of what Claude thought and did, here and in earlier sessions of this project, and billed',
  },
])('the question says what the note holds, where one is written: $flags', async ({ flags, told }) => {
  const { run, asked } = room();
  await run('never', flags);
  expect(asked[0]).toContain(told);
});
