import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { factsOf } from '../../src/cli/bundle-facts.ts';
import { runDoctor, type DoctorOptions } from '../../src/cli/doctor.ts';
import { checkNode } from '../../src/cli/doctor-checks.ts';
import type { Check } from '../../src/cli/doctor-check.ts';
import { shakeHands, type Handshake } from '../../src/cli/doctor-handshake.ts';
import { startGemini } from '../../src/demo/gemini.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import type { LiveResult } from '../../src/cli/doctor-live.ts';
import type { Event } from '../../src/events.ts';
import { sampleEvents } from '../helpers/sample-session.ts';
import { startSecureEnd } from '../helpers/secure-end.ts';
import type { Simulator } from '../../src/demo/server.ts';
import type { LocalModel, LocalServer } from '../../src/providers/local-servers.ts';
import type { SimulatedRequest } from '../../src/demo/script.ts';
import { openFiles } from '../../src/recall/files.ts';
import { DAMAGES } from '../helpers/damage.ts';
import { record } from '../memory/recall-contract.ts';
import { startChroma } from '../simulators/chroma.ts';

const GEMINI_KEY = 'AIzaSyDoctorsOwnKey0000000000000000000';
const KEY_IN_USE = { loggedIn: true, authMethod: 'api_key', apiKeySource: 'ANTHROPIC_API_KEY' };
const simulators: Simulator[] = [];
afterEach(() => Promise.all(simulators.splice(0).map((simulator) => simulator.close())));

/** A temporary folder that goes with its test. */
function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'ccmux-doctor-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

type Result = { code: number; text: string; home: string; checks: Check[]; live: LiveResult[] };

async function doctor(
  options: Partial<DoctorOptions> & {
    env?: NodeJS.ProcessEnv;
    settings?: object;
    claudeSettings?: object;
    shake?: Handshake;
    claude?: string;
    /** Model servers on this machine. */
    servers?: LocalServer[];
    /** What `claude auth status` says. */
    auth?: object | string;
    before?: (home: string) => void;
  } = {},
): Promise<Result> {
  const home = scratch();
  mkdirSync(join(home, 'bin'));
  writeFileSync(
    join(home, 'bin', 'claude'),
    `#!/bin/sh\n[ "$1" = auth ] && { echo '${JSON.stringify(options.auth ?? KEY_IN_USE)}'; exit; }\necho "${options.claude ?? '2.1.330'} (Claude Code)"\n`,
    { mode: 0o755 },
  );
  mkdirSync(join(home, 'c', 'ccmux'), { recursive: true });
  mkdirSync(join(home, '.claude'));
  if (options.settings) writeFileSync(join(home, 'c', 'ccmux', 'config.json'), JSON.stringify(options.settings));
  if (options.claudeSettings)
    writeFileSync(join(home, '.claude', 'settings.json'), JSON.stringify(options.claudeSettings));
  options.before?.(home);
  const env = {
    HOME: home,
    PATH: `${join(home, 'bin')}:/bin:/usr/bin`,
    XDG_CONFIG_HOME: join(home, 'c'),
    XDG_STATE_HOME: join(home, 's'),
    ...options.env,
  };
  let text = '';
  const write = (part: string) => (text += part);
  const terminal = { env, cwd: () => home, stdin: {}, stdout: { write }, stderr: { write } };
  const json = options.json ?? true;
  const { live = false, yes = false, maxCost, bundle, servers = [], shake = async () => undefined } = options;
  const wishes = {
    live,
    yes,
    json,
    ...(maxCost !== undefined && { maxCost }),
    ...(bundle !== undefined && { bundle }),
  };
  const code = await runDoctor(wishes, terminal, shake, async () => servers);
  return { code, text, home, checks: [], live: [], ...(json && (JSON.parse(text) as object)) };
}

const find = (checks: Check[], text: RegExp) => checks.find((check) => text.test(check.text));

