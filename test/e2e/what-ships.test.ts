import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonSchema } from '../../src/config/file-schema.ts';
import { subscriptionHeaders } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { apiKeyLimit, creditTooLow, overloaded } from '../simulators/failures.ts';
import { OPENAI_KEY } from '../simulators/openai-responses.ts';
import { answer, type Script } from '../../src/demo/script.ts';
import { inAnHour, makeCast, type Cast } from '../helpers/cast.ts';
import { claudeCommand, journalOf, runCcmux, start, type Run } from '../helpers/claude.ts';
import { startCollector, type Collector } from '../helpers/otlp.ts';
import { answersOf, useQuickClient, type QuickAnswer } from '../helpers/quick-client.ts';

/**
 * What ships is what is tested: every setting that the schema names is obeyed by the built program in an empty home, from
 * the file, and from its flag and its variable where it has them. (`apiKeyCommand` once worked from the sources only.)
 * The last test fails for a setting that has no row here.
 */

type Outcome = {
  cast: Cast;
  collector: Collector;
  run: Run;
  answers: QuickAnswer[];
  journal: ReturnType<typeof journalOf>;
};

type Settings = Record<string, unknown>;

type Row = {
  /** By default Claude is limited for an hour, and everybody else says who they are. */
  claude?: () => Script;
  own?: () => Script;
  prompts?: string[];
  /** The setting in the file: at the top, or of the provider `own`, an OpenAI-compatible host. */
  file?: Settings;
  provider?: Settings;
  /** The same by a flag and by a variable. */
  flag?: string[];
  variable?: Record<string, string>;
  /** What else the row needs, in every form; `{silent}` is an address that never says anything, `{collector}` one that takes telemetry. */
  env?: Record<string, string>;
  beside?: Settings;
  obeyed(outcome: Outcome): void;
};

const limited = () => claudeLimit(inAnHour());
const texts = ({ answers }: Outcome) => answers.map(({ text }) => text);
const says =
  (...expected: string[]) =>
  (outcome: Outcome) =>
    expect(texts(outcome)).toEqual(expected);
const relayed =
  (...statuses: number[]) =>
  ({ answers }: Outcome) =>
    expect(answers.map(({ status }) => status)).toEqual(statuses);
const events = ({ journal }: Outcome, type: string) => journal.filter((event) => event.type === type);
const timedOut = (outcome: Outcome) =>
  expect(events(outcome, 'attempt-fail')).toContainEqual(expect.objectContaining({ failure: 'timeout' }));
const brokenOff = (outcome: Outcome) =>
  expect(events(outcome, 'exchange-end').at(-1)).toMatchObject({ outcome: 'cut' });
const skips = (outcome: Outcome) => events(outcome, 'provider-skip').map(({ provider, reason }) => [provider, reason]);
const askedOwn = ({ cast }: Outcome) => cast.chat.asked().at(-1)!;

/** Claude's answer, and how much of the 5-hour window is used then. */
const using = (fiveHour: number, text = 'Claude was here.') =>
  answer(text, { headers: subscriptionHeaders({ fiveHour, sevenDay: 0.1, fiveHourReset: inAnHour() }) });

function overflowRow(overflow: { at: string; until?: string; move: string[] }, obeyed: Row['obeyed']): Row {
  const text = Object.entries({ ...overflow, move: overflow.move.join('+') }).map((pair) => pair.join('='));
  return {
    claude: () => () => using(0.6),
    prompts: ['one', 'two'],
    file: { overflow },
    flag: ['--overflow', text.join(',')],
    variable: { CCMUX_OVERFLOW: text.join(',') },
    obeyed,
  };
}
/** The simulated Claude refuses thinking that it has not signed itself. */
const NO_CLAUDE = { order: ['own'] };
const saidToOwn = (outcome: Outcome) => JSON.stringify(askedOwn(outcome).json);

/** An answer whose host counts a million tokens on each side. */
const costly = () => answer('A dear answer.', { usage: { input: 1_000_000, output: 1_000_000 } });
const PRICED = { price: { input: 1, output: 1 } };

