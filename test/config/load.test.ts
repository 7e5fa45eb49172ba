import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettingsFile } from '../../src/config/file.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Flags } from '../../src/config/settings.ts';
import { ROWS, scratch } from './scratch.ts';

type Room = ReturnType<typeof scratch>;

function load(room: Room, options: { env?: Record<string, string>; flags?: Flags; cwd?: string } = {}) {
  return loadConfig({
    env: { ...room.env, ...options.env },
    cwd: options.cwd ?? room.project,
    flags: options.flags ?? {},
    catalogue: async () => ROWS,
  });
}

test.each([
  ['CCMUX_FAILOVER', 'maybe', ' Did you mean CCMUX_NO_FAILOVER?'],
  ['CCMUX_SWITCHBACK', 'turn', ' Did you mean CCMUX_SWITCH_BACK?'],
  ['CCMUX_SOMETHING_ELSE_ENTIRELY', '1', ''],
])('%s is no setting, and that is said', async (name, value, near) => {
  const inner = { CCMUX_SESSION: 'http://127.0.0.1:1/x/ccmux', CCMUX_LAUNCHED: '/bin/x', CCMUX_STATUS_LINE: '' };
  const { warnings } = await load(scratch(), { env: { ...inner, CCMUX_PREVIEWS: '1', [name]: value } });
  expect(warnings).toEqual([`${name} is not a setting of ccmux, and is ignored.${near}`]);
});

test('with nothing said, the defaults hold and nothing is looked up', async () => {
  const room = scratch();
  const loaded = await loadConfig({
    env: room.env,
    cwd: room.project,
    catalogue: () => Promise.reject(new Error('the catalogue was loaded for nothing')),
  });
  expect(loaded).toMatchObject({
    config: {
      switchBack: 'turn',
      failover: {
        enabled: true,
        on: ['rate_limit', 'overloaded', 'server_error', 'network', 'timeout'],
        waitUpTo: 0,
        firstByteTimeout: 60_000,
      },
      budget: {},
      report: { previews: true },
      client: { firstParty: true },
      providers: {},
    },
    warnings: [],
    unset: [],
    files: {},
  });
  expect(loaded.config).not.toHaveProperty('order');
});

describe('flags beat the environment, which beats the project, the user and the defaults', () => {
  const layers = {
    user: 'switchBack: manual\nfailover: { waitUpTo: 1s, firstByteTimeout: 10s }\n',
    project: 'switchBack: turn\n',
    env: { CCMUX_SWITCH_BACK: 'immediate' },
    flags: { switchBack: 'manual' },
  };
  test.each([
    { from: ['user'], value: 'manual', kind: 'user' },
    { from: ['user', 'project'], value: 'turn', kind: 'project' },
    { from: ['user', 'project', 'env'], value: 'immediate', kind: 'environment' },
    { from: ['user', 'project', 'env', 'flags'], value: 'manual', kind: 'flag' },
    { from: ['project', 'flags'], value: 'manual', kind: 'flag' },
    { from: [], value: 'turn', kind: 'default' },
  ])('$from: $value', async ({ from, value, kind }) => {
    const room = scratch();
    if (from.includes('user')) room.user(layers.user);
    if (from.includes('project')) room.rc(layers.project);
    const { config, sources } = await load(room, {
      ...(from.includes('env') ? { env: layers.env } : {}),
      ...(from.includes('flags') ? { flags: layers.flags } : {}),
    });
    expect(config.switchBack).toBe(value);
    expect(sources['switchBack']?.kind).toBe(kind);
    expect(config.failover.waitUpTo).toBe(from.includes('user') ? 1000 : 0);
  });
});

