import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { UserLeft, type Offer, type Questions } from '../../src/cli/init-questions.ts';
import type { Keychain } from '../../src/cli/keychain.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import type { Simulator } from '../../src/demo/server.ts';
import { runInit as runInitHere } from '../../src/cli/init.ts';
import { configText } from '../../src/cli/init-text.ts';
import { jsonSchema } from '../../src/config/file-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import type { LocalServer } from '../../src/providers/local-servers.ts';
import { scratch } from '../config/scratch.ts';
import { captureOutput, standIn } from './output.ts';

/** No model server runs here, whatever the machine of this test has. */
function runInit(
  options: Parameters<typeof runInitHere>[0],
  questions?: Questions,
  servers: LocalServer[] = [],
): Promise<number> {
  return runInitHere(options, questions, async () => servers);
}

function place(env: Record<string, string> = {}) {
  const room = scratch();
  const keys = Object.values(CATALOG).flatMap(({ keyVariables }) =>
    keyVariables.map((name) => [name, undefined] as const),
  );
  standIn(room.project, { ...Object.fromEntries(keys), ...room.env, ...env });
  return { ...room, ...captureOutput(), file: join(room.configFolder, 'config.yaml') };
}

test('--yes writes who was found, for their owner only, and it is read back', async () => {
  const room = place({ GEMINI_API_KEY: 'k', GROQ_API_KEY: 'k' });
  expect(await runInit({ yes: true, force: false })).toBe(0);
  expect(room.out()).toBe(
    `Written: ${room.file}\nThe keys are not tested: ccmux doctor --live\nStart with: ccmux claude\n`,
  );
  expect(statSync(room.file).mode & 0o777).toBe(0o600);
  const { config, sources } = await loadConfig();
  expect(config).toMatchObject({ order: ['claude', 'gemini', 'groq'], switchBack: 'turn' });
  expect(sources['order']).toEqual({ kind: 'user', where: room.file });
});

test('--yes with no key anywhere leaves the order open for keys to come', async () => {
  const room = place();
  expect(await runInit({ yes: true, force: false })).toBe(0);
  expect((await loadConfig()).config.order).toBeUndefined();
  expect(room.out()).toMatch(/It can do nothing yet: nobody can answer in place of Claude\. Set a key/);
  expect(room.out()).not.toContain('Start with');
});

test('an editor finds the schema beside the file', async () => {
  const room = place();
  await runInit({ yes: true, force: false });
  const [first] = readFileSync(room.file, 'utf8').split('\n');
  const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first ?? '')?.[1] ?? '';
  expect(JSON.parse(readFileSync(join(room.configFolder, schema), 'utf8'))).toEqual(jsonSchema());
});

describe('what is there stays', () => {
  test.each(['config.yaml', 'config.yml', 'config.json'])('%s', async (name) => {
    const room = place({ GEMINI_API_KEY: 'k' });
    const file = room.user('{"switchBack": "manual"}', name);
    await expect(runInit({ yes: true, force: false })).rejects.toThrow(`${file} is there already and stays as it is`);
    expect(readFileSync(file, 'utf8')).toBe('{"switchBack": "manual"}');
  });

  test('unless --force says otherwise', async () => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user('switchBack: manual');
    expect(await runInit({ yes: true, force: true })).toBe(0);
    expect(readFileSync(room.file, 'utf8')).toContain('order: [claude, gemini]');
    expect(readFileSync(`${room.file}.old`, 'utf8')).toBe('switchBack: manual');
    expect(room.out()).toContain(`(the old one: ${room.file}.old)`);
  });

  test('--force does not mind what is wrong in the old one', async () => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user('swichBack: [');
    expect(await runInit({ yes: true, force: true })).toBe(0);
  });
});

test('with nobody to ask, it says how to go on', async () => {
  const room = place();
  const before = process.stdin.isTTY;
  process.stdin.isTTY = false;
  await expect(runInit({ yes: false, force: false })).rejects.toThrow(/no terminal to ask in.*ccmux init --yes/);
  process.stdin.isTTY = before;
  expect(room.out()).toBe('');
});

