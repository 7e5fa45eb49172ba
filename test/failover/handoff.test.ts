import { describe, expect, it } from 'vitest';
import { fitnessOf, type Fitness, type Structure } from '../../src/failover/fitness.ts';
import { isHeld, verdictOf, type HandoffRule } from '../../src/failover/handoff.ts';
import { pathsIn, sinceThePrompt } from '../../src/failover/transcript.ts';
import { matches, type Traits, type When } from '../../src/failover/when.ts';
import { globMatches } from '../../src/failover/glob.ts';

const NOON = new Date(2026, 10, 22, 12).getTime();
const HOUR = 3_600_000;

const traits = (of: { [Name in keyof Traits]?: Traits[Name] } = {}): Traits => ({
  agent: undefined,
  family: 'opus',
  mode: 'default',
  requestClass: () => 'main',
  thinking: () => true,
  webSearch: () => false,
  tokens: () => 50_000,
  paths: () => ['src/cart.ts', 'payments/refund.ts'],
  prompt: () => 'Run a Security Review of the login',
  likeness: (examples) => (examples.includes('review this') ? { score: 0.7, by: 'words', onlyTags: false } : undefined),
  fitness: () => 'ordinary',
  ...of,
});

describe('a rule', () => {
  // oxfmt-ignore
  it.each<[what: string, when: When, matches: boolean]>([
    ['class', { class: ['main', 'compaction'] }, true],
    ['class', { class: ['auxiliary'] }, false],
    ['agent', { agent: ['Explore'] }, false],
    ['family', { family: ['opus'] }, true],
    ['family', { family: ['haiku'] }, false],
    ['like', { like: ['review this'] }, true],
    ['like', { like: ['summarise this'] }, false],
    ['thinking', { thinking: true }, true],
    ['thinking', { thinking: false }, false],
    ['web search', { webSearch: true }, false],
    ['context', { context: { above: 49_999 } }, true],
    ['context', { context: { above: 50_000 } }, false],
    ['context', { context: { below: 50_000 } }, false],
    ['hours', { hours: { from: 9 * 60, to: 18 * 60 } }, true],
    ['hours', { hours: { from: 12 * 60 + 1, to: 18 * 60 } }, false],
    ['hours over midnight', { hours: { from: 18 * 60, to: 9 * 60 } }, false],
    ['hours over midnight', { hours: { from: 22 * 60, to: 13 * 60 } }, true],
    ['prompt, in any case', { prompt: ['incident', 'security review'] }, true],
    ['prompt', { prompt: ['incident'] }, false],
    ['mode', { mode: ['plan'] }, false],
    ['chain', { chain: 'ordinary' }, true],
    ['paths', { paths: ['auth/**', 'payments/**'] }, true],
    ['paths', { paths: ['auth/**'] }, false],
    ['all of it', { class: ['main'], family: ['opus'], prompt: ['login'] }, true],
    ['not all of it', { class: ['main'], family: ['haiku'], prompt: ['login'] }, false],
    ['nothing: it speaks of everything', {}, true],
  ])('of %s: %j: %s', (_what, when, expected) => {
    expect(matches(when, traits(), NOON)).toBe(expected);
  });

  it('reads nothing of a request where what is known first does not match', () => {
    const unread = () => {
      throw new Error('it was read');
    };
    const known = traits({ requestClass: unread, paths: unread, prompt: unread, tokens: unread });
    expect(matches({ paths: ['x'], prompt: ['y'], context: { above: 1 }, agent: ['Explore'] }, known, NOON)).toBe(
      false,
    );
    expect(matches({ class: ['main'], hours: { from: 0, to: 60 } }, known, NOON)).toBe(false);
    expect(matches({ class: ['main'], hours: { from: 0, to: 60 } }, traits(), NOON - 12 * HOUR)).toBe(true);
  });
});

it.each([
  ['\u00dcberpr\u00fcfung', 'U\u0308BERPRU\u0308FUNG bitte'],
  ['u\u0308berpru\u0308fung', 'eine \u00dcberpr\u00fcfung'],
])('the words %s are in %s: a letter may come in two pieces', (words, typed) => {
  expect(matches({ prompt: [words] }, traits({ prompt: () => typed }), NOON)).toBe(true);
});