describe('limits of time', () => {
  const others = {
    connect: 10_000,
    firstByte: 60_000,
    silence: 60_000,
    firstContent: 240_000,
    whole: 240_000,
    afterContent: 120_000,
  };
  const claude = { ...others, firstContent: 600_000, whole: 600_000, afterContent: 240_000 };

  // oxfmt-ignore
  const rows: [what: string, user: string, given: object, changed: object][] = [
    ['the defaults', '', {}, {}],
    ['one that is named holds for Claude too', 'limits: { whole: 90s }', {}, { whole: 90_000 }],
    ['the alias stands for two', 'failover: { firstByteTimeout: 9s }', {}, { firstByte: 9_000, silence: 9_000 }],
    ['what is named beside it is meant', 'failover: { firstByteTimeout: 9s }\nlimits: { silence: 5s }', {}, { firstByte: 9_000, silence: 5_000 }],
    ['a flag beats a file, by either name', 'limits: { firstByte: 5s }', { flags: { 'failover.firstByteTimeout': '9s' } }, { firstByte: 9_000, silence: 9_000 }],
    ['a flag', '', { flags: { limits: 'connect=2s, afterContent=0' } }, { connect: 2_000, afterContent: 0 }],
    ['a variable', '', { env: { CCMUX_LIMITS: 'firstContent=1m' } }, { firstContent: 60_000 }],
  ];
  test.each(rows)('%s', async (_what, user, given, changed) => {
    const room = scratch();
    if (user !== '') room.user(user);
    const { config } = await load(room, given);
    expect(config.limits).toEqual({ claude: { ...claude, ...changed }, others: { ...others, ...changed } });
  });

  test.each([
    ['whol=2m', /expected one of connect, .*Did you mean/],
    ['whole=soon', /expected a duration/],
  ])('%s is a mistake', async (limits, message) => {
    await expect(load(scratch(), { flags: { limits } })).rejects.toThrow(message);
  });
});

test('every variable and every flag is understood', async () => {
  const expected = {
    order: ['claude', 'gemini'],
    switchBack: 'manual',
    failover: {
      enabled: false,
      on: ['rate_limit', 'billing'],
      waitUpTo: 30_000,
      firstByteTimeout: 500,
      safetyChecks: 'ask',
    },
    budget: { perSession: 2.5, perDay: 10 },
    report: { previews: false },
    client: { firstParty: false },
  };
  const byVariable = await load(scratch(), {
    env: {
      CCMUX_ORDER: 'claude, gemini',
      CCMUX_SWITCH_BACK: 'manual',
      CCMUX_NO_FAILOVER: '1',
      CCMUX_FAILOVER_ON: 'rate_limit,billing',
      CCMUX_WAIT_UP_TO: '30s',
      CCMUX_FIRST_BYTE_TIMEOUT: '500ms',
      CCMUX_BUDGET_PER_SESSION: '$2.50',
      CCMUX_BUDGET_PER_DAY: '10',
      CCMUX_PREVIEWS: '0',
      CCMUX_FIRST_PARTY: '0',
    },
  });
  expect(byVariable.config).toMatchObject(expected);
  const byFlag = await load(scratch(), {
    flags: {
      order: 'claude,gemini',
      switchBack: 'manual',
      'failover.enabled': false,
      'failover.on': 'rate_limit,billing',
      'failover.waitUpTo': '30s',
      'failover.firstByteTimeout': '500ms',
      'budget.perSession': '2.50',
      'budget.perDay': '10',
      'report.previews': false,
      'client.firstParty': false,
    },
  });
  expect(byFlag.config).toMatchObject(expected);
});

test('an empty variable is no setting', async () => {
  const { config } = await load(scratch(), { env: { CCMUX_SWITCH_BACK: '', CCMUX_ORDER: '' } });
  expect(config.switchBack).toBe('turn');
  expect(config.order).toBeUndefined();
});

test("a provider's settings are merged, and `${VAR}` stays text whose unset variable is told", async () => {
  const room = scratch();
  room.user(`order: [claude, gemini, local]
providers:
  gemini: { apiKey: '\${GEMINI_KEY}', models: { opus: pro } }
  local:
    kind: openai-compatible
    baseUrl: 'http://\${LOCAL_HOST}/v1'
    headers: { X-Team: '\${TEAM}' }
    models: { default: qwen }
`);
  const { config, unset, files } = await load(room, { env: { LOCAL_HOST: '127.0.0.1:1' } });
  expect(config.providers['gemini']).toEqual({ apiKey: '${GEMINI_KEY}', models: { opus: 'pro' } });
  expect(unset).toEqual([
    { path: 'providers.gemini.apiKey', variable: 'GEMINI_KEY' },
    { path: 'providers.local.headers.X-Team', variable: 'TEAM' },
  ]);
  expect(files.user).toBe(join(room.configFolder, 'config.yaml'));
});

