import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ROWS, SETTINGS } from '../../src/config/settings.ts';
import { version } from '../../src/version.ts';
import { UserError } from '../../src/errors.ts';

const calls: [command: string, options: unknown][] = [];
let outcome: () => number = () => 0;
const command = (name: string) => async (options: unknown) => {
  calls.push([name, options]);
  return outcome();
};
vi.mock('../../src/cli/claude.ts', () => ({ runClaude: command('claude') }));
vi.mock('../../src/cli/report.ts', () => ({ runReport: command('report') }));
vi.mock('../../src/cli/status.ts', () => ({ runStatus: command('status') }));
vi.mock('../../src/cli/dashboard.ts', () => ({ runDashboard: command('dashboard') }));
vi.mock('../../src/cli/use.ts', () => ({ runUse: command('use') }));
vi.mock('../../src/cli/providers.ts', () => ({ runProviders: command('providers') }));
vi.mock('../../src/cli/models.ts', () => ({ runModels: command('models') }));
vi.mock('../../src/cli/doctor.ts', () => ({ runDoctor: command('doctor') }));
vi.mock('../../src/cli/init.ts', () => ({ runInit: command('init') }));
vi.mock('../../src/cli/demo.ts', () => ({ runDemo: command('demo') }));
vi.mock('../../src/cli/completion.ts', () => ({ runCompletion: command('completion') }));
vi.mock('../../src/cli/config-change.ts', () => ({
  runConfigGet: command('config get'),
  runConfigSet: command('config set'),
  runConfigEdit: command('config edit'),
}));
vi.mock('../../src/cli/config.ts', () => ({
  runConfigShow: command('config show'),
  runConfigPath: command('config path'),
  runConfigTrust: command('config trust'),
  runConfigSchema: command('config schema'),
}));

beforeEach(() => {
  calls.length = 0;
  outcome = () => 0;
  // `--config` sets it for every command: the next file of tests must not find it.
  vi.stubEnv('CCMUX_CONFIG', undefined);
});
afterEach(() => vi.unstubAllEnvs());

async function ccmux(...args: string[]) {
  let out = '';
  let err = '';
  const code = await run({
    argv: ['node', 'ccmux', ...args],
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
  });
  return { code, out, err };
}