test('every line that is commented out is right once it is not', async () => {
  const room = place();
  const text = configText({ order: ['claude', 'gemini'], switchBack: 'manual' }, (id) => id);
  const settings = text.replace(/^# (?=\w+:| {2,4}\w+:)/gm, '');
  expect(settings).not.toBe(text);
  room.user(settings);
  const { config } = await loadConfig();
  expect(config.budget).toEqual({ perSession: 5, perDay: 20, subagentsPerMinute: 120 });
  expect(config.providers['local']).toMatchObject({ kind: 'openai-compatible', contextWindow: 131072 });
});

/** Answers as a user might; what is not said is the answer that the question begins with. */
function answers(given: Partial<Questions> = {}): Questions & { said: string[] } {
  const said: string[] = [];
  const silent = () => {};
  return {
    said,
    begin: silent,
    existing: async () => 'change',
    providers: async (offers) => offers.filter(({ isChosen }) => isChosen).map(({ id }) => id),
    localModel: async (_, [first]) => first!,
    keep: async () => undefined,
    key: async () => undefined,
    keychain: async ([first]) => first!,
    test: async () => false,
    stays: async () => false,
    order: async (items) => items.map(({ value }) => value),
    budget: async (now) => now ?? 5,
    switchBack: async (_, now) => now,
    overflow: async (now) => now,
    webSearch: async (_labels, now) => now,
    showThinking: async () => false,
    memory: async ({ mode }) => mode,
    say: (kind, text) => void said.push(`${kind}: ${text}`),
    async during(_, work, told) {
      const result = await work;
      const { ok, text } = told(result);
      said.push(`${ok ? 'ok' : 'failed'}: ${text}`);
      return result;
    },
    end: (text) => void said.push(text),
    ...given,
  };
}

const red = {
  type: 'answer' as const,
  toolCalls: [{ name: 'report_colour', input: { colour: 'red' } }],
  usage: { input: 300, output: 20 },
};

async function host(key: string): Promise<Simulator> {
  const simulator = await startOpenaiChat({ key, script: () => red });
  onTestFinished(() => simulator.close());
  return simulator;
}

describe('the questions', () => {
  test('what is chosen is written, and what is not asked stays', async () => {
    const room = place({ GEMINI_API_KEY: 'k', GROQ_API_KEY: 'k' });
    room.user('# mine\nnotify: [] # quiet\nproviders:\n  groq: { label: Fast } # my label\n');
    const asked = answers({
      order: async () => ['groq', 'claude', 'gemini'],
      budget: async () => 2.5,
      switchBack: async () => 'manual',
    });
    expect(await runInit({ yes: false, force: false }, asked)).toBe(0);
    const text = readFileSync(room.file, 'utf8');
    expect(text).toMatch(/^# mine\nnotify: \[\] # quiet\nproviders:\n {2}groq: \{ label: Fast \} # my label\n/);
    const { config } = await loadConfig();
    expect(config).toMatchObject({
      order: ['groq', 'claude', 'gemini'],
      switchBack: 'manual',
      budget: { perSession: 2.5 },
      providers: { groq: { label: 'Fast' } },
    });
    expect(asked.said.at(-1)).toBe(`Written: ${room.file}\nStart with: ccmux claude`);
  });

  test.each([
    ['hard', undefined, { at: 0.5, until: 0.4, move: ['auxiliary', 'subagents', 'self-contained'] }],
    ['half', 'overflow: { at: 70% }', { at: 0.5, until: 0.4, move: ['auxiliary', 'subagents', 'main'] }],
    ['must', 'overflow: { at: 70%, move: [main] }', undefined],
    // The answer that the question begins with: what somebody has written stays.
    [undefined, 'overflow: { at: 70%, until: 50%, move: [main] }', { at: 0.7, until: 0.5, move: ['main'] }],
    [undefined, undefined, undefined],
  ] as const)('overflow by name: %s, after %s', async (chosen, before, expected) => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user(`notify: []\n${before ?? ''}\n`);
    await runInit({ yes: false, force: false }, answers({ ...(chosen && { overflow: async () => chosen }) }));
    expect((await loadConfig()).config.overflow).toEqual(expected);
    // Asked once more, the question begins with what was chosen.
    let begins: unknown;
    await runInit({ yes: false, force: false }, answers({ overflow: async (now) => (begins = now) }));
    expect(begins).toBe(chosen ?? (before === undefined ? 'must' : 'own'));
  });

  test.each([
    ['GEMINI_API_KEY', 'provider', ['Gemini'], 'provider'],
    ['GEMINI_API_KEY', undefined, ['Gemini'], 'off'],
    // Nobody to choose: nothing is asked.
    ['GROQ_API_KEY', 'provider', undefined, 'off'],
  ] as const)('web searches with %s: %s', async (variable, chosen, offered, expected) => {
    const room = place({ [variable]: 'k' });
    let labels: readonly string[] | undefined;
    const webSearch: Questions['webSearch'] = async (able, now) => ((labels = able), chosen ?? now);
    await runInit({ yes: false, force: false }, answers({ webSearch }));
    expect(labels).toEqual(offered);
    expect((await loadConfig()).config.webSearch).toBe(expected);
    expect(readFileSync(room.file, 'utf8').includes('webSearch: provider')).toBe(expected === 'provider');
  });

  test.each([
    { what: 'thinking is hidden', file: '', asks: true },
    { what: 'thinking stays with Claude', file: 'memory: { reasoning: false }', asks: false },
    { what: 'no note is sent', file: 'memory: { mode: "off" }', asks: false },
    { what: 'it is shown already', file: 'client: { showThinking: true }', asks: false },
  ])('whether to show the thinking: $what', async ({ file, asks }) => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user(`notify: []\n${file}\n`);
    let asked = false;
    await runInit({ yes: false, force: false }, answers({ showThinking: async () => (asked = true) }));
    expect(asked).toBe(asks);
    expect((await loadConfig()).config.client.showThinking).toBe(asks || file.startsWith('client'));
  });

  test.each([
    ['project', '', 'project'],
    ['off', 'memory: { mode: project, keepDays: 7 }', 'off'],
    [undefined, 'memory: { mode: project }', 'project'],
    [undefined, '', 'session'],
  ] as const)('what the next model is told: %s, after "%s"', async (chosen, before, expected) => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user(`notify: []\n${before}\n`);
    await runInit({ yes: false, force: false }, answers({ ...(chosen && { memory: async () => chosen }) }));
    expect((await loadConfig()).config.memory.mode).toBe(expected);
    // What nobody has changed is not written.
    expect(readFileSync(room.file, 'utf8').includes('mode:')).toBe(chosen !== undefined || before !== '');
  });

  test('each provider is offered with price, window and key, those with a key first', async () => {
    place({ GROQ_API_KEY: 'k' });
    let seen: readonly Offer[] = [];
    await runInit({ yes: false, force: false }, answers({ providers: async (offers) => ((seen = offers), []) }));
    expect(seen[0]).toMatchObject({
      id: 'groq',
      isChosen: true,
      facts: expect.stringMatching(/^\$0\.15 \/ \$0\.60 +128k +key found$/),
    });
    const facts = (id: string) => seen.find((offer) => offer.id === id)!.facts;
    expect(facts('gemini')).toMatch(/^\$[\d.]+ \/ \$[\d.]+ +1M +no key yet$/);
    expect(facts('ollama')).toMatch(/^free +64k +no key needed$/);
    expect(facts('kimi-coding')).toMatch(/^subscription +/);
    expect(seen.map(({ id }) => id)).not.toContain('claude');
    for (const { label, facts: text } of seen)
      expect(`│  › ◻ ${label.padEnd(20)}  ${text}`.length).toBeLessThanOrEqual(80);
  });

  test('each key is tested after the price was agreed to; who fails can be left out', async () => {
    const [right, wrong] = [await host('gsk_right'), await host('gsk_right')];
    const room = place({ GROQ_API_KEY: 'gsk_right', CEREBRAS_API_KEY: 'csk-wrong' });
    const price = '{ input: 0.1, output: 0.3 }';
    room.user(`providers:
  groq: { baseUrl: "${right.url}/v1", price: ${price} }
  cerebras: { baseUrl: "${wrong.url}/v1", price: ${price} }
`);
    let prices: readonly string[] = [];
    const asked = answers({ test: async (all) => ((prices = all), true) });
    expect(await runInit({ yes: false, force: false }, asked)).toBe(0);
    expect(prices).toEqual(['Groq at most $0.01', 'Cerebras at most $0.01']);
    expect(asked.said).toEqual([
      expect.stringMatching(/^ok: Groq \(.*\) answers: first word after .*, < \$0\.01/),
      expect.stringMatching(/^failed: Cerebras \(.*\): 401 .*\nThe key is not accepted/),
      expect.stringContaining('Written'),
    ]);
    expect((await loadConfig()).config.order).toEqual(['claude', 'groq']);
    expect(right.requests.length).toBe(1);
  });

  test('nobody is asked anything before the price was agreed to', async () => {
    const simulator = await host('gsk_right');
    const room = place({ GROQ_API_KEY: 'gsk_right' });
    room.user(`providers: { groq: { baseUrl: "${simulator.url}/v1" } }`);
    let prices: readonly string[] = [];
    await runInit({ yes: false, force: false }, answers({ test: async (all) => ((prices = all), false) }));
    expect(prices).toEqual(['Groq price unknown']);
    expect(simulator.requests).toEqual([]);
  });

  test('a key can be given, is tested, and goes to a keychain; the file has its command', async () => {
    const simulator = await host('gsk_given');
    const room = place({ GEMINI_API_KEY: 'AIzaEnvironment' });
    const bin = join(room.home, 'bin');
    room.write(
      join(bin, 'pass'),
      '#!/bin/sh\ncase $1 in insert) cat > "$HOME/$(basename "$4")";; show) cat "$HOME/$(basename "$2")";; esac\n',
    );
    chmodSync(join(bin, 'pass'), 0o755);
    vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`);
    room.user(`providers: { groq: { baseUrl: "${simulator.url}/v1", price: 0, apiKey: "\${NOT_SET_HERE}" } }`);
    const passes = (keychains: readonly Keychain[]) => keychains.find(({ program }) => program === 'pass')!;
    let kept: readonly string[] = [];
    const asked = answers({
      providers: async () => ['groq', 'gemini'],
      key: async () => 'gsk_given',
      test: async (prices) => prices.includes('Groq free'),
      keychain: async (all) => passes(all),
      keep: async (variables, all) => ((kept = variables), passes(all)),
      stays: async () => true,
    });
    // Gemini is not asked: its host here is one that is not there.
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
    expect(await runInit({ yes: false, force: false }, asked)).toBe(0);
    expect(simulator.requests.length).toBe(1);
    expect(kept).toEqual(['GEMINI_API_KEY']);
    const { config } = await loadConfig();
    expect(config.providers).toMatchObject({
      groq: { apiKeyCommand: 'pass show ccmux/groq' },
      gemini: { apiKeyCommand: 'pass show ccmux/gemini' },
    });
    expect(config.providers['groq']).not.toHaveProperty('apiKey');
    expect(readFileSync(room.file, 'utf8')).not.toMatch(/gsk_given|AIza/);
    expect(readFileSync(join(room.home, 'groq'), 'utf8').trim()).toBe('gsk_given');
  });

  test('a file of which nothing can come yet says so', async () => {
    const room = place();
    vi.stubEnv('PATH', '/nowhere');
    const asked = answers({ providers: async () => ['groq'] });
    await runInit({ yes: false, force: false }, asked);
    expect(asked.said.at(-1)).toMatch(/^Written: .*\nGroq needs a key: set GROQ_API_KEY\nIt can do nothing yet/);
    expect((await loadConfig()).config.order).toEqual(['claude', 'groq']);
    expect(room.out()).toBe('');
  });

  test('no budget is asked where nobody costs anything', async () => {
    place();
    const budget = vi.fn<Questions['budget']>(async () => 5);
    await runInit({ yes: false, force: false }, answers({ providers: async () => ['ollama'], budget }));
    expect(budget).not.toHaveBeenCalled();
  });

  test('a server that runs here is offered, its model is asked, and its window is written', async () => {
    const room = place({ GROQ_API_KEY: 'k' });
    const ollama: LocalServer = {
      id: 'ollama',
      label: 'Ollama',
      baseUrl: 'http://127.0.0.1:11500',
      models: [
        { id: 'qwen3-coder:latest', contextWindow: 4096, mostContext: 262_144, tools: true },
        { id: 'qwen3-vl:8b', mostContext: 262_144, images: true, tools: true },
        { id: 'gemma3:27b', contextWindow: 131_072, tools: false },
      ],
    };
    const models = [{ id: 'Qwen3-Coder.gguf', contextWindow: 16_384 }];
    const llama: LocalServer = { id: 'llamacpp', label: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080', models };
    room.user('providers: { ollama: { models: { opus: gone } } } # old');
    let seen: readonly Offer[] = [];
    let offered: string[] = [];
    const asked = answers({
      providers: async (offers) => ((seen = offers), ['ollama', 'llamacpp']),
      localModel: async (_, all) => ((offered = all.map(({ id }) => id)), all[1]!),
    });
    expect(await runInit({ yes: false, force: false }, asked, [ollama, llama])).toBe(0);
    expect(seen.slice(0, 3).map(({ id }) => id)).toEqual(['ollama', 'groq', 'llamacpp']);
    expect(seen[0]).toMatchObject({
      facts: expect.stringMatching(/^free +128k +runs here, 3 models$/),
      isChosen: true,
    });
    expect(offered).toEqual(['qwen3-coder:latest', 'qwen3-vl:8b']);
    const { config } = await loadConfig();
    expect(config.order).toEqual(['claude', 'ollama', 'llamacpp']);
    expect(config.providers).toEqual({
      // What the model could take at most is more than its server gives unasked.
      ollama: {
        baseUrl: 'http://127.0.0.1:11500',
        models: { default: 'qwen3-vl:8b' },
        contextWindow: 65_536,
        images: true,
      },
      llamacpp: { models: { default: 'Qwen3-Coder.gguf' }, contextWindow: 16_384 },
    });
    expect(asked.said[0]).toBe(
      'warn: llama.cpp: a window of 16k tokens is too small for Claude Code. Start it with --ctx-size 65536.',
    );
  });

  test('--yes takes no server: nobody said which model', async () => {
    const room = place({ GROQ_API_KEY: 'k' });
    const models = [{ id: 'qwen3-coder:latest' }];
    const server: LocalServer = { id: 'ollama', label: 'Ollama', baseUrl: 'http://127.0.0.1:11434', models };
    await runInit({ yes: true, force: false }, undefined, [server]);
    expect((await loadConfig()).config.order).toEqual(['claude', 'groq']);
    expect(room.out()).toMatch(/\nOllama runs here too\. To let it answer: ccmux init\n$/);
  });

  test('a budget can be taken back', async () => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user('budget: { perSession: 3 }');
    await runInit({ yes: false, force: false }, answers({ budget: async () => undefined }));
    expect((await loadConfig()).config.budget).toEqual({ subagentsPerMinute: 120 });
  });

  test.each(['leave', 'anew'] as const)('%s', async (how) => {
    const room = place({ GEMINI_API_KEY: 'k' });
    room.user('switchBack: manual');
    const run = runInit({ yes: false, force: false }, answers({ existing: async () => how }));
    if (how === 'leave') await expect(run).rejects.toThrow(/stays as it is/);
    else expect(await run).toBe(0);
    expect(readFileSync(how === 'leave' ? room.file : `${room.file}.old`, 'utf8')).toBe('switchBack: manual');
  });

  test('who leaves in the middle has written nothing', async () => {
    const room = place({ GEMINI_API_KEY: 'k' });
    const left = async () => Promise.reject(new UserLeft());
    expect(await runInit({ yes: false, force: true }, answers({ switchBack: left }))).toBe(1);
    expect(room.err()).toBe('ccmux: nothing was written.\n');
    expect(existsSync(room.file)).toBe(false);
  });
});