/** Headers at once, and then nothing for longer than the limits of these tests. */
function silent(): Script {
  return [{ type: 'silence', ms: 1_500, answer: answer('Claude took its time.') }];
}

/** A limit of time that is far shorter than what Claude takes. */
function limitRow(name: string, row: Partial<Row>): Row {
  return {
    file: { limits: { [name]: '300ms' } },
    flag: ['--limits', `${name}=300ms`],
    variable: { CCMUX_LIMITS: `${name}=300ms` },
    obeyed: says('My own host was here.'),
    ...row,
  };
}

/** An address at which nobody listens: words decide, and that is said. */
const EMBEDDING: Row = {
  beside: { routes: [{ when: { like: 'summarise this log' }, order: ['own'] }] },
  prompts: ['please summarise the log'],
  claude: () => () => answer('Claude was here.'),
  file: { embedding: { url: 'http://127.0.0.1:9/v1', model: 'small' } },
  flag: ['--embedding', 'url=http://127.0.0.1:9/v1,model=small'],
  variable: { CCMUX_EMBEDDING: 'url=http://127.0.0.1:9/v1,model=small' },
  obeyed: (outcome) => {
    expect(texts(outcome)).toEqual(['My own host was here.']);
    expect(events(outcome, 'embedding-fail')).toMatchObject([{ url: 'http://127.0.0.1:9/v1', model: 'small' }]);
  },
};