test.each([
  ['a key', 'gemini: { apiKey: AIzaSyNotARealKey00 }', 'providers.gemini.apiKey'],
  ['a header', 'gemini: { headers: { X-Api-Key: abc123 } }', 'providers.gemini.headers.X-Api-Key'],
  ['a variable', 'gemini: { apiKey: "${GEMINI_API_KEY}" }', undefined],
  ['a command', 'gemini: { apiKeyCommand: pass show gemini }', undefined],
  ['what local hosts are given', 'ollama: { apiKey: ollama }', undefined],
  ['a harmless header', 'gemini: { headers: { X-Team: blue } }', undefined],
])('%s in clear text is a warning where it is a secret', async (_, provider, place) => {
  const room = scratch();
  const file = room.user(`providers: { ${provider} }`);
  const { warnings } = await load(room, { env: { GEMINI_API_KEY: 'AIzaX' } });
  const expected = place && [expect.stringContaining(`${file}: ${place} holds a secret in clear text: write \${VAR}`)];
  expect(warnings).toEqual(expected ?? []);
  expect(warnings.join()).not.toMatch(/AIza|abc123/);
});

describe('which files are read', () => {
  test.each(['config.yaml', 'config.yml', 'config.json'])("the user's %s", async (name) => {
    const room = scratch();
    room.user('{ "switchBack": "manual" }', name);
    expect((await load(room)).config.switchBack).toBe('manual');
  });

  test.each([
    ['config.yaml', '\uFEFForder: [claude]\r\nswitchBack: manual\r\n'],
    ['config.json', '\uFEFF{\r\n  "switchBack": "manual"\r\n}\r\n'],
  ])('%s with the marks and lines of Windows', async (name, text) => {
    const room = scratch();
    room.user(text, name);
    expect((await load(room)).config.switchBack).toBe('manual');
    expect((await readSettingsFile(room.user(text, name))).text).toBe(text.slice(1));
  });

  test('a second file of the user is named as not read', async () => {
    const room = scratch();
    room.user('switchBack: manual', 'config.yaml');
    const other = room.user('{ "switchBack": "immediate" }', 'config.json');
    const { config, warnings } = await load(room);
    expect(config.switchBack).toBe('manual');
    expect(warnings).toEqual([expect.stringContaining(`${other} is not read`)]);
  });

  test.each(['.ccmuxrc', '.ccmuxrc.json', '.ccmuxrc.yaml', '.ccmuxrc.yml'])("the project's %s", async (name) => {
    const room = scratch();
    room.rc('{ "switchBack": "immediate" }', name);
    const deep = join(room.project, 'a', 'b');
    mkdirSync(deep, { recursive: true });
    expect((await load(room, { cwd: deep })).config.switchBack).toBe('immediate');
  });

  test("the search ends at the repository's root", async () => {
    const room = scratch();
    room.write(join(room.home, '.ccmuxrc'), 'switchBack: manual');
    expect((await load(room)).files.project).toBeUndefined();
  });

  test('and at the home folder', async () => {
    const room = scratch();
    room.write(join(room.root, '.ccmuxrc'), 'switchBack: manual');
    const outside = join(room.home, 'no-repository');
    mkdirSync(outside);
    expect((await load(room, { cwd: outside })).files.project).toBeUndefined();
    room.write(join(room.home, '.ccmuxrc'), 'switchBack: manual');
    expect((await load(room, { cwd: outside })).files.project).toBe(join(room.home, '.ccmuxrc'));
  });

  test('--config and CCMUX_CONFIG stand in for the user’s file', async () => {
    const room = scratch();
    room.user('switchBack: manual');
    const other = room.write(join(room.root, 'other.yaml'), 'switchBack: immediate');
    expect((await load(room, { flags: { config: other } })).config.switchBack).toBe('immediate');
    expect((await load(room, { env: { CCMUX_CONFIG: other } })).config.switchBack).toBe('immediate');
    await expect(load(room, { flags: { config: join(room.root, 'gone.yaml') } })).rejects.toThrow(
      /gone.yaml does not exist/,
    );
  });

  test.each<[what: string, flags: Flags, project: string, order: string[]]>([
    ['may name a provider that is not in the order', {}, '', ['ollama', 'gemini', 'claude']],
    ['of a flag, too', { order: 'claude', routes: 'class=main -> openai,claude' }, '', ['openai', 'claude']],
    ['is bound by the order of a flag', { order: 'claude,gemini' }, '', ['gemini', 'claude']],
    ["is bound by the order of a project's file", {}, 'order: [claude]', ['claude']],
    [
      "does not come from a project's file",
      {},
      'routes: [{ when: {}, order: [openai] }]',
      ['ollama', 'gemini', 'claude'],
    ],
  ])('a route %s', async (_what, flags, project, order) => {
    const room = scratch();
    room.user('order: [claude, gemini]\nroutes: [{ when: {}, order: [ollama, gemini, claude] }]\n');
    if (project !== '') room.rc(`${project}\n`);
    const { config } = await load(room, { flags });
    expect(config.routes.map((route) => route.order)).toEqual([order]);
  });

  test('an empty file sets nothing', async () => {
    const room = scratch();
    room.user('# nothing yet\n');
    expect((await load(room)).config.switchBack).toBe('turn');
  });
});