it.each<[glob: string, path: string, matches: boolean]>([
  ['payments/**', 'payments/a/b.ts', true],
  ['payments/**', 'payments', true],
  ['payments/**', 'pay', false],
  ['payments/**', 'payments2', false],
  ['caf\u00e9/**', 'cafe\u0301/a', true],
  ['payments/**', 'payments/**/*.ts', true],
  ['payments', 'payments/a/b.ts', true],
  ['payments/', 'payments/a.ts', true],
  ['./payments/**', 'payments/a.ts', true],
  ['payments/**', 'old/payments/a.ts', false],
  ['**/payments/**', 'old/payments/a.ts', true],
  ['**/payments/**', 'payments/a.ts', true],
  ['*.pem', 'a.pem', true],
  ['*.pem', 'keys/a.pem', false],
  ['**/*.pem', 'keys/a.pem', true],
  ['a?c.ts', 'abc.ts', true],
  ['a.c', 'abc', false],
  ['src/(x)/[id].ts', 'src/(x)/[id].ts', true],
  ['/etc/**', '/etc/passwd', true],
  ['payments/**/*.ts', 'payments/a.ts', true],
  ['payments/**/x', 'payments/a/b/x', true],
  ['payments/**/x', 'payments/ax', false],
  ['**', 'a/b', true],
  ['*', 'a/b', true],
  ['a**b', 'a/x/b', true],
  ['**/*', 'a', true],
  ['../x', '../x/y', true],
  ['日本/**', '日本/x', true],
  ['a b/**', 'a b/c', true],
  ['PAYMENTS/**', 'payments/a', true],
  ['payments/**', 'Payments/A', true],
  ['Gehälter/**', 'gehA\u0308LTER/a'.normalize('NFD'), true],
  ['payments\\**', 'payments/a/b', true],
  ['.\\payments\\a.ts', 'payments/a.ts', true],
  ['C:\\work\\**', 'c:/work/a', true],
  ['{a,b}.ts', 'a.ts', false],
  ['***', 'a/b', true],
  ['', 'a', false],
])('the glob %s and %s: %s', (glob, path, expected) => {
  expect(globMatches(glob, path)).toBe(expected);
});

it('takes no longer for a glob that is made to take long', () => {
  const started = performance.now();
  for (const glob of ['**/'.repeat(40) + 'x', '**a'.repeat(40), '*a'.repeat(40) + 'b'])
    globMatches(glob, 'a/a'.repeat(400));
  expect(performance.now() - started).toBeLessThan(2_000);
});

it.each<[hours: { from: number; to: number }, at: number[]]>([
  [{ from: 9 * 60, to: 18 * 60 }, [9, 12, 17]],
  [{ from: 22 * 60, to: 6 * 60 }, [0, 5, 22, 23]],
  [{ from: 9 * 60, to: 9 * 60 }, [0, 5, 6, 9, 12, 17, 18, 22, 23]],
])('the hours %j hold at %j', (hours, expected) => {
  const clocks = [0, 5, 6, 9, 12, 17, 18, 22, 23];
  const holds = (hour: number) => matches({ hours }, traits(), new Date(2026, 5, 1, hour).getTime());
  expect(clocks.filter(holds)).toEqual(expected);
});

describe('who may answer', () => {
  const rules: HandoffRule[] = [
    { when: { prompt: ['security review'] }, then: 'ask' },
    { when: { paths: ['payments/**'] }, then: 'hold' },
    { when: { mode: ['plan'] }, then: 'hold' },
    { when: {}, then: 'go' },
  ];
  // oxfmt-ignore
  it.each<[what: string, of: Partial<Traits>, then: string, heldUnlessAsked: boolean, heldEvenSo: boolean]>([
    ['no rule speaks of it', { paths: () => [], prompt: () => 'hi' }, 'go', false, false],
    ['one asks', { paths: () => [] }, 'ask', true, false],
    ['one holds', { prompt: () => 'hi' }, 'hold', true, true],
    ['two speak of it: the strictest counts', {}, 'hold', true, true],
    ['the mode', { paths: () => [], prompt: () => 'hi', mode: 'plan' }, 'hold', true, true],
  ])('%s', (_what, of, then, heldUnlessAsked, heldEvenSo) => {
    const verdict = verdictOf(rules, traits(of), NOON);
    expect(verdict.then).toBe(then);
    expect([isHeld(verdict, false), isHeld(verdict, true)]).toEqual([heldUnlessAsked, heldEvenSo]);
  });
});

describe('fitness', () => {
  const fresh: Structure = { steps: 0, thought: false, insideToolLoop: false, earlier: 0, tokens: 20_000 };
  // oxfmt-ignore
  it.each<[what: string, of: Partial<Structure>, fitness: Fitness]>([
    // Made for it.
    ['a short request that holds all it needs', {}, 'self-contained'],
    ['an edit without a history, in a small project', { tokens: 39_000 }, 'self-contained'],
    ['a subagent that has just been told what to do', { tokens: 12_000 }, 'self-contained'],
    // A limit that passes is no matter of the request: `failover.waitUpTo` waits for it.
    ['the same with much to read', { tokens: 60_000 }, 'ordinary'],
    ['a question about what was said', { earlier: 12 }, 'ordinary'],
    ['the first steps of a task', { steps: 2, thought: true, insideToolLoop: true }, 'ordinary'],
    ['many small steps without a thought', { steps: 9, insideToolLoop: true }, 'ordinary'],
    ['a new question after a long chain', { earlier: 80, tokens: 110_000 }, 'ordinary'],
    // Made against it.
    ['a chain of own thoughts in an open tool loop', { steps: 3, thought: true, insideToolLoop: true }, 'long'],
    ['many steps since the prompt', { steps: 10, insideToolLoop: true }, 'long'],
    ['a large context, whatever is asked', { tokens: 120_001 }, 'long'],
  ])('of %s: %j', (_what, of, expected) => {
    expect(fitnessOf({ ...fresh, ...of })).toBe(expected);
  });
});