/** By the setting's name in a file; those of a provider without the provider. */
const GENERAL: Record<string, Row> = {
  order: {
    file: { order: ['claude', 'gemini', 'own'] },
    flag: ['--order', 'claude,gemini,own'],
    variable: { CCMUX_ORDER: 'claude,gemini,own' },
    obeyed: says('Gemini was here.'),
  },
  switchBack: {
    claude: () => [apiKeyLimit(1), answer('Claude is back.')],
    file: { switchBack: 'manual' },
    flag: ['--switch-back', 'manual'],
    variable: { CCMUX_SWITCH_BACK: 'manual' },
    prompts: ['one', 'pause:1200', 'two'],
    obeyed: says('My own host was here.', 'My own host was here.'),
  },
  'client.firstParty': {
    // Claude is Anthropic's own here, and nobody asks it.
    env: { ANTHROPIC_BASE_URL: '' },
    prompts: ['env:_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL'],
    file: { client: { firstParty: false } },
    flag: ['--no-first-party'],
    variable: { CCMUX_FIRST_PARTY: 'false' },
    obeyed: says(''),
  },
  'client.showThinking': {
    prompts: ['setting:showThinkingSummaries'],
    file: { client: { showThinking: true } },
    flag: ['--show-thinking'],
    variable: { CCMUX_SHOW_THINKING: 'true' },
    obeyed: says('true'),
  },
  telemetry: {
    // A collector that is away is told once, and holds nothing up.
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://{silent}' },
    file: { telemetry: true },
    flag: ['--telemetry'],
    variable: { CCMUX_TELEMETRY: 'true' },
    obeyed: ({ run }) =>
      expect(run.stderr.match(/telemetry could not be sent to your collector: no answer within 1 s/g)).toHaveLength(1),
  },
  telemetryTexts: {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: '{collector}' },
    beside: { telemetry: true },
    prompts: [`remember the key ${OPENAI_KEY} of mine`],
    file: { telemetryTexts: true },
    flag: ['--telemetry-texts'],
    variable: { CCMUX_TELEMETRY_TEXTS: 'true' },
    obeyed: ({ collector }) => {
      const { attributes } = collector.spans.find((span) => 'gen_ai.output.messages' in span.attributes)!;
      expect(attributes['gen_ai.input.messages']).toBe(
        '[{"role":"user","parts":[{"type":"text","content":"remember the key [redacted] of mine"}]}]',
      );
      expect(attributes['gen_ai.output.messages']).toBe(
        '[{"role":"assistant","parts":[{"type":"text","content":"My own host was here."}],"finish_reason":"end_turn"}]',
      );
    },
  },
  'failover.enabled': {
    file: { failover: { enabled: false } },
    flag: ['--no-failover'],
    variable: { CCMUX_NO_FAILOVER: '1' },
    obeyed: relayed(429),
  },
  'failover.on': {
    claude: () => () => creditTooLow(),
    file: { failover: { on: ['billing'] } },
    flag: ['--failover-on', 'billing'],
    variable: { CCMUX_FAILOVER_ON: 'billing' },
    obeyed: says('My own host was here.'),
  },
  'failover.retries': {
    claude: () => [overloaded(), answer('Claude recovered.')],
    file: { failover: { retries: 0 } },
    flag: ['--retries', '0'],
    variable: { CCMUX_RETRIES: '0' },
    obeyed: says('My own host was here.'),
  },
  'limits.connect': limitRow('connect', {
    env: { ANTHROPIC_BASE_URL: 'https://{silent}' },
    obeyed: timedOut,
  }),
  'limits.firstByte': limitRow('firstByte', { claude: () => [answer('Claude took its time.', { delayMs: 1_500 })] }),
  'limits.silence': limitRow('silence', { claude: silent }),
  'limits.firstContent': limitRow('firstContent', { claude: silent }),
  'limits.whole': limitRow('whole', {
    claude: () => [answer('Claude took its time.', { delayMs: 1_500 })],
    prompts: ['whole:hello'],
  }),
  'limits.afterContent': limitRow('afterContent', {
    claude: () => [answer('Claude took its time over each word of this answer.', { chunkDelayMs: 700 })],
    obeyed: brokenOff,
  }),
  'failover.waitUpTo': {
    claude: () => [apiKeyLimit(1), answer('Claude came back in time.')],
    file: { failover: { waitUpTo: '5s' } },
    flag: ['--wait', '5s'],
    variable: { CCMUX_WAIT_UP_TO: '5s' },
    obeyed: says('Claude came back in time.'),
  },
  'failover.firstByteTimeout': {
    claude: () => [answer('Claude took its time.', { delayMs: 1_500 })],
    file: { failover: { firstByteTimeout: '300ms' } },
    flag: ['--first-byte-timeout', '300ms'],
    variable: { CCMUX_FIRST_BYTE_TIMEOUT: '300ms' },
    obeyed: says('My own host was here.'),
  },
  'failover.safetyChecks': {
    prompts: ['check:{"Bash":"make"}'],
    own: () => () => answer('<block>no</block>'),
    file: { failover: { safetyChecks: 'other' } },
    flag: ['--safety-checks', 'other'],
    variable: { CCMUX_SAFETY_CHECKS: 'other' },
    obeyed: says('<block>no</block>'),
  },
  webSearch: {
    // While it is off, a search asks nobody.
    prompts: ['search:ccmux'],
    beside: { order: ['claude', 'gemini'] },
    file: { webSearch: 'provider' },
    flag: ['--web-search', 'provider'],
    variable: { CCMUX_WEB_SEARCH: 'provider' },
    obeyed: ({ cast }) => expect(cast.gemini.requests.map(({ json }) => json.tools)).toEqual([[{ googleSearch: {} }]]),
  },
  handoff: {
    file: { handoff: [{ when: { prompt: 'incident' }, then: 'hold' }] },
    flag: ['--handoff', 'hold prompt=incident'],
    variable: { CCMUX_HANDOFF: 'ask prompt=incident' },
    prompts: ['hello', 'the incident'],
    obeyed: ({ answers }) => expect(answers.map(({ status }) => status)).toEqual([200, 429]),
  },
  routes: {
    claude: () => () => answer('Claude was here.'),
    file: { routes: [{ when: { class: 'main' }, order: ['own', 'claude'] }] },
    flag: ['--routes', 'class=main -> own,claude'],
    variable: { CCMUX_ROUTES: 'family=opus -> own' },
    obeyed: says('My own host was here.'),
  },
  'embedding.url': EMBEDDING,
  'embedding.model': EMBEDDING,
  'overflow.at': overflowRow({ at: '50%', move: ['main'] }, says('Claude was here.', 'My own host was here.')),
  'overflow.move': overflowRow(
    { at: '50%', move: ['self-contained', 'main'] },
    says('Claude was here.', 'My own host was here.'),
  ),
  'overflow.until': {
    ...overflowRow(
      { at: '50%', until: '48%', move: ['main'] },
      says('Claude was here.', 'My own host was here.', 'Claude judged.', 'Claude was here.'),
    ),
    // The safety check goes to Claude, and its answer tells that less is used now.
    claude: () => [using(0.6), using(0.45, 'Claude judged.'), using(0.45)],
    prompts: ['one', 'two', 'check:{"Bash":"make"}', 'three'],
  },
  'footer.format': {
    prompts: ['hello', 'footer:'],
    file: { footer: { format: ['who'] } },
    flag: ['--footer-format', 'who'],
    variable: { CCMUX_FOOTER_FORMAT: 'who' },
    obeyed: ({ answers }) => expect(stripVTControlCharacters(answers.at(-1)!.text)).toBe('ccmux ▸ own'),
  },
  notify: {
    file: { notify: ['nobody', 'back'] },
    flag: ['--notify', 'nobody,back'],
    variable: { CCMUX_NOTIFY: 'none' },
    obeyed: (outcome) => expect(events(outcome, 'notification-send')).toEqual([]),
  },
  'budget.perSession': {
    own: () => costly,
    provider: PRICED,
    file: { budget: { perSession: 1 } },
    flag: ['--budget-per-session', '1'],
    variable: { CCMUX_BUDGET_PER_SESSION: '1' },
    prompts: ['one', 'two'],
    obeyed: (outcome) => {
      expect(outcome.answers.map(({ status }) => status)).toEqual([200, 429]);
      expect(skips(outcome)).toContainEqual(['own', 'budget']);
    },
  },
  'budget.perDay': {
    own: () => costly,
    provider: PRICED,
    file: { budget: { perDay: 1 } },
    flag: ['--budget-per-day', '1'],
    variable: { CCMUX_BUDGET_PER_DAY: '1' },
    prompts: ['one', 'two'],
    obeyed: (outcome) => expect(skips(outcome)).toContainEqual(['own', 'budget']),
  },
  'budget.subagentsPerMinute': {
    provider: PRICED,
    file: { budget: { subagentsPerMinute: 1 } },
    flag: ['--subagents-per-minute', '1'],
    variable: { CCMUX_SUBAGENTS_PER_MINUTE: '1' },
    prompts: ['agent:one', 'agent:two', 'three'],
    obeyed: (outcome) => {
      expect(outcome.answers.map(({ status }) => status)).toEqual([200, 429, 200]);
      expect(skips(outcome)).toContainEqual(['own', 'budget']);
    },
  },
  'memory.mode': {
    prompts: ['thought:the pool is full'],
    beside: NO_CLAUDE,
    file: { memory: { mode: 'off' } },
    flag: ['--no-memory'],
    variable: { CCMUX_MEMORY: 'off' },
    obeyed: (outcome) => expect(saidToOwn(outcome)).not.toContain('handoff-note'),
  },
  'memory.tokens': {
    prompts: ['thought:the pool is full'],
    beside: NO_CLAUDE,
    file: { memory: { tokens: 0 } },
    flag: ['--memory-tokens', '0'],
    variable: { CCMUX_MEMORY_TOKENS: '0' },
    obeyed: (outcome) => expect(saidToOwn(outcome)).not.toContain('handoff-note'),
  },
  'memory.reasoning': {
    prompts: ['thought:the pool is full'],
    beside: NO_CLAUDE,
    file: { memory: { reasoning: false } },
    flag: ['--no-memory-reasoning'],
    variable: { CCMUX_MEMORY_REASONING: 'false' },
    obeyed: (outcome) => expect(saidToOwn(outcome)).not.toContain('t1 thinking'),
  },
  'memory.keepDays': {
    beside: { memory: { mode: 'project' } },
    prompts: ['thought:the pool is full of connections'],
    file: { memory: { mode: 'project', keepDays: 0 } },
    flag: ['--memory-keep-days', '0'],
    variable: { CCMUX_MEMORY_KEEP_DAYS: '0' },
    obeyed: (outcome) => expect(readdirSync(join(outcome.cast.place.ccmuxState, 'memory'))).toEqual([]),
  },
  'memory.store': {
    beside: { memory: { mode: 'project' } },
    prompts: ['thought:the pool is full of connections'],
    file: { memory: { mode: 'project', store: 'mem0' } },
    flag: ['--memory-store', 'mem0'],
    variable: { CCMUX_MEMORY_STORE: 'mem0' },
    obeyed: (outcome) => expect(events(outcome, 'memory-store-fail')).toMatchObject([{ store: 'mem0', why: 'unset' }]),
  },
  'memory.mem0': {
    beside: { memory: { mode: 'project', store: 'mem0' } },
    prompts: ['thought:the pool is full of connections'],
    file: { memory: { mode: 'project', store: 'mem0', mem0: '/nowhere/mem0' } },
    flag: ['--memory-mem0', '/nowhere/mem0'],
    variable: { CCMUX_MEMORY_MEM0: '/nowhere/mem0' },
    obeyed: (outcome) =>
      expect(events(outcome, 'memory-store-fail')).toMatchObject([{ place: '/nowhere/mem0', why: 'missing' }]),
  },
  'memory.chroma': {
    beside: { memory: { mode: 'project', store: 'chroma' } },
    prompts: ['thought:the pool is full of connections'],
    file: { memory: { mode: 'project', store: 'chroma', chroma: 'http://127.0.0.1:9' } },
    flag: ['--memory-chroma', 'http://127.0.0.1:9'],
    variable: { CCMUX_MEMORY_CHROMA: 'http://127.0.0.1:9' },
    obeyed: (outcome) =>
      expect(events(outcome, 'memory-store-fail')).toMatchObject([{ place: 'http://127.0.0.1:9', why: 'unreachable' }]),
  },
  attribution: {
    file: { attribution: false },
    flag: ['--no-attribution'],
    variable: { CCMUX_ATTRIBUTION: 'false' },
    obeyed: (outcome) => expect(saidToOwn(outcome)).not.toContain('in place of the Claude model'),
  },
  shared: {
    file: { shared: 'valkey://127.0.0.1:1/0' },
    flag: ['--shared', 'redis://127.0.0.1:1'],
    variable: { CCMUX_SHARED: 'valkey://127.0.0.1:1?scope=me&prefix=mine' },
    obeyed: (outcome) => expect(events(outcome, 'sharing-change')).toMatchObject([{ state: 'away', known: false }]),
  },
  sharedPasswordCommand: {
    beside: { shared: 'valkey://127.0.0.1:1/0' },
    file: { sharedPasswordCommand: 'exit 3' },
    flag: ['--shared-password-command', 'exit 3'],
    variable: { CCMUX_SHARED_PASSWORD_COMMAND: 'exit 3' },
    obeyed: (outcome) => expect(events(outcome, 'sharing-change')[0]!['why']).toContain('ended with status 3'),
  },
  'report.previews': {
    file: { report: { previews: false } },
    flag: ['--no-previews'],
    variable: { CCMUX_PREVIEWS: 'false' },
    prompts: ['a prompt that nobody else should read'],
    obeyed: (outcome) => expect(JSON.stringify(outcome.journal)).not.toContain('nobody else should read'),
  },
};