describe('what is kept of sessions', () => {
  const keep = async (home: string) => {
    const store = openFiles(join(home, 's', 'ccmux', 'memory'));
    await store.keep([record('One.'), record('Two.', { project: 'beta' }), record('Three.', { project: 'beta' })]);
  };
  const memory = (mode: string, more: object = {}) => ({ settings: { memory: { mode }, ...more } });

  it.each([
    [
      'nothing',
      {},
      false,
      'ok',
      /^nothing is kept of what is said; notes that were sent are in the sessions' journals$/,
    ],
    [
      'nothing at all',
      memory('session', { report: { previews: false } }),
      false,
      'ok',
      /^nothing is kept of what is said$/,
    ],
    ['no note', memory('off'), false, 'ok', /^no note is written$/],
    [
      'passages',
      memory('project'),
      true,
      'ok',
      /^3 passages of 2 projects in \S+\/s\/ccmux\/memory, for 30 days; notes/,
    ],
    ['passages to come', memory('project'), false, 'ok', /^0 passages of 0 projects in /],
    ['passages from before', {}, true, 'note', /^still there: 3 passages of 2 projects in /],
  ] as const)('%s', async (_, options, isFilled, level, text) => {
    const { home } = await doctor();
    if (isFilled) await keep(home);
    const { checks, code } = await doctor({
      ...options,
      env: { XDG_STATE_HOME: join(home, 's') },
    });
    expect(find(checks, text)).toMatchObject({ about: 'memory', level });
    expect(code).toBe(0);
  });

  it.each([
    [{ store: 'mem0' }, /^Mem0 is not named \(memory\.mem0\): earlier sessions are searched by words/, 'warn'],
    [{ store: 'mem0', mem0: '/nowhere' }, /^Mem0 in \/nowhere is not installed there: /, 'warn'],
    [{ store: 'chroma', chroma: 'http://127.0.0.1:9' }, /^Chroma at http:\/\/127\.0\.0\.1:9 does not answer: /, 'warn'],
    [
      { store: 'chroma' },
      /^Chroma at \S+ answers \(1\.0\.0\) and finds passages by words alone: embedding is not/,
      'ok',
    ],
  ])('with %j', async (more, text, level) => {
    const { url } = await startChroma();
    const memory = { mode: 'project', chroma: url, ...more };
    const { checks, code } = await doctor({ settings: { memory } });
    expect(find(checks, text)).toMatchObject({ about: 'memory', level });
    expect(code).toBe(0);
  });

  it('a store whose embedding is away', async () => {
    const { url } = await startChroma();
    const embedding = { url: 'http://127.0.0.1:9/v1', model: 'small' };
    const { checks } = await doctor({
      settings: { memory: { mode: 'project', store: 'chroma', chroma: url }, embedding },
    });
    expect(find(checks, /^Chroma at \S+ gets no vectors/)).toMatchObject({
      level: 'warn',
      way: 'Start the server that embedding names, and see that it has this model.',
    });
  });

  it.each(DAMAGES)('beside %s', async (_, put, cause) => {
    const { home } = await doctor();
    await keep(home);
    put(join(home, 's', 'ccmux', 'memory', 'beta', 'broken.jsonl'));
    const { checks } = await doctor({ ...memory('project'), env: { XDG_STATE_HOME: join(home, 's') } });
    expect(find(checks, /^3 passages of 2 projects/)).toMatchObject({ level: 'ok' });
    expect(find(checks, /broken\.jsonl cannot be read/)).toMatchObject({
      level: 'warn',
      text: expect.stringContaining(`(${cause}): it is not quoted`),
      way: 'Make it yours again, or remove it.',
    });
  });

  it('what cannot be read', async () => {
    const { checks } = await doctor({
      before: (home) => {
        mkdirSync(join(home, 's', 'ccmux'), { recursive: true });
        symlinkSync('memory', join(home, 's', 'ccmux', 'memory'));
      },
    });
    expect(find(checks, /memory cannot be read \(its links lead in a circle\)/)).toMatchObject({ level: 'warn' });
  });
});

