import Anthropic from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { claudeLimit } from '../../src/demo/limits.ts';
import {
  longContextEntitlement,
  openaiQuota,
  openrouterCredits,
  overloaded,
  overloadedInStream,
  serverError,
  spendLimit,
} from '../simulators/failures.ts';
import { geminiLimit } from '../../src/demo/limits.ts';
import { answer, callTool, type Step } from '../../src/demo/script.ts';
import { inAnHour, makeCast, outage } from '../helpers/cast.ts';
import { API_KEY } from '../helpers/claude.ts';
import { openProxy } from '../helpers/open-proxy.ts';

/** The official SDK straight at the proxy, for what Claude Code does not do on demand. */

/** Without a session id it would be another program, and relayed untouched. */
const OF_THE_SESSION = { 'x-claude-code-session-id': 'session-of-the-sdk' };
const clientFor = (url: string) =>
  new Anthropic({ apiKey: API_KEY, authToken: null, baseURL: url, maxRetries: 0, defaultHeaders: OF_THE_SESSION });
const question = {
  model: 'claude-opus-5-5',
  max_tokens: 2000,
  messages: [{ role: 'user' as const, content: 'hello' }],
};

const kinds = ['gemini', 'openai', 'chat', 'relay'] as const;
it.each(kinds)('gets a whole answer and a stream from %s', async (kind) => {
  const cast = await makeCast({ order: ['claude', kind], claude: () => claudeLimit(inAnHour()) });
  cast[kind].script = () => ({
    type: 'answer',
    text: 'Grüße, 世界 🎉',
    toolCalls: [
      { name: 'look', input: { at: 'ä' } },
      { name: 'look', input: {} },
    ],
    usage: { input: 1000, output: 50, cacheRead: 400 },
    chunkBytes: 3,
  });
  const client = clientFor((await openProxy(cast.place)).url);
  const tools = [
    {
      name: 'look',
      description: 'Looks',
      input_schema: { type: 'object' as const, properties: { at: { type: 'string' } } },
    },
  ];
  const whole = await client.messages.create({ ...question, tools });
  const streamed = await client.messages.stream({ ...question, tools }).finalMessage();
  for (const message of [whole, streamed]) {
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Grüße, 世界 🎉' },
      { type: 'tool_use', name: 'look', input: { at: 'ä' } },
      { type: 'tool_use', name: 'look', input: {} },
    ]);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage.output_tokens).toBe(50);
  }
  expect(streamed.usage.cache_read_input_tokens).toBe(400);
  expect(cast.rejections()).toEqual([]);
});

it('answers several questions at once, each its own', async () => {
  const cast = await makeCast({
    claude: ({ facts }) =>
      facts.userText.startsWith('odd') ? overloaded() : answer(`Claude to ${facts.userText}`, { delayMs: 50 }),
    gemini: ({ facts }) => answer(`Gemini to ${facts.userText}`),
  });
  const client = clientFor((await openProxy(cast.place)).url);
  const ask = async (content: string) => {
    const message = await client.messages.stream({ ...question, messages: [{ role: 'user', content }] }).finalMessage();
    return message.content.flatMap((block) => (block.type === 'text' ? block.text : [])).join();
  };
  const words = ['even 0', 'even 2', 'odd 1'];
  const answers = await Promise.all(words.map(ask));
  expect(answers.at(-1)).toBe('Gemini to odd 1');
  for (const [index, given] of answers.entries())
    expect(given).toMatch(new RegExp(`^(Claude|Gemini) to ${words[index]}$`));
});

it('counts tokens for a provider that cannot, and lists models', async () => {
  const cast = await makeCast({ claude: () => claudeLimit(inAnHour()), gemini: () => answer('ok') });
  const client = clientFor((await openProxy(cast.place)).url);
  await client.messages.create(question);
  const counted = await client.messages.countTokens({ model: question.model, messages: question.messages });
  expect(counted.input_tokens).toBeGreaterThan(0);
  const models = await client.models.list();
  expect(models.data[0]?.id).toBe('claude-opus-5-5');
});