/** Tokens that fill a small window: some six letters each. */
const LONG_PROMPT = 'letters '.repeat(9_000);

const PROVIDER: Record<string, Row> = {
  label: {
    provider: { label: 'The Office' },
    obeyed: ({ journal }) => expect(JSON.stringify(journal[0])).toContain('"label":"The Office"'),
  },
  kind: { provider: { kind: 'openai-compatible' }, obeyed: says('My own host was here.') },
  baseUrl: { provider: {}, obeyed: says('My own host was here.') },
  apiKey: {
    provider: { apiKey: '${A_KEY_OF_MINE}' },
    env: { A_KEY_OF_MINE: OPENAI_KEY },
    obeyed: (outcome) => expect(askedOwn(outcome).headers['authorization']).toBe(`Bearer ${OPENAI_KEY}`),
  },
  apiKeyCommand: {
    provider: { apiKey: undefined, apiKeyCommand: `printf '%s' "$HIDDEN_KEY"` },
    env: { HIDDEN_KEY: OPENAI_KEY },
    obeyed: (outcome) => expect(askedOwn(outcome).headers['authorization']).toBe(`Bearer ${OPENAI_KEY}`),
  },
  headers: {
    provider: { headers: { 'X-Team': '${TEAM_NAME}' } },
    env: { TEAM_NAME: 'payments' },
    obeyed: (outcome) => expect(askedOwn(outcome).headers['x-team']).toBe('payments'),
  },
  'models.default': modelRow({ default: 'my-large-model' }),
  'models.opus': modelRow({ default: 'another', opus: 'my-large-model' }),
  'models.sonnet': modelRow({ default: 'another', sonnet: 'my-large-model' }, 'claude-sonnet-5-5'),
  'models.haiku': modelRow({ default: 'another', haiku: 'my-large-model' }, 'claude-haiku-5-5'),
  contextWindow: {
    provider: { contextWindow: 8_000 },
    prompts: [LONG_PROMPT],
    obeyed: (outcome) => expect(skips(outcome)).toEqual([['own', 'window']]),
  },
  maxOutput: {
    provider: { maxOutput: 777 },
    obeyed: (outcome) => expect(askedOwn(outcome).json).toMatchObject({ max_tokens: 777 }),
  },
  images: {
    provider: { images: true },
    prompts: ['image:look'],
    obeyed: (outcome) => expect(JSON.stringify(askedOwn(outcome).json)).toContain('image_url'),
  },
  pdfs: {
    provider: { pdfs: true },
    prompts: ['pdf:look'],
    obeyed: (outcome) => expect(JSON.stringify(askedOwn(outcome).json)).toContain('data:application/pdf;base64,'),
  },
  tools: {
    provider: { tools: false },
    prompts: ['tool:look'],
    obeyed: (outcome) => expect(skips(outcome)).toEqual([['own', 'cannot_take']]),
  },
  'limits.requestsPerMinute': countedRow({ requestsPerMinute: 1 }),
  'limits.requestsPerDay': countedRow({ requestsPerDay: 1 }),
  'limits.tokensPerMinute': countedRow({ tokensPerMinute: 1 }),
  'limits.tokensPerDay': countedRow({ tokensPerDay: 1 }),
  price: priceRow(0, 0),
  'price.input': priceRow({ input: 3, output: 0 }, 3),
  'price.output': priceRow({ input: 0, output: 4 }, 4),
  'price.cacheRead': priceRow({ input: 0, output: 0, cacheRead: 5 }, 5, { cacheRead: 1_000_000 }),
  'price.cacheWrite': priceRow({ input: 0, output: 0, cacheWrite: 6 }, 0),
};

