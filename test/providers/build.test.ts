import { NO_LIMITS } from '../../src/failover/situation.ts';
import { describe, expect, it, vi } from 'vitest';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';
import { createMemory } from '../../src/codec/carry.ts';
import { UserError } from '../../src/errors.ts';
import { buildProviders, foundByKey, tierOf } from '../../src/providers/build.ts';
import { secrets } from '../../src/providers/keys.ts';
import type { Config, ProviderSettings } from '../../src/config/schema.ts';
import type { AdaptedSpec } from '../../src/providers/adapted.ts';
import type { ProviderRequest } from '../../src/providers/provider.ts';
import type { TranslatedSpec } from '../../src/providers/translated-spec.ts';

function build(
  providers: Record<string, ProviderSettings> = {},
  env: NodeJS.ProcessEnv = {},
  order?: string[],
  claudeUpstream = 'https://api.anthropic.com',
  routes: Config['routes'] = [],
) {
  const adapted = new Map<string, AdaptedSpec>();
  const translated = new Map<string, TranslatedSpec>();
  const asked: MessagesRequest[] = [];
  const answer = async (request: ProviderRequest) => (asked.push(request.parsed()), reply);
  const config: Config = {
    ...(order && { order }),
    switchBack: 'turn',
    failover: { enabled: true, on: [], waitUpTo: 0, firstByteTimeout: 0, retries: 0, safetyChecks: 'ask' },
    webSearch: 'off',
    limits: { claude: NO_LIMITS, others: NO_LIMITS },
    footer: { format: [] },
    handoff: [],
    routes,
    notify: [],
    budget: { subagentsPerMinute: 0 },
    report: { previews: true },
    client: { firstParty: true, showThinking: false },
    memory: { mode: 'session', tokens: 2_500, reasoning: true, keepDays: 30, store: 'files', chroma: '' },
    attribution: true,
    telemetry: false,
    telemetryTexts: false,
    providers,
  };
  const claudeSend = async () => reply;
  const nobody = () => Promise.reject(new Error('nobody is asked'));
  const reply = { status: 200, rawHeaders: [], body: (async function* () {})(), model: 'm', warnings: [] };
  const built = buildProviders({
    config,
    env,
    claudeUpstream,
    dependencies: {
      upstream: { fetch: globalThis.fetch, relay: nobody },
      memory: createMemory(),
      claudeSend,
      createAdaptedSend: (spec) => (adapted.set(spec.id, spec), answer),
      createTranslatedSend: (spec) => (translated.set(spec.id, spec), answer),
    },
  });
  const provider = (id: string) => built.find((one) => one.id === id)!;
  const found = foundByKey(config, env);
  return { found, claudeSend, ids: built.map(({ id }) => id), provider, adapted, translated, asked };
}