describe('what a transcript shows', () => {
  const call = (name: string, input: object) => ({ type: 'tool_use', id: 'toolu_1', name, input });
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] };
  const typed = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] });

  it('is the last prompt and the steps since', () => {
    const messages = [
      typed('first'),
      { role: 'assistant', content: 'done' },
      typed('<system-reminder>x</system-reminder>second'),
      { role: 'assistant', content: [{ type: 'thinking' }, call('Read', {})] },
      result,
      { role: 'system', content: 'hook' },
      { role: 'assistant', content: [call('Read', {})] },
      result,
    ];
    expect(sinceThePrompt(messages)).toEqual({
      prompt: 'second',
      earlier: 2,
      steps: 2,
      thought: true,
      insideToolLoop: true,
    });
    expect(sinceThePrompt([typed('hi')])).toMatchObject({ prompt: 'hi', earlier: 0, steps: 0, insideToolLoop: false });
    expect(sinceThePrompt([])).toMatchObject({ prompt: '', steps: 0 });
  });

  const ROOT = '/home/ada/shop';
  it.each<[what: string, input: object, paths: string[]]>([
    ['a file by its whole path', { file_path: `${ROOT}/payments/a.ts` }, ['payments/a.ts']],
    ['a file below the folder', { file_path: './payments/a.ts' }, ['payments/a.ts']],
    ['a file by a detour', { file_path: `${ROOT}/src/..//./payments/a.ts` }, ['payments/a.ts']],
    ['a file outside', { file_path: '../other/a.ts' }, ['../other/a.ts', '/home/ada/other/a.ts']],
    ['a notebook', { notebook_path: 'x.ipynb' }, ['x.ipynb']],
    ['a folder that is searched', { pattern: 'x/y', path: 'auth/' }, ['auth']],
    ['files that are searched', { pattern: 'x', glob: 'auth/*.ts' }, ['auth/*.ts']],
    ['files that are searched in a folder', { pattern: 'x', path: 'src', glob: 'auth/*.ts' }, ['src', 'src/auth/*.ts']],
    ['a command', { command: 'cat payments/a.ts | grep "x" > ./out.txt' }, ['payments/a.ts', 'out.txt']],
    ['a command in another folder', { command: 'cd payments && ls' }, ['payments']],
    ['a file on Windows', { file_path: 'payments\\a.ts' }, ['payments/a.ts']],
    ['several files of an MCP server', { paths: ['payments/a.ts', 'b.ts'] }, ['payments/a.ts', 'b.ts']],
    ['nothing', { query: 'payments/a.ts' }, []],
    ['no input', null as never, []],
  ])('are the files that a call has touched: %s', (_what, input, paths) => {
    const found = pathsIn([{ role: 'assistant', content: [call('X', input)] }], [ROOT]);
    expect(new Set(found.filter((path) => !path.startsWith(ROOT)))).toEqual(new Set(paths));
  });

  it('are the files that a pattern of names has found, and no pattern of words', () => {
    const of = (name: string) =>
      pathsIn([{ role: 'assistant', content: [call(name, { pattern: 'auth/**' })] }], [ROOT]);
    expect([of('Glob').includes('auth/**'), of('Grep')]).toEqual([true, []]);
  });

  it('are the files that came with the prompt', () => {
    const said = [
      typed(
        '<system-reminder>\nCalled the Read tool with the following input: {"file_path":"/home/ada/shop/payments/a.ts"}\n</system-reminder>',
      ),
      typed(
        '<system-reminder>\nThe user selected the lines 3 to 9 from /home/ada/shop/auth/b.ts:\nx\n</system-reminder>',
      ),
      typed('Called the Read tool with the following input: {not JSON}'),
      { role: 'user', content: 'Look at secret/c.ts' },
    ];
    expect(pathsIn(said, [ROOT]).filter((path) => !path.startsWith('/'))).toEqual(['payments/a.ts', 'auth/b.ts']);
  });

  it.each([
    [['/home/ada/shop/web', '/home/ada/shop'], '../payments/a.ts', 'payments/a.ts'],
    [['/home/ada/shop/payments', '/home/ada/shop'], 'a.ts', 'payments/a.ts'],
    [['C:\\shop'], 'c:\\shop\\payments\\a.ts', 'payments/a.ts'],
    [['/'], '/payments/a.ts', 'payments/a.ts'],
  ])('are below the roots %j: %s', (roots, path, expected) => {
    expect(pathsIn([{ role: 'assistant', content: [call('Read', { file_path: path })] }], roots)).toContain(expected);
  });
});