/** Settings that only the optional cloud packages read; those are not installed here, so the settings must be read. */
const CLOUDS: Record<string, string> = { region: 'europe-west4', project: 'a-project-of-mine' };

function modelRow(models: Settings, model = 'claude-opus-5-5'): Row {
  return {
    provider: { models },
    prompts: [`model:${model}`],
    obeyed: (outcome) => expect(askedOwn(outcome).facts.model).toBe('my-large-model'),
  };
}

/** The user's own limit is reached by the first request: the second finds the provider unavailable. */
function countedRow(limits: Settings): Row {
  return {
    provider: { limits },
    prompts: ['one', 'two'],
    obeyed: (outcome) => expect(skips(outcome)).toContainEqual(['own', 'cooldown']),
  };
}

function priceRow(price: Settings | 0, usd: number, usage: { cacheRead?: number } = {}): Row {
  return {
    provider: { price },
    own: () => () =>
      answer('Dear.', { usage: { input: 1_000_000 + (usage.cacheRead ?? 0), output: 1_000_000, ...usage } }),
    obeyed: (outcome) => expect(events(outcome, 'exchange-price').at(-1)).toMatchObject({ usd }),
  };
}

/** Takes connections, says nothing, and ends them after a while. @returns its address. */
async function listening(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    setTimeout(() => socket.destroy(), 1_500);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs the built program with the quick client in an empty home. */
async function play(row: Row, given: { file?: boolean; flag?: boolean; variable?: boolean }): Promise<Outcome> {
  const mute = await listening();
  const collector = await startCollector();
  const filled = Object.entries(row.env ?? {}).map(([name, value]) => [
    name,
    value.replace('{silent}', mute).replace('{collector}', collector.url),
  ]);
  const cast = await makeCast({
    claude: row.claude?.() ?? limited,
    gemini: () => answer('Gemini was here.'),
    chat: row.own?.() ?? (() => answer('My own host was here.')),
    env: { ...Object.fromEntries(filled), ...(given.variable && row.variable) },
  });
  useQuickClient(cast.place);
  const own = {
    kind: 'openai-compatible',
    baseUrl: `${cast.chat.url}/v1`,
    apiKey: '${CHAT_KEY}',
    models: { default: 'chat-large' },
    contextWindow: 400_000,
    ...row.provider,
  };
  const config = {
    order: ['claude', 'own'],
    ...row.beside,
    ...(given.file && row.file),
    providers: { own, gemini: { baseUrl: `${cast.gemini.url}/v1beta` } },
  };
  writeFileSync(join(cast.place.ccmuxConfig, 'config.yaml'), JSON.stringify(config));
  const options = given.flag ? row.flag : [];
  const run = await start(cast.place, claudeCommand('ccmux', ['-p', ...(row.prompts ?? ['hello'])], options)).finished;
  return { cast, collector, run, answers: answersOf(run.stdout), journal: journalOf(cast.place) };
}

const FORMS = [{ file: true }, { flag: true }, { variable: true }];

describe.each(Object.entries(GENERAL))('%s', (_, row) => {
  it.each(FORMS)('is obeyed by %o', async (form) => {
    const outcome = await play(row, form);
    expect(outcome.run.code).toBe(0);
    row.obeyed(outcome);
  });
  it('is what makes the difference', async () => {
    const outcome = await play(row, {});
    expect(() => row.obeyed(outcome)).toThrow();
  });
});

it.each(Object.entries(PROVIDER))('providers.<id>.%s is obeyed', async (_, row) => {
  const outcome = await play(row, { file: true });
  expect(outcome.run.code).toBe(0);
  row.obeyed(outcome);
});

it('reads what only an optional cloud package uses', async () => {
  const { cast } = await play({ obeyed: () => {} }, {});
  const providers = { vertex: CLOUDS };
  writeFileSync(join(cast.place.ccmuxConfig, 'config.yaml'), JSON.stringify({ providers }));
  const shown = await runCcmux(cast.place, ['config', 'show', '--json']);
  for (const [name, value] of Object.entries(CLOUDS)) {
    expect(JSON.parse(shown.stdout).settings[`providers.vertex.${name}`].value).toBe(value);
  }
});

it('has a row for every setting of the schema', () => {
  type Node = { properties?: Record<string, Node>; additionalProperties?: Node | boolean; anyOf?: Node[] };
  const leaves = (node: Node, path: string[] = []): string[] =>
    node.anyOf
      ? [...new Set(node.anyOf.flatMap((member) => leaves(member, path)))]
      : node.properties === undefined
        ? [path.join('.')]
        : Object.entries(node.properties).flatMap(([name, child]) => leaves(child, [...path, name]));
  const schema = jsonSchema() as { properties: Record<string, Node> };
  const { $schema: _, providers, ...general } = schema.properties;
  expect(Object.keys(GENERAL).toSorted()).toEqual(leaves({ properties: general }).toSorted());
  expect([...Object.keys(PROVIDER), ...Object.keys(CLOUDS)].toSorted()).toEqual(
    [...new Set(leaves(providers!.additionalProperties as Node))].toSorted(),
  );
});