describe('a mistake is named with its line, its place, what was expected, and the nearest name', () => {
  test.each([
    ['order: [claude, gemni]', 'order[1]: "gemni" is not a provider. Did you mean gemini?'],
    [
      'routes: [{ when: { class: auxiliary }, order: [gemni] }]',
      'routes[0].order: "gemni" is not a provider. Did you mean gemini?',
    ],
    ['handoff: [{ when: { paths: x }, then: keep }]', 'handoff[0].then: expected one of go, ask, hold'],
    ['overflow: { at: 90 }', 'overflow.at: expected a percentage such as 90%'],
    [
      'handoff: [{ when: { hours: 9-18 }, then: hold }]',
      'handoff[0].when.hours: expected local time such as "09:00-18:00"',
    ],
    ['order: claude', 'order: expected a list of provider ids: [claude, gemini], found "claude".'],
    ['order: []', 'order: expected a list of at least one provider id, found an empty list.'],
    ['swichBack: turn', 'swichBack is not a setting. Did you mean switchBack?'],
    ['switchBack: trun', 'switchBack: expected one of turn, manual, immediate, found "trun". Did you mean turn?'],
    ['failover: { om: [] }', 'failover.om is not a setting. Did you mean on?'],
    [
      'failover: { on: [rate_limit, overload] }',
      'failover.on[1]: expected some of rate_limit, overloaded, server_error, network, timeout, billing, found "overload". Did you mean overloaded?',
    ],
    ['failover: { waitUpTo: 5 }', 'failover.waitUpTo: expected a duration such as 500ms, 60s or 2m, found 5.'],
    [
      'failover: { waitUpTo: 5 minutes }',
      'failover.waitUpTo: expected a duration such as 500ms, 60s or 2m, found "5 minutes".',
    ],
    ['budget: { perSession: -1 }', 'budget.perSession: expected an amount in US dollars such as 5 or 2.50, found -1.'],
    ['budget: 5', 'budget: expected a mapping of names to values, found 5.'],
    ['report:', 'report: expected a mapping of names to values, found nothing (null).'],
    ['providers: { gemini: { apikey: sk-secret } }', 'providers.gemini.apikey is not a setting. Did you mean apiKey?'],
    [
      'providers: { gemini: { models: { opsu: x } } }',
      'providers.gemini.models.opsu is not a setting. Did you mean opus?',
    ],
    [
      'providers: { gemni: { apiKey: x } }',
      'providers.gemni is not in the catalogue, so it needs kind, baseUrl and models.default. Did you mean gemini?',
    ],
    [
      'providers: { mine: { kind: open-ai, baseUrl: "http://x" } }',
      'providers.mine.kind: expected one of anthropic, gemini, openai, openai-compatible, azure, vertex, vertex-anthropic, bedrock, found "open-ai". Did you mean openai?',
    ],
    [
      'providers: { mine: { baseUrl: "ftp://user:secret@x" } }',
      'providers.mine.baseUrl: expected an address that begins with http:// or https://.',
    ],
    ['providers: { Mine: {} }', 'providers.Mine: expected a provider id (small letters, digits, - and _).'],
    ['switchBack: [\n  turn\nx: 1', 'line 3, column 1: this is not valid YAML'],
    ['just words', 'expected a mapping of names to values, found "just words".'],
  ])('%s', async (text, message) => {
    const room = scratch();
    const file = room.user(text);
    const error = await load(room).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: 'UserError', exitCode: 2 });
    const isPlaced = message.startsWith('line ') || text === 'just words';
    expect((error as Error).message).toContain(`${file}: ${isPlaced ? '' : 'line 1: '}${message}`);
    expect((error as Error).message).not.toContain('secret');
    expect((error as Error).message).not.toContain('\n');
  });

  test('all of them at once, in the order of the file', async () => {
    const room = scratch();
    const file = room.user(`# mine
failover:
  on: [rate_limit, overload, timeuot]
  waitUpTo: 5
swichBack: turn
order:
  - claude
  - gemni
providers:
  mine: { kind: open-ai, baseUrl: "http://x" }
  office: { kind: openai }
  claude: { apiKey: sk-secret, apiKeyCommand: pass secret }
  groq:
    price: { input: much, outptu: 1 }
budget: 5
`);
    const error = (await load(room).catch((caught: unknown) => caught)) as Error;
    expect(error.message.split('\n').map((line) => line.replace(/expected one of .*/, '…'))).toEqual([
      `${file} has 13 mistakes. Correct them with: ccmux config edit`,
      expect.stringMatching(/^ {2}line 3: failover\.on\[1\]: .* found "overload"\. Did you mean overloaded\?$/),
      expect.stringMatching(/^ {2}line 3: failover\.on\[2\]: .* found "timeuot"\. Did you mean timeout\?$/),
      '  line 4: failover.waitUpTo: expected a duration such as 500ms, 60s or 2m, found 5.',
      '  line 5: swichBack is not a setting. Did you mean switchBack?',
      '  line 8: order[1]: "gemni" is not a provider. Did you mean gemini? See: ccmux providers',
      '  line 10: providers.mine.kind: …',
      '  line 11: providers.office is not in the catalogue, so it needs baseUrl and models.default. See: ccmux providers',
      expect.stringMatching(/^ {2}line 12: providers\.claude\.apiKey: claude sends its own login/),
      expect.stringMatching(/^ {2}line 12: providers\.claude\.apiKeyCommand: /),
      expect.stringMatching(/^ {2}line 14: providers\.groq\.price\.input: expected an amount/),
      expect.stringMatching(/^ {2}line 14: providers\.groq\.price\.output: expected an amount/),
      '  line 14: providers.groq.price.outptu is not a setting. Did you mean output?',
      '  line 15: budget: expected a mapping of names to values, found 5.',
    ]);
    expect(error.message).not.toContain('secret');
  });

  test.each([
    [
      'YAML behind an anchor',
      'config.yaml',
      'x: 1\nfailover: &f\n  retries: 9\n',
      ['line 1: x', 'line 3: failover.retries'],
    ],
    [
      'YAML in flow',
      'config.yaml',
      '{\n  switchBack: trun,\n  order: [\n    claude,\n    7\n  ] }',
      ['line 2: switchBack', 'line 5: order[1]'],
    ],
    ['JSON', 'config.json', '{\n  "switchBack": "trun",\n\n  "ordr": []\n}', ['line 2: switchBack', 'line 4: ordr']],
  ])('%s', async (_, name, text, places) => {
    const room = scratch();
    room.user(text, name);
    const { message } = (await load(room).catch((caught: unknown) => caught)) as Error;
    expect(
      message
        .split('\n')
        .slice(1)
        .map((line) => line.trim().replace(/( is not a setting|: expected).*/, '')),
    ).toEqual(places);
  });

  test.each([
    ['{\n  "order": [\n}', 'line 3, column 1: this is not valid JSON'],
    ['{"order": ["claude"', 'line 1, column 20: this is not valid JSON'],
  ])('JSON: %j', async (text, message) => {
    const room = scratch();
    const file = room.user(text, 'config.json');
    await expect(load(room)).rejects.toThrow(`${file}: ${message}`);
  });

  test.each([
    [
      { CCMUX_SWITCH_BACK: 'trun' },
      {},
      'CCMUX_SWITCH_BACK: expected one of turn, manual, immediate, found "trun". Did you mean turn?',
    ],
    [{ CCMUX_ORDER: 'claude,gemni' }, {}, 'CCMUX_ORDER: "gemni" is not a provider. Did you mean gemini?'],
    [{ CCMUX_PREVIEWS: 'maybe' }, {}, 'CCMUX_PREVIEWS: expected 1 or 0, found "maybe".'],
    [{}, { 'failover.waitUpTo': 'soon' }, '--wait: expected a duration such as 500ms, 60s or 2m, found "soon".'],
    [
      {},
      { 'budget.perDay': 'much' },
      '--budget-per-day: expected an amount in US dollars such as 5 or 2.50, found "much".',
    ],
    [
      {},
      { 'failover.on': 'rate_limits' },
      '--failover-on: expected some of rate_limit, overloaded, server_error, network, timeout, billing, with commas between, found "rate_limits". Did you mean rate_limit?',
    ],
  ])('%j %j', async (env, flags, message) => {
    await expect(load(scratch(), { env, flags })).rejects.toThrow(message);
  });
});