describe('the machine', () => {
  it('is in order', async () => {
    const { code, checks } = await doctor({ env: { GEMINI_API_KEY: GEMINI_KEY } });
    expect(checks.filter(({ level }) => level !== 'ok')).toMatchObject([
      { level: 'note', text: 'keys are not tested', way: expect.stringContaining('ccmux doctor --live') },
      { level: 'note', text: expect.stringContaining('no web searches'), way: expect.stringContaining('webSearch') },
      { level: 'note', text: expect.stringContaining("Claude's thinking is hidden") },
    ]);
    expect(code).toBe(0);
    expect(find(checks, /^claude 2\.1\.330 \(.*bin\/claude\)/)).toBeDefined();
    expect(
      find(checks, /^gemini: key in GEMINI_API_KEY, address: generativelanguage\S+ \(not contacted\)/),
    ).toBeDefined();
  });

  it.each([
    [
      'a key',
      { settings: { providers: { groq: { apiKey: 'gsk_x' } } } },
      'ok',
      /^groq: key in apiKey, address: api\.groq\.com \(not contacted\)$/,
    ],
    [
      'a variable of its own',
      { settings: { providers: { groq: { apiKey: '${MINE}' } } }, env: { MINE: 'gsk_x' } },
      'ok',
      /^groq: key in MINE,/,
    ],
    [
      'a command',
      { settings: { providers: { groq: { apiKeyCommand: 'exit 1' } } } },
      'note',
      /^groq: key from apiKeyCommand \(not run\), address/,
    ],
    [
      'a local host that is not at its usual place',
      { settings: { order: ['claude', 'ollama'], providers: { ollama: { baseUrl: 'http://127.0.0.1:5' } } } },
      'note',
      /^ollama: no key needed, address: 127\.0\.0\.1:5 \(not contacted\)$/,
    ],
    [
      'a gateway',
      { env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' } },
      'note',
      /^claude's address: http:\/\/127\.0\.0\.1:1 \(ANTHROPIC_BASE_URL in your environment\), not contacted$/,
    ],
  ] as const)('ticks only what it has looked at: %s', async (_, options, level, text) => {
    expect(find((await doctor(options)).checks, text)).toMatchObject({ level });
  });

  const routes = (...likes: string[][]) => ({ routes: likes.map((like) => ({ when: { like }, order: ['claude'] })) });
  it.each<[string, object, Check['level'], string]>([
    [
      'told apart',
      routes(['summarise this log'], ['write a commit message']),
      'ok',
      '2 routes by example can be told apart',
    ],
    [
      'alike',
      routes(['summarise this log', 'explain this error'], ['please summarise this log file']),
      'warn',
      'the route like "summarise this log" and 1 more only tags: another route claims 1 of its examples (2 tried)',
    ],
    [
      'by an embedding that does not answer',
      { ...routes(['summarise this log']), embedding: { url: 'http://127.0.0.1:9/v1', model: 'small' } },
      'warn',
      'your embedding (small at http://127.0.0.1:9/v1) does not answer: prompts are compared by words',
    ],
  ])('looks at routes by example: %s', async (_, settings, level, text) => {
    const { checks } = await doctor({ settings });
    expect(checks).toContainEqual(expect.objectContaining({ level, text }));
  });

  it('says how fast an embedding answers', async () => {
    const server = createServer((_, response) => void response.end('{"data":[{"index":0,"embedding":[1,0,0]}]}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const settings = { ...routes(['summarise this log']), embedding: { url, model: 'small' } };
    const { checks } = await doctor({ settings });
    expect(find(checks, /^your embedding \(small at .*\) answers in .* with 3 numbers$/)).toMatchObject({
      level: 'ok',
    });
  });

  const ollama = (...models: LocalModel[]): LocalServer[] => [
    { id: 'ollama', label: 'Ollama', baseUrl: 'http://127.0.0.1:11434', models },
  ];
  const llamacpp = (model: LocalModel): LocalServer[] => [
    { id: 'llamacpp', label: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080', models: [model] },
  ];
  const using = (settings: object = {}) => ({ order: ['claude', 'ollama'], providers: { ollama: settings } });
  const own = { kind: 'openai-compatible', baseUrl: 'http://localhost:11434/v1', models: { default: 'gemma3' } };
  it.each<[string, LocalServer[], object, Check['level'], string, string?]>([
    [
      'not used',
      ollama({ id: 'qwen3-coder:latest', mostContext: 262_144 }, { id: 'gemma3', contextWindow: 4096, tools: false }),
      {},
      'note',
      'Ollama runs at 127.0.0.1:11434 and is not used: qwen3-coder:latest (up to 256k), gemma3 (4k, no tools)',
      'ccmux init',
    ],
    ['not running', [], using(), 'warn', 'ollama: nothing answers at 127.0.0.1:11434', 'Start Ollama.'],
    [
      'in order',
      ollama({ id: 'qwen3-coder:latest', contextWindow: 65_536 }, { id: 'gemma3' }),
      using(),
      'ok',
      'ollama: runs at 127.0.0.1:11434 with qwen3-coder:latest (64k)',
    ],
    [
      'without the model',
      ollama({ id: 'gemma3' }),
      using(),
      'warn',
      'ollama: 127.0.0.1:11434 has no model qwen3-coder. It has gemma3',
      'providers.ollama.models',
    ],
    [
      'with too small a window',
      ollama({ id: 'qwen3-coder', contextWindow: 4096 }),
      using(),
      'warn',
      'ollama: its window of 4k tokens is too small for Claude Code',
      'OLLAMA_CONTEXT_LENGTH',
    ],
    [
      'with a smaller window than is configured',
      ollama({ id: 'qwen3-coder', contextWindow: 40_960 }),
      using({ contextWindow: 131_072 }),
      'warn',
      'ollama: its window is 40k tokens, and ccmux counts on 128k',
      'Set providers.ollama.contextWindow to 40960.',
    ],
    [
      'with a model that calls no tools',
      ollama({ id: 'qwen3-coder', tools: false }),
      using(),
      'warn',
      'ollama: qwen3-coder cannot use tools',
    ],
    [
      'under a name of the user’s own',
      ollama({ id: 'gemma3:latest', contextWindow: 131_072 }),
      { order: ['claude', 'mine'], providers: { mine: own } },
      'ok',
      'mine: runs at localhost:11434 with gemma3:latest (128k)',
    ],
    [
      'a llama.cpp, which answers by any name',
      llamacpp({ id: 'Qwen3.gguf', contextWindow: 65_536 }),
      { order: ['claude', 'llamacpp'] },
      'ok',
      'llamacpp: runs at 127.0.0.1:8080 with Qwen3.gguf (64k)',
    ],
  ])('a model server on this machine: %s', async (_, servers, settings, level, text, way) => {
    const { checks } = await doctor({ servers, settings });
    const about = checks.filter((check) => check.about === 'providers' && /11434|8080|llama/.test(check.text));
    expect(about).toMatchObject([{ level, text, ...(way && { way: expect.stringContaining(way) }) }]);
  });

  const withToken = { env: { ANTHROPIC_AUTH_TOKEN: 't' } };
  it.each([
    ['a key', KEY_IN_USE, {}, 'ok', /^claude: will use the key in ANTHROPIC_API_KEY, as it says itself$/],
    [
      'a login',
      { loggedIn: true, authMethod: 'claude.ai', email: 'a@b.example' },
      {},
      'ok',
      /will use your claude\.ai login/,
    ],
    [
      'a helper',
      { loggedIn: true, authMethod: 'api_key_helper', apiKeySource: 'apiKeyHelper' },
      {},
      'ok',
      /apiKeyHelper prints/,
    ],
    ['a token', { loggedIn: true, authMethod: 'oauth_token' }, {}, 'ok', /the token in CLAUDE_CODE_OAUTH_TOKEN/],
    [
      'another token',
      { loggedIn: true, authMethod: 'oauth_token' },
      withToken,
      'ok',
      /the token in ANTHROPIC_AUTH_TOKEN/,
    ],
    [
      'another platform',
      { loggedIn: true, authMethod: 'third_party', apiProvider: 'bedrock' },
      {},
      'ok',
      /credentials of bedrock/,
    ],
    ['something new', { loggedIn: true, authMethod: 'passkey' }, {}, 'ok', /will use passkey/],
    ['nothing', { loggedIn: false, authMethod: 'none' }, {}, 'warn', /^claude: not logged in/],
    ['a client that does not say', 'Unknown command', {}, 'note', /which credential it will use is not known/],
  ] as const)('says which credential claude will use: %s', async (_, auth, options, level, text) => {
    const { checks, text: all } = await doctor({ ...options, auth });
    expect(find(checks, text)).toMatchObject({ about: 'providers', level });
    expect(all).not.toContain('a@b.example');
  });

  it.each([
    ['off', { GEMINI_API_KEY: GEMINI_KEY }, 'off', 'note', /no web searches .* although gemini could/],
    ['allowed', { GEMINI_API_KEY: GEMINI_KEY }, 'provider', 'ok', /^web searches while Claude is unavailable: gemini$/],
    ['allowed, and nobody has one', { GROQ_API_KEY: 'gsk_x' }, 'provider', 'warn', /none of these has one/],
    ['off, and nobody has one', { GROQ_API_KEY: 'gsk_x' }, 'off', undefined, /web search/],
    ['nobody can answer at all', {}, 'provider', undefined, /web search/],
  ] as const)('says who would search the web: %s', async (_, env, webSearch, level, text) => {
    const { checks } = await doctor({ env, settings: { webSearch } });
    if (level === undefined) expect(checks.filter((check) => text.test(check.text))).toEqual([]);
    else expect(find(checks, text)).toMatchObject({ about: 'providers', level });
  });

  it('names a claude that is too old for the notices', async () => {
    const { checks } = await doctor({ claude: '2.0.77' });
    expect(find(checks, /older than 2\.1\.63: notices wait for the exit/)).toMatchObject({ level: 'warn' });
    expect(find(checks, /notices appear/)).toBeUndefined();
  });

  it('takes an empty settings file as Claude Code does: nothing is set', async () => {
    const { checks } = await doctor({ before: (home) => writeFileSync(join(home, '.claude', 'settings.json'), '\n') });
    expect(find(checks, /settings\.json/)).toBeUndefined();
  });

  it('names a claude that did not listen when it was told that it reaches Anthropic', async () => {
    const state = scratch();
    mkdirSync(join(state, 'ccmux'));
    const ignoring = (version: string) =>
      writeFileSync(join(state, 'ccmux', 'client.json'), JSON.stringify({ ignoresFirstParty: version }));
    ignoring('2.1.330');
    const { checks } = await doctor({ env: { XDG_STATE_HOME: state } });
    expect(find(checks, /foreign gateway/)).toMatchObject({
      level: 'warn',
      way: expect.stringMatching(/claude update/),
    });
    ignoring('2.1.63');
    expect(find((await doctor({ env: { XDG_STATE_HOME: state } })).checks, /foreign gateway/)).toBeUndefined();
  });

  it.each([
    [
      'no claude',
      { env: { PATH: '/nowhere' } },
      'broken',
      /claude was not found/,
      /npm install -g @anthropic-ai\/claude-code/,
    ],
    ['a setting that is none', { settings: { oder: [] } }, 'broken', /oder/, undefined],
    [
      'a foreign key',
      { settings: { providers: { groq: { apiKey: 'AIzaX' } } } },
      'broken',
      /key of Google, but groq/,
      undefined,
    ],
    [
      'a foreign key that nobody asked for',
      { env: { OPENAI_API_KEY: 'sk-or-v1-x' } },
      'warn',
      /not used: OPENAI_API_KEY/,
      undefined,
    ],
    ['nobody behind Claude', {}, 'warn', /no provider can answer when Claude is unavailable/, /GEMINI_API_KEY/],
    [
      'a named provider without a key',
      { settings: { order: ['claude', 'groq'] } },
      'warn',
      /groq has no key/,
      /Set GROQ_API_KEY/,
    ],
    [
      'a package that is missing',
      { settings: { order: ['claude', 'bedrock'] }, env: { AWS_REGION: 'eu-west-1' } },
      'warn',
      /bedrock needs a package/,
      /npm install -g @ai-sdk\/amazon-bedrock/,
    ],
    [
      'hooks switched off',
      { claudeSettings: { disableAllHooks: true } },
      'warn',
      /disableAllHooks silences/,
      /ccmux status/,
    ],
    [
      'thinking that is hidden',
      {},
      'note',
      /thinking is hidden: a note to another provider holds answers and facts only/,
      /ccmux config set client\.showThinking true/,
    ],
    [
      'thinking that is shown',
      { claudeSettings: { showThinkingSummaries: true } },
      'ok',
      /thinking is shown: it goes with the note/,
      undefined,
    ],
    ['another cloud', { env: { CLAUDE_CODE_USE_BEDROCK: '1' } }, 'warn', /CLAUDE_CODE_USE_BEDROCK is set/, /Unset/],
    [
      'a proxy that is none',
      { env: { HTTPS_PROXY: 'http://[' } },
      'broken',
      /HTTPS_PROXY is not an address/,
      /Correct/,
    ],
    ...['localhost:99', 'ftp://host/', 'host name'].map(
      (address) =>
        [
          `an address of Claude's that is none: ${address}`,
          { env: { ANTHROPIC_BASE_URL: address } },
          'broken',
          /^ANTHROPIC_BASE_URL in your environment is no address$/,
          /must begin with https:\/\//,
        ] as const,
    ),
    ...['{bad json', '[]', '"text"'].map(
      (text) =>
        [
          `settings of Claude Code that it does not load: ${text}`,
          { before: (home: string) => writeFileSync(join(home, '.claude', 'settings.json'), text) },
          'warn',
          /\.claude\/settings\.json is not valid JSON: Claude Code loads nothing of it$/,
          /Correct it/,
        ] as const,
    ),
    [
      'authorities that are gone',
      { env: { NODE_EXTRA_CA_CERTS: '/no/ca.pem' } },
      'broken',
      /NODE_EXTRA_CA_CERTS/,
      /path/,
    ],
    [
      'no checking of certificates',
      { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
      'warn',
      /anybody on the way/,
      /Unset/,
    ],
    [
      'a folder that cannot be made',
      { env: { XDG_STATE_HOME: '/dev/null/nowhere' } },
      'broken',
      /cannot be made: \/dev\/null is a file, not a folder$/,
      /XDG_STATE_HOME/,
    ],
  ] as const)('%s', async (_name, options, level, text, way) => {
    const { code, checks } = await doctor(options);
    const check = find(checks, text);
    expect(check).toMatchObject({ level });
    expect(check?.way ?? '').toMatch(way ?? '');
    expect(code).toBe(level === 'broken' ? 1 : 0);
  });

  it.each([
    [
      undefined,
      'ok',
      /^claude's address: https:\/\/api\.anthropic\.com answers, and its certificate is trusted$/,
      /^$/,
    ],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'broken', /certificate not trusted \(UNABLE_TO/, /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'broken', /certificate of another host/, /another host answers there/],
    ['CERT_HAS_EXPIRED', 'broken', /certificate expired/, /clock/],
    ['ENOTFOUND', 'warn', /cannot be reached: host not found$/, /HTTPS_PROXY/],
    ['CCMUX_TIMEOUT', 'warn', /no answer within 5 s/, /connection/],
  ] as const)('shakes hands with Claude’s host: %s', async (result, level, text, way) => {
    const { code, checks } = await doctor({ shake: async () => result });
    expect(find(checks, text)).toMatchObject({ about: 'network', level });
    expect(find(checks, text)?.way ?? '').toMatch(way);
    expect(code).toBe(level === 'broken' ? 1 : 0);
  });

  it('shakes hands with the trust that the settings files give', async () => {
    const end = await startSecureEnd();
    const env = { ANTHROPIC_BASE_URL: end.url };
    const { code, checks } = await doctor({ env, shake: shakeHands });
    expect(find(checks, /certificate not trusted \(SELF_SIGNED_CERT_IN_CHAIN\)/)).toMatchObject({ level: 'broken' });
    expect(code).toBe(1);
    const claudeSettings = { env: { NODE_EXTRA_CA_CERTS: end.file('ca.pem', end.ca) } };
    expect((await doctor({ env, claudeSettings, shake: shakeHands })).code).toBe(0);
  });

  it('sees a folder that others can enter', async () => {
    const state = scratch();
    mkdirSync(join(state, 'ccmux'));
    chmodSync(join(state, 'ccmux'), 0o755);
    const { checks } = await doctor({ env: { XDG_STATE_HOME: state } });
    expect(find(checks, /can be entered by others \(755\)/)).toMatchObject({ level: 'warn' });
  });

  it('shows no secret of a proxy or an address, and fits 80 columns', async () => {
    const env = {
      HTTPS_PROXY: 'http://me:hunter2@proxy:3128',
      ANTHROPIC_BASE_URL: 'https://gw.example/hunter2/x',
      GEMINI_API_KEY: GEMINI_KEY,
    };
    const { text, checks } = await doctor({ env });
    expect(text).not.toMatch(/hunter2|DoctorsOwnKey/);
    expect(find(checks, /gw\.example \(ANTHROPIC_BASE_URL in your environment\)/)).toBeDefined();
    const plain = await doctor({ env, json: false });
    for (const line of plain.text.split('\n')) expect(line.length, `in ${line}`).toBeLessThanOrEqual(80);
    expect(plain.text).toMatch(/· HTTPS_PROXY: providers are asked by way of http:\/\/proxy:3128/);
  });

  it('needs Node 22.15', () => {
    expect(['v22.14.0', 'v22.15.0', 'v24.1.0', 'v20.19.9'].map((version) => checkNode(version).level)).toEqual([
      'broken',
      'ok',
      'ok',
      'broken',
    ]);
  });
});

describe('--live', () => {
  async function gemini(script: (request: SimulatedRequest) => any): Promise<object> {
    const simulator = await startGemini({ key: GEMINI_KEY, script });
    simulators.push(simulator);
    const price = { input: 0.3, output: 2.5 };
    return { gemini: { baseUrl: `${simulator.url}/v1beta`, apiKey: '${GEMINI_API_KEY}', price } };
  }
  const live = { live: true, yes: true, env: { GEMINI_API_KEY: GEMINI_KEY } };
  const red = {
    type: 'answer',
    toolCalls: [{ name: 'report_colour', input: { colour: 'red' } }],
    usage: { input: 300, output: 20 },
  };

  it('asks for a colour through a tool, and says what it took', async () => {
    const { code, live: results } = await doctor({ ...live, settings: { providers: await gemini(() => red) } });
    expect(results).toMatchObject([
      { id: 'gemini', model: 'gemini-flash-latest', outcome: 'answered', tools: 'work', images: 'work' },
    ]);
    expect(code).toBe(0);
    const [request] = simulators[0]!.requests;
    expect(request!.json.generationConfig.maxOutputTokens).toBeLessThanOrEqual(400);
    expect(simulators[0]!.rejections).toEqual([]);
  });

  it('asks again without the picture where it is refused', async () => {
    const providers = await gemini(({ json }) =>
      JSON.stringify(json).includes('inlineData')
        ? {
            type: 'error',
            status: 400,
            body: { error: { code: 400, message: 'no pictures please', status: 'INVALID_ARGUMENT' } },
          }
        : red,
    );
    const { live: results } = await doctor({ ...live, settings: { providers } });
    expect(results).toMatchObject([
      { outcome: 'answered', tools: 'work', images: 'not seen', error: 'images: 400 no pictures please' },
    ]);
    expect(simulators[0]!.requests.length).toBe(2);
  });

  it('says which key is refused, without it', async () => {
    const {
      code,
      text,
      live: results,
    } = await doctor({
      ...live,
      env: { GEMINI_API_KEY: 'AIzaSyOldKey00000000000000000000000000' },
      settings: { providers: await gemini(() => red) },
    });
    expect(results).toMatchObject([{ outcome: 'failed', status: 400 }]);
    expect(text).not.toContain('OldKey');
    expect(code).toBe(1);
  });

  it('asks everybody, a text-only host without a picture, and skips who has no key', async () => {
    const simulator = await startOpenaiChat({ key: 'k-own', script: () => ({ type: 'answer', text: 'Red.' }) });
    simulators.push(simulator);
    const own = {
      kind: 'openai-compatible',
      baseUrl: `${simulator.url}/v1`,
      models: { default: 'q' },
      apiKey: 'k-own',
    };
    const settings = {
      order: ['claude', 'own', 'groq', 'down'],
      providers: { own, down: { ...own, baseUrl: 'http://127.0.0.1:9' } },
    };
    const { live: results, code } = await doctor({ ...live, maxCost: 0.05, settings });
    expect(results).toMatchObject([
      { id: 'own', outcome: 'answered', tools: 'ignored', images: 'not offered', usd: null },
      { id: 'groq', outcome: 'skipped', error: expect.stringContaining('GROQ_API_KEY') },
      { id: 'down', outcome: 'failed', error: 'no connection: connection refused' },
    ]);
    expect(code).toBe(1);
    const shown = await doctor({ ...live, maxCost: 0.05, json: false, settings });
    // They are asked below, so it would be wrong to say that they are not.
    expect(shown.text).not.toMatch(/not contacted|keys are not tested/);
    expect(shown.text).toMatch(
      /Live\n· claude: not asked\. Only Claude Code sends its login[^·]*To test it: claude -p hello\n! own \(q\)\n {2}first word after .* price not known\n {2}tools: ignored, images: not offered\n· groq: not asked/,
    );
  });

  it.each([
    [{ price: { input: 20, output: 100 } }, /could cost \$0\.11, more than \$0\.01: allow it with --max-cost 0\.11$/],
    [{ price: { input: 3, output: 8 } }, /could cost \$0\.02, more than \$0\.01: allow it with --max-cost 0\.02$/],
    [{}, /its price is unknown and counts as \$0\.03, more than \$0\.01: allow it with --max-cost 0\.03$/],
  ])('spends no more than it may: %j', async (price, error) => {
    const simulator = await startOpenaiChat({ key: 'k-own', script: () => ({ type: 'answer', text: 'Red.' }) });
    simulators.push(simulator);
    const own = {
      kind: 'openai-compatible',
      baseUrl: `${simulator.url}/v1`,
      models: { default: 'q' },
      apiKey: 'k-own',
      ...price,
    };
    const settings = { order: ['claude', 'own'], providers: { own } };
    const { live: results } = await doctor({ ...live, settings });
    expect(results).toMatchObject([{ id: 'own', outcome: 'skipped', error: expect.stringMatching(error) }]);
    expect(simulator.requests).toEqual([]);
    const allowed = /--max-cost ([\d.]+)/.exec(results[0]!.error!)![1];
    expect((await doctor({ ...live, maxCost: Number(allowed), settings })).live).toMatchObject([
      { outcome: 'answered' },
    ]);
  });

  it('does not ask without a yes when nobody can say it', async () => {
    await expect(doctor({ live: true })).rejects.toThrow(/nobody is here to answer. Add --yes/);
  });
});

describe('--bundle', () => {
  const CANARY = 'canary7f3a9c';
  const bundleOf = async (options: Parameters<typeof doctor>[0]) => {
    const result = await doctor({ bundle: 'b.json', json: false, ...options });
    const file = join(result.home, 'b.json');
    return { ...result, file, text: readFileSync(file, 'utf8') };
  };

  it('holds versions, platform, what was seen, the settings and the facts of the last session', async () => {
    const { file, text } = await bundleOf({
      settings: { order: ['claude', 'gemini'], budget: { perDay: 3 } },
      before: (home) => writeJournal(home, sampleEvents()),
    });
    const bundle = JSON.parse(text);
    expect(bundle).toMatchObject({
      versions: { node: process.version },
      platform: { os: process.platform },
      checks: expect.arrayContaining([expect.objectContaining({ about: 'network' })]),
      settings: { order: { value: ['claude', 'gemini'], from: 'user' }, 'budget.perDay': { value: 3 } },
    });
    expect(bundle.lastSession).toContainEqual(
      expect.objectContaining({
        type: 'attempt-fail',
        provider: 'claude',
        status: 429,
        reason: expect.objectContaining({ kind: 'limit' }),
      }),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('holds no key, no text, and nothing that says whose it is', async () => {
    const env = {
      GEMINI_API_KEY: `AIzaSy${CANARY}0000000000000000000000`,
      ANTHROPIC_AUTH_TOKEN: CANARY,
      MY_SECRET: CANARY,
      HTTPS_PROXY: `http://me:${CANARY}@${CANARY}.proxy.example:3128`,
      ANTHROPIC_BASE_URL: `http://${CANARY}.gateway.example/x?key=${CANARY}`,
      GATEWAY: `${CANARY}.example`,
    };
    const settings = {
      providers: {
        groq: { apiKey: CANARY, headers: { 'X-Team': CANARY }, label: CANARY },
        own: {
          kind: 'openai',
          baseUrl: `https://${CANARY}.own.example/v1?k=${CANARY}`,
          apiKeyCommand: `echo ${CANARY}`,
          models: { default: 'm' },
        },
        other: { kind: 'openai', baseUrl: 'https://${GATEWAY}/v1', apiKey: '${MY_SECRET}', models: { default: 'm' } },
      },
    };
    const { text, home } = await bundleOf({
      env,
      settings,
      before: (home) =>
        writeJournal(
          home,
          sampleEvents().map((event) => sown(event)),
        ),
    });
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(home);
    expect(text).toContain('MY_SECRET');
    // What the mistakes of a file say is in it as well.
    const broken = await bundleOf({ env, settings: { ordr: 1, providers: { groq: { apiKey: 5, baseUrl: CANARY } } } });
    expect(broken.text).toContain('ordr is not a setting');
    expect(broken.text).not.toContain(CANARY);
  });

  it('keeps the strokes of paths where the home is the root, as in a container', async () => {
    const { text } = await bundleOf({ env: { HOME: '/' } });
    expect(text).not.toContain('~');
    expect(text).toContain('[folder]/s/ccmux');
  });

  it('never writes over a file', async () => {
    const before = (home: string) => writeFileSync(join(home, 'b.json'), 'mine');
    await expect(bundleOf({ before })).rejects.toThrow(/b\.json cannot be written: it is there already/);
  });

  /** Every text of an event becomes a sentence that nobody else should read. */
  function sown(value: unknown, name = ''): unknown {
    if (typeof value === 'string') return name === 'type' || name === 'kind' ? value : `${CANARY} and more`;
    if (Array.isArray(value)) return value.map((one) => sown(one, name));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, sown(one, field)]));
  }

  function writeJournal(home: string, events: readonly unknown[]): void {
    const folder = join(home, 's', 'ccmux', 'sessions');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, '20261101-120000-abcd.jsonl'),
      events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
  }
});

describe('the facts of an event', () => {
  it.each([
    [
      { type: 'exchange-start', preview: 'secret', claudeSession: 'x', model: 'claude-opus-5-5' },
      { model: 'claude-opus-5-5' },
    ],
    [
      {
        type: 'session-start',
        cwd: '/home/me',
        session: 's',
        order: ['claude'],
        providers: [{ id: 'own', label: 'Acme' }],
      },
      { order: ['claude'], providers: [{ id: 'own' }] },
    ],
    [
      { type: 'attempt-fail', reason: { kind: 'redirect', to: 'acme.example', said: 'Moved' } },
      { reason: { kind: 'redirect' } },
    ],
    [{ type: 'fault', where: 'page', message: '/home/me/x' }, { where: 'page' }],
    [{ type: 'notice-show', text: 'words' }, {}],
    [
      { type: 'approval-ask', provider: 'own', tool: 'mcp__acme', asked: true },
      { provider: 'own', asked: true },
    ],
    [{ type: 'exchange-end', requestId: 'req_1', usage: { inputTokens: 3 } }, { usage: { inputTokens: 3 } }],
    [
      { type: 'storage-fail', what: 'journal', place: '/home/me', code: 'ENOSPC' },
      { what: 'journal', code: 'ENOSPC' },
    ],
    [
      { type: 'translation-warn', warnings: [{ what: 'image-dropped', detail: 'a.png' }] },
      { warnings: [{ what: 'image-dropped' }] },
    ],
    [
      { type: 'config-change', now: [], later: ['order'], mistake: 'a line' },
      { now: [], later: ['order'] },
    ],
  ])('%j', (event, facts) => {
    expect(factsOf({ ...event, at: 1 } as unknown as Event)).toEqual({ type: event.type, at: 1, ...facts });
  });
});