describe('everything after `claude` is left as it is', () => {
  test.each([
    [['claude']],
    [['claude', '--version']],
    [['claude', '--help', '-h', '--order', 'x']],
    [['claude', '-p', 'hi', '--', '--not-an-option', '--']],
    [['claude', 'mcp', 'list', '--unknown=1', '']],
  ])('%j', async ([name = '', ...args]) => {
    expect(await ccmux(name, ...args)).toMatchObject({ code: 0, err: '' });
    expect(calls).toEqual([['claude', { args, flags: {} }]]);
  });

  test('whatever it is, with options of ccmux before it or without', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('--', '-h', '--order', 'claude', 'help', '-', '-v'))),
        async (args) => {
          calls.length = 0;
          await ccmux('claude', ...args);
          await ccmux('--switch-back', 'manual', '--no-failover', 'claude', ...args);
          expect(calls).toEqual([
            ['claude', { args, flags: {} }],
            ['claude', { args, flags: { switchBack: 'manual', 'failover.enabled': false } }],
          ]);
        },
      ),
    );
  });

  test('every option of ccmux reaches it as it was typed', async () => {
    await ccmux(
      '--order',
      'claude,gemini',
      '--switch-back=manual',
      '--no-failover',
      '--failover-on',
      'network',
      '--wait',
      '5s',
      '--retries',
      '1',
      '--limits',
      'whole=2m',
      '--footer-format',
      'who',
      '--notify',
      'none',
      '--handoff',
      'hold paths=payments/**',
      '--overflow',
      'at=70%',
      '--routes',
      'agent=Explore -> gemini',
      '--embedding',
      'url=http://127.0.0.1:11434/v1,model=small',
      '--first-byte-timeout',
      '9s',
      '--safety-checks',
      'other',
      '--web-search',
      'provider',
      '--budget-per-session',
      '1',
      '--budget-per-day',
      '2',
      '--subagents-per-minute',
      '60',
      '--memory',
      'project',
      '--memory-tokens',
      '900',
      '--no-memory-reasoning',
      '--memory-keep-days',
      '7',
      '--memory-store',
      'mem0',
      '--memory-mem0',
      '/opt/mem0',
      '--memory-chroma',
      'http://127.0.0.1:8001',
      '--no-attribution',
      '--shared',
      'off',
      '--shared-password-command',
      'pass',
      '--no-previews',
      '--no-first-party',
      '--show-thinking',
      '--telemetry',
      '--telemetry-texts',
      '--config',
      'a.yaml',
      'claude',
      '-p',
    );
    const { flags } = calls[0]![1] as { flags: object };
    expect(Object.keys(flags).toSorted()).toEqual([...Object.keys(SETTINGS), 'config'].toSorted());
    expect(calls).toEqual([
      [
        'claude',
        {
          args: ['-p'],
          flags: {
            order: 'claude,gemini',
            switchBack: 'manual',
            'failover.enabled': false,
            'failover.on': 'network',
            'failover.waitUpTo': '5s',
            'failover.retries': '1',
            limits: 'whole=2m',
            'footer.format': 'who',
            notify: 'none',
            handoff: 'hold paths=payments/**',
            overflow: 'at=70%',
            routes: 'agent=Explore -> gemini',
            embedding: 'url=http://127.0.0.1:11434/v1,model=small',
            'failover.firstByteTimeout': '9s',
            'failover.safetyChecks': 'other',
            webSearch: 'provider',
            'budget.perSession': '1',
            'budget.perDay': '2',
            'budget.subagentsPerMinute': '60',
            'memory.mode': 'project',
            'memory.tokens': '900',
            'memory.reasoning': false,
            'memory.keepDays': '7',
            'memory.store': 'mem0',
            'memory.mem0': '/opt/mem0',
            'memory.chroma': 'http://127.0.0.1:8001',
            attribution: false,
            shared: 'off',
            sharedPasswordCommand: 'pass',
            'report.previews': false,
            'client.firstParty': false,
            'client.showThinking': true,
            telemetry: true,
            telemetryTexts: true,
            config: 'a.yaml',
          },
        },
      ],
    ]);
  });

  test('a flag that turns a setting off stands for `off`', async () => {
    await ccmux('--no-memory', 'claude');
    expect(calls).toEqual([['claude', { args: [], flags: { 'memory.mode': false } }]]);
  });

  test("its exit code is claude's own", async () => {
    outcome = () => 130;
    expect((await ccmux('claude')).code).toBe(130);
    expect((await ccmux('--order', 'claude', 'claude')).code).toBe(130);
  });
});