const HELLO = {
  parsed: () => ({ model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hello' }] }),
} as unknown as ProviderRequest;

describe('who is in a session', () => {
  it('and beyond the order those that a route names: only it asks them', () => {
    const routes = [{ when: {}, order: ['openai', 'gemini', 'openai', 'claude'] }];
    const { ids, provider } = build({}, { OPENAI_API_KEY: 'k' }, ['claude', 'gemini'], undefined, routes);
    expect(ids).toEqual(['claude', 'gemini', 'openai']);
    expect(ids.map((id) => provider(id).routed)).toEqual([undefined, undefined, true]);
    // Without an order of the user's, a key alone brings it in.
    expect(build({}, { OPENAI_API_KEY: 'k' }, undefined, undefined, routes).provider('openai').routed).toBeUndefined();
  });

  it('is Claude alone when there is nothing else', () => {
    const { ids, found } = build();
    expect(ids).toEqual(['claude']);
    expect(found).toEqual([]);
  });

  it('follows the catalogue with keys from the environment, and says by which variable', () => {
    const env = {
      OPENROUTER_API_KEY: 'sk-or-v1-x',
      GROQ_API_KEY: 'gsk_x',
      GOOGLE_API_KEY: 'AIzaX',
      AWS_REGION: 'eu-west-1',
    };
    const { ids, found } = build({}, env);
    expect(ids).toEqual(['claude', 'gemini', 'openrouter', 'groq']);
    expect(found).toEqual([
      { id: 'gemini', label: 'Gemini', variable: 'GOOGLE_API_KEY' },
      { id: 'openrouter', label: 'OpenRouter', variable: 'OPENROUTER_API_KEY' },
      { id: 'groq', label: 'Groq', variable: 'GROQ_API_KEY' },
    ]);
  });

  it("leaves out a key that stands beside another host's address", () => {
    expect(build({}, { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: 'https://gateway' }).ids).toEqual(['claude']);
    expect(build({}, { OPENAI_API_KEY: 'sk-x' }).ids).toEqual(['claude', 'openai']);
  });

  it("is not stopped by a variable that holds another vendor's key, and does not use it", () => {
    const { ids, found } = build({}, { OPENAI_API_KEY: 'sk-or-v1-x', GROQ_API_KEY: 'gsk_x' });
    expect(ids).toEqual(['claude', 'groq']);
    expect(found.map(({ id }) => id)).toEqual(['groq']);
    expect(() => build({ openai: {} }, { OPENAI_API_KEY: 'sk-or-v1-x' })).toThrow(/key of OpenRouter/);
  });

  it('takes in what the user configured, and does not call that found', () => {
    const local = {
      kind: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:11434/v1',
      models: { default: 'q' },
    } as const;
    const { ids, found } = build({ local, ollama: {}, gemini: { apiKey: 'AIzaX' } }, { GEMINI_API_KEY: 'AIzaY' });
    expect(ids).toEqual(['claude', 'gemini', 'ollama', 'local']);
    expect(found).toEqual([]);
  });

  it('is exactly the order where there is one, keys or not', () => {
    const { ids, found, provider } = build({}, { GROQ_API_KEY: 'gsk_x' }, ['gemini', 'claude']);
    expect(ids).toEqual(['gemini', 'claude']);
    expect(found).toEqual([]);
    expect(provider('gemini').keySource).toBeUndefined();
    expect(provider('gemini').keyVariables).toContain('GEMINI_API_KEY');
  });
});

describe('what one provider is', () => {
  it("is the user's own Claude, untouched", async () => {
    const { provider, adapted, claudeSend } = build(
      {},
      { ANTHROPIC_API_KEY: 'sk-ant-api03-x' },
      undefined,
      'http://gw.example:8080/a',
    );
    const claude = provider('claude');
    expect(claude).toMatchObject({ host: 'gw.example:8080', translated: false, paid: false, wire: 'anthropic' });
    expect(claude.modelFor('claude-opus-5-5')).toBe('claude-opus-5-5');
    expect(claude.limitsOf('claude-haiku-4-5-20251001')).toEqual({ contextWindow: 200_000, maxOutput: 64_000 });
    expect(claude.send).toBe(claudeSend);
    expect(adapted.has('claude')).toBe(false);
  });

  it("refuses a key for the user's own Claude", () => {
    expect(() => build({ claude: { apiKey: 'sk-ant-api03-x' } })).toThrow(/providers.claude can have no key/);
  });

  it.each([
    ['claude-opus-5-5', 'gemini-pro-latest'],
    ['claude-fable-5-2', 'gemini-pro-latest'],
    ['claude-sonnet-5-5[1m]', 'gemini-pro-latest'],
    ['claude-haiku-5-5', 'gemini-flash-latest'],
    ['claude-next', 'gemini-pro-latest'],
  ])('answers %s with %s', (asked, model) => {
    expect(build({}, { GEMINI_API_KEY: 'AIzaX' }).provider('gemini').modelFor(asked)).toBe(model);
  });

  it("lets the user's settings win over the catalogue", async () => {
    const { provider, translated } = build({
      gemini: {
        label: 'Gem',
        baseUrl: 'http://127.0.0.1:9/v1beta/',
        apiKey: 'AIzaX',
        headers: { 'x-a': '1' },
        models: { default: 'my-model', haiku: 'small' },
        contextWindow: 1000,
        maxOutput: 100,
        images: false,
        pdfs: false,
      },
    });
    const gemini = provider('gemini');
    expect(gemini).toMatchObject({ label: 'Gem', host: '127.0.0.1:9', keySource: 'apiKey' });
    expect(gemini.capabilities).toEqual({
      tools: true,
      parallelTools: true,
      images: false,
      pdfs: false,
      toolResultImages: false,
    });
    expect([gemini.modelFor('opus'), gemini.modelFor('haiku')]).toEqual(['my-model', 'small']);
    expect(gemini.limitsOf('my-model')).toEqual({ contextWindow: 1000, maxOutput: 100 });
    await gemini.send(HELLO);
    const spec = translated.get('gemini')!;
    expect(spec).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1beta', headers: { 'x-a': '1' }, kind: 'gemini' });
    expect(await spec.key()).toBe('AIzaX');
    expect(await spec.key(1)).toBeUndefined();
  });

  it('makes a provider of settings alone', () => {
    const mine = { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1', models: { default: 'q' } } as const;
    const priced = { ...mine, price: { input: 1, output: 2 } };
    const { provider } = build({ mine, priced, far: { ...mine, baseUrl: 'https://gw.example/v1' } });
    expect(provider('mine')).toMatchObject({ paid: false, keySource: 'none needed', wire: 'openai', translated: true });
    expect([provider('far').paid, provider('priced').paid]).toEqual([true, true]);
    expect(provider('mine').modelFor('claude-opus-5-5')).toBe('q');
  });

  it("says no key where the variable of the user's choice is empty", () => {
    const { provider } = build({ gemini: { apiKey: '${WORK_KEY}' } }, { GEMINI_API_KEY: 'AIzaX' }, ['gemini']);
    expect(provider('gemini')).toMatchObject({ keySource: undefined, keyVariables: ['WORK_KEY'] });
  });

  it('fills in variables of address, key and headers', async () => {
    const mine = {
      kind: 'anthropic',
      baseUrl: 'https://${HOST}/api',
      models: { default: 'q' },
      apiKey: '${A}-${B}',
      headers: { 'x-team': '${TEAM}', 'x-fixed': 'yes' },
    } as const;
    const env = { HOST: 'gw.example', A: 'one', B: 'two', TEAM: 'team-secret-1' };
    const { provider, adapted } = build({ mine }, env);
    expect(provider('mine')).toMatchObject({ host: 'gw.example', keySource: 'A and B' });
    expect(adapted.get('mine')).toMatchObject({ headers: { 'x-team': 'team-secret-1', 'x-fixed': 'yes' } });
    expect(await adapted.get('mine')!.key()).toBe('one-two');
    expect(secrets()).toEqual(expect.arrayContaining(['one-two', 'team-secret-1']));

    const without = build({ mine }, { ...env, TEAM: '', B: '' }).provider('mine');
    expect(without).toMatchObject({ keySource: undefined, keyVariables: ['A', 'B', 'TEAM'] });
    expect(() => build({ mine }, {})).toThrow(/providers.mine.baseUrl needs HOST, which is not set/);
  });

  it("sends a local host's key as a bearer only when there is one", () => {
    expect(build({ lmstudio: {} }).adapted.get('lmstudio')!.auth).toBe('none');
    expect(build({ lmstudio: { apiKey: 'k' } }).adapted.get('lmstudio')!.auth).toBe('bearer');
  });

  it('fills in where a cloud is, or says what is missing', async () => {
    const env = { GOOGLE_CLOUD_PROJECT: 'p1' };
    const { provider, translated } = build({ vertex: { region: 'europe-west1' } }, env, ['vertex', 'bedrock', 'azure']);
    expect(provider('vertex')).toMatchObject({
      host: 'europe-west1-aiplatform.googleapis.com',
      keySource: 'application-default credentials',
    });
    await provider('vertex').send(HELLO);
    expect(translated.get('vertex')).toMatchObject({ region: 'europe-west1', project: 'p1', baseUrl: '' });
    expect(provider('bedrock')).toMatchObject({ keySource: undefined });
    expect(provider('bedrock').keyVariables).toContain('AWS_REGION');
    expect(provider('azure').keyVariables).toEqual(['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY', 'AZURE_RESOURCE_NAME']);
  });

  it('can load beforehand what a translated provider needs, and has nothing to load for the others', async () => {
    const { provider, translated } = build(
      {},
      { GEMINI_API_KEY: 'AIzaX', ANTHROPIC_API_KEY: 'sk-ant-x', MINIMAX_API_KEY: 'k' },
    );
    await provider('gemini').prepare!();
    // Nobody was built, so nobody can have been asked.
    expect(translated.size).toBe(0);
    expect([provider('claude').prepare, provider('minimax').prepare]).toEqual([undefined, undefined]);
  });

  it('makes a translated sender once, at its first request', async () => {
    const { provider, translated } = build({}, { GEMINI_API_KEY: 'AIzaX' });
    expect(translated.size).toBe(0);
    const set = vi.spyOn(translated, 'set');
    await provider('gemini').send(HELLO);
    await provider('gemini').send(HELLO);
    expect(set).toHaveBeenCalledTimes(1);
  });
});

describe('what is refused', () => {
  const local = { baseUrl: 'http://127.0.0.1:1' };
  it.each([
    ['an unknown name', {}, ['gemnii'], /order names "gemnii"/],
    [
      'a provider of nothing',
      { mine: {} },
      undefined,
      /mine is not in the catalogue, so it needs kind and baseUrl and models/,
    ],
    ['no models', { mine: { kind: 'anthropic', ...local } }, undefined, /needs models.default/],
    [
      'a kind without its address',
      { groq: { kind: 'anthropic' } },
      undefined,
      /not the catalogue's \(openai-compatible\)/,
    ],
    ['an address that is none', { groq: { baseUrl: 'api.groq.com' } }, undefined, /providers.groq.baseUrl must be/],
    [
      'a password in an address',
      { groq: { baseUrl: 'https://a:hunter2@api.groq.com' } },
      undefined,
      /without a password/,
    ],
    ['a foreign key', { groq: { apiKey: 'AIzaX' } }, undefined, /key of Google, but groq/],
  ] as [string, Record<string, ProviderSettings>, string[] | undefined, RegExp][])(
    '%s',
    (_name, providers, order, message) => {
      const act = () => build(providers, {}, order);
      expect(act).toThrow(UserError);
      expect(act).toThrow(message);
      expect(act).not.toThrow(/hunter2/);
    },
  );
});

it('reads the tier from any spelling of a model', () => {
  expect(
    ['opus', 'claude-3-5-haiku-latest', 'us.anthropic.claude-sonnet-5-5', 'CLAUDE-FABLE-5', 'gpt-6'].map(tierOf),
  ).toEqual(['opus', 'haiku', 'sonnet', 'opus', undefined]);
});

it.each(['gemini', 'zai'])('%s is offered the tools that came during the session', async (id) => {
  const { provider, asked } = build({ [id]: { apiKey: 'sk-test' } });
  const search = { name: 'mcp__docs__search', input_schema: { type: 'object' } };
  const parsed = (): MessagesRequest => ({
    model: 'claude-sonnet-5-5',
    tools: [{ name: 'Read', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'system', content: [{ type: 'tool_addition', tool: { type: 'tool_definition', definition: search } }] },
    ],
  });
  await provider(id).send({ path: '/v1/messages', parsed } as ProviderRequest);
  expect(asked[0]?.tools?.map(({ name }) => name)).toEqual(['Read', search.name]);
});