it('never shows an empty stream, whatever goes wrong in front of the content', async () => {
  const cast = await makeCast({
    order: ['claude', 'openai', 'chat', 'gemini'],
    claude: outage(overloadedInStream(false)),
    openai: outage({
      type: 'stream-error',
      afterContent: false,
      error: { type: 'server_error', code: 'server_error', message: 'Sorry.' },
    }),
    chat: outage({ type: 'cut', afterContent: false }),
    gemini: [answer('At last.')],
  });
  const client = clientFor((await openProxy(cast.place)).url);
  const message = await client.messages.stream(question).finalMessage();
  expect(message.content).toMatchObject([{ type: 'text', text: 'At last.' }]);
  expect(cast.rejections()).toEqual([]);
});

it("keeps a compatible host's thoughts to itself, and Claude's from the host", async () => {
  const cast = await makeCast({ order: ['claude', 'relay'] });
  cast.claude.script = [callTool('look', {}, { thinking: "Claude's thought." }), ...outage(overloaded())];
  cast.relay.script = [answer('From the host.', { thinking: "The host's thought." })];
  const client = clientFor((await openProxy(cast.place)).url);
  const tools = [{ name: 'look', input_schema: { type: 'object' as const } }];
  const first = await client.messages.stream({ ...question, tools }).finalMessage();
  const call = first.content.find((block) => block.type === 'tool_use')!;
  const messages: Anthropic.MessageParam[] = [
    ...question.messages,
    { role: 'assistant', content: first.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'seen' }] },
  ];
  const second = await client.messages.stream({ ...question, tools, messages }).finalMessage();
  expect(second.content.at(-1)).toMatchObject({ type: 'text', text: 'From the host.' });

  // Straight to Claude, as after a session without ccmux: its own thoughts are valid, the host's are not there.
  cast.claude.script = [answer('Claude again.')];
  const third = await clientFor(cast.claude.url).messages.create({
    ...question,
    tools,
    messages: [...messages, { role: 'assistant', content: second.content }, { role: 'user', content: 'and now?' }],
  });
  expect(third.content).toMatchObject([{ text: 'Claude again.' }]);
  expect(cast.rejections()).toEqual([]);
});

it.each<[string, 'answered' | 'relayed', () => Step]>([
  ['a 5-hour limit', 'answered', () => claudeLimit(inAnHour())],
  ["a week's limit", 'answered', () => claudeLimit(inAnHour(), '7d')],
  ["a limit of the model's family", 'answered', () => claudeLimit(inAnHour(), '7d_opus')],
  ['a spend limit', 'answered', () => spendLimit()],
  ['an overload', 'answered', overloaded],
  ['a 500', 'answered', () => serverError(500)],
  ['a 502', 'answered', () => serverError(502)],
  ['a 503', 'answered', () => serverError(503)],
  ['a 504', 'answered', () => serverError(504)],
  ['a refused connection', 'answered', () => ({ type: 'refuse' })],
  ['an end before any content', 'answered', () => ({ type: 'raw', chunks: [] })],
  ['a missing entitlement for long contexts', 'relayed', longContextEntitlement],
])('after %s the request is %s', async (_, outcome, failure) => {
  const cast = await makeCast({ claude: () => failure(), gemini: () => answer('Gemini.') });
  const client = clientFor((await openProxy(cast.place)).url);
  const got = await client.messages
    .stream(question)
    .finalMessage()
    .then((message) => JSON.stringify(message.content), String);
  expect(got).toContain(outcome === 'answered' ? 'Gemini.' : 'Extra usage is required for long context requests');
  expect(cast.gemini.asked()).toHaveLength(outcome === 'answered' ? 1 : 0);
  expect(cast.rejections()).toEqual([]);
});

it('passes on from fallbacks that are at their own limits, out of quota, or out of credit', async () => {
  const cast = await makeCast({
    order: ['claude', 'gemini', 'openai', 'chat', 'relay'],
    settings: 'failover: { on: [rate_limit, billing] }',
    claude: () => claudeLimit(inAnHour()),
    gemini: () => geminiLimit(),
    openai: () => openaiQuota(),
    chat: () => openrouterCredits(),
    relay: () => answer('The last of five.'),
  });
  const client = clientFor((await openProxy(cast.place)).url);
  for (const _ of [1, 2]) {
    const message = await client.messages.stream(question).finalMessage();
    expect(message.content).toMatchObject([{ text: 'The last of five.' }]);
  }
  // The second time nobody in a cooldown is asked again.
  expect([cast.claude, cast.gemini, cast.openai, cast.chat].map((one) => one.asked().length)).toEqual([1, 1, 1, 1]);
  expect(cast.rejections()).toEqual([]);
});