test.each([
  ['report', 'report', {}],
  ['report abc --json', 'report', { session: 'abc', json: true }],
  ['report --html', 'report', { html: true }],
  ['report --html a.html --open', 'report', { html: 'a.html', open: true }],
  ['report --list', 'report', { list: true }],
  ['status', 'status', { json: false, watch: false }],
  ['status --json --watch', 'status', { json: true, watch: true }],
  ['dashboard --session s1', 'dashboard', { session: 's1' }],
  ['use gemini', 'use', { provider: 'gemini', only: false }],
  ['use auto --only --session s1', 'use', { provider: 'auto', only: true, session: 's1' }],
  ['providers --json', 'providers', { json: true }],
  ['models groq --json', 'models', { provider: 'groq', json: true }],
  ['doctor --live -y', 'doctor', { live: true, json: false, yes: true }],
  ['doctor --live --max-cost $0.05 --json', 'doctor', { live: true, json: true, yes: false, maxCost: 0.05 }],
  ['doctor --bundle', 'doctor', { live: false, json: false, yes: false, bundle: true }],
  ['doctor --bundle b.json', 'doctor', { live: false, json: false, yes: false, bundle: 'b.json' }],
  ['init --yes --force', 'init', { yes: true, force: true }],
  ['config', 'config show', { json: false, flags: {} }],
  ['--order claude config show --json', 'config show', { json: true, flags: { order: 'claude' } }],
  ['config path', 'config path', { flags: {} }],
  ['config get order', 'config get', { setting: 'order', json: false, flags: {} }],
  ['config set order claude', 'config set', { setting: 'order', value: 'claude', unset: false, flags: {} }],
  [
    '--config a.yaml config set order --unset',
    'config set',
    { setting: 'order', unset: true, flags: { config: 'a.yaml' } },
  ],
  ['config edit', 'config edit', { flags: {} }],
  ['config trust', 'config trust', {}],
  ['config trust .ccmuxrc', 'config trust', { file: '.ccmuxrc' }],
  ['config schema', 'config schema', undefined],
  ['completion fish', 'completion', { shell: 'fish' }],
  ['demo', 'demo', undefined],
])('ccmux %s', async (line, name, options) => {
  outcome = () => 3;
  expect(await ccmux(...line.split(' '))).toEqual({ code: 3, out: '', err: '' });
  expect(calls).toEqual([[name, options]]);
});

test.each(['--config a.yaml doctor', 'doctor --config a.yaml', '--config b.yaml doctor --config a.yaml'])(
  'ccmux %s reads that file',
  async (line) => {
    const named: (string | undefined)[] = [];
    outcome = () => (named.push(process.env['CCMUX_CONFIG']), 0);
    vi.stubEnv('CCMUX_CONFIG', undefined);
    await ccmux(...line.split(' '));
    vi.unstubAllEnvs();
    expect(named).toEqual(['a.yaml']);
  },
);

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j prints the whole program', async (args) => {
    const { code, out, err } = await ccmux(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const word of ['ccmux [options] claude', '--switch-back', 'report', 'completion', 'Examples:']) {
      expect(out).toContain(word);
    }
    expect(out).not.toContain('complete ');
  });

  test.each([['report --help'], ['help report']])('%s prints that of one command', async (line) => {
    expect(await ccmux(...line.split(' '))).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--html') });
  });

  test('help config set prints that of a command of a command', async () => {
    const help = await ccmux('help', 'config', 'set');
    expect(help).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Usage: ccmux config set /) });
    expect(await ccmux('config', 'set', '--help')).toEqual(help);
  });

  test.each([['help'], ['help --help'], ['help -h'], ['help help'], ['--help']])(
    '%s is the whole help',
    async (line) => {
      const { code, out, err } = await ccmux(...line.split(' '));
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^Usage: ccmux \[options\] claude/);
    },
  );

  test('help claude is that of `claude --help`', async () => {
    await ccmux('help', 'claude');
    expect(calls).toEqual([['claude', { args: ['--help'], flags: {} }]]);
  });

  test('shows each example as its flag takes it', async () => {
    for (const [, { shape, flag, example, flagExample }] of ROWS) {
      if (example === undefined || shape.placeholder === undefined) continue;
      const shown = createProgram({ stdout: process.stdout }).command.options.find(({ long }) => long === flag);
      const text = /\(example: (.*)\)$/.exec(shown!.description)?.[1];
      const parsed = shape.parse(text!);
      expect([flag, parsed.ok && shape.read(parsed.value)]).toEqual([flag, shape.read(example)]);
      if (flagExample !== undefined) expect(text).toBe(flagExample);
    }
  });

  test.each([['--version'], ['-v'], ['--version status']])('%s', async (line) => {
    expect(await ccmux(...line.split(' '))).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });
});

test.each([
  ['statsu', /unknown command 'statsu' \(Did you mean status\?\)/],
  ['report --jsn', /unknown option '--jsn' \(Did you mean --json\?\)/],
  ['-p hello', /unknown option '-p'\. Options of Claude Code go after `claude`: ccmux claude -p …/],
  ['report --jsn', /See: ccmux report --help\n$/],
  ['config set --jsn', /unknown option '--jsn'\. See: ccmux config set --help\n$/],
  ['--order', /^ccmux: --order <providers> needs a value\. See: ccmux --help\n$/],
  ['report --since', /^ccmux: --since <when> needs a value\. See: ccmux report --help\n$/],
  [
    '--switch-back never claude',
    /^ccmux: --switch-back: expected turn, manual, immediate, found "never"\. See: ccmux --help\n$/,
  ],
  ['--switch-back trun claude', /found "trun"\. Did you mean turn\? See/],
  ['report --by dayy', /^ccmux: --by: expected day, .*, found "dayy"\. Did you mean day\? See: ccmux report --help\n$/],
  ['--', /^ccmux: no command: did you mean `ccmux claude`\?\n$/],
  ['--order gemini', /^ccmux: no command: did you mean `ccmux --order gemini claude`\?\n$/],
  ['--no-failover', /did you mean `ccmux --no-failover claude`/],
  [
    'completion',
    /^ccmux: ccmux completion needs <shell>: bash, zsh, fish, powershell\. See: ccmux completion --help\n$/,
  ],
  ['use', /^ccmux: ccmux use needs <provider>\. See: ccmux use --help\n$/],
  ['config get', /^ccmux: ccmux config get needs <setting>\. See: ccmux config get --help\n$/],
  ['completion zh', /^ccmux: <shell>: expected bash, .*, found "zh"\. Did you mean zsh\? See: ccmux completion/],
  ['--order claude status', /--order has no effect on `ccmux status`.*set CCMUX_ORDER/],
  ['help config sett', /there is no command and no topic 'config sett'\. Did you mean config set\? See/],
  ['help statsu', /^ccmux: there is no command and no topic 'statsu'\. Did you mean status\? See: ccmux --help\n$/],
  ['help trubleshooting', /Did you mean troubleshooting\?/],
  ['help __proto__', /there is no command and no topic '__proto__'\. See/],
  ['help trust more', /there is no command and no topic 'trust more'/],
  ['doctor --live --max-cost much', /--max-cost: expected an amount in US dollars such as 5 or 2\.50, found "much"/],
  ['status now', /^ccmux: ccmux status takes no argument, found "now"\. See: ccmux status --help\n$/],
  ['report a b', /^ccmux: ccmux report takes one argument, found "a" "b"\. See: ccmux report --help\n$/],
  ['config sett', /^ccmux: unknown command 'sett' of ccmux config\. Did you mean set\? See: ccmux config --help\n$/],
  ['config everything', /^ccmux: unknown command 'everything' of ccmux config\. See: ccmux config --help\n$/],
])('a mistake is one line and 2: ccmux %s', async (line, message) => {
  const { code, out, err } = await ccmux(...line.split(' '));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^ccmux: [^\n]+\n$/);
  expect(err).toMatch(message);
  expect(calls).toEqual([]);
});

test('an error that a user can mend is one line and its own exit code', async () => {
  outcome = () => {
    throw new UserError('claude was not found. Install it.', { exitCode: 127 });
  };
  expect(await ccmux('claude')).toEqual({ code: 127, out: '', err: 'ccmux: claude was not found. Install it.\n' });
});

test('a fault of our own keeps its stack and says how to report it', async () => {
  outcome = () => {
    throw new TypeError('oh no');
  };
  const { code, err } = await ccmux('status');
  expect(code).toBe(1);
  expect(err).toMatch(/fault in ccmux .*\nTypeError: oh no\n\s+at /);
  expect(err).toMatch(/please report it/);
});
