import { expect, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { answer } from '../../src/demo/script.ts';
import { createWhose, type Shown } from '../../src/proxy/whose.ts';
import { closing } from '../helpers/closing.ts';
import { startHost } from '../helpers/host.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from '../helpers/proxy.ts';

const shown = (session?: string, credential?: string, more: Partial<Shown> = {}): Shown => ({
  asker: session === undefined ? {} : { session },
  credential,
  account: undefined,
  isClaudeCode: session !== undefined,
  ...more,
});

type Step = { report: string } | { asks: Shown; own: boolean; account?: string };

// oxfmt-ignore
test.each<[string, Step[]]>([
  ['the first request, before any hook', [{ asks: shown('a', 'k'), own: true, account: 'k' }]],
  ['a program without a session', [{ asks: shown('a', 'k'), own: true }, { asks: shown(undefined, 'other'), own: false, account: 'k' }]],
  ['a program without a session, with the same key', [{ asks: shown('a', 'k'), own: true }, { asks: shown(undefined, 'k'), own: false }]],
  ['a program that comes first', [{ asks: shown(undefined, 'p'), own: false }, { asks: shown('a', 'k'), own: true, account: 'k' }]],
  ['a client of another session with another key', [{ asks: shown('a', 'k'), own: true }, { asks: shown('b', 'other'), own: false, account: 'k' }, { asks: shown('b', 'other'), own: false }]],
  ['that client before ours, which hooks have named', [{ report: 'a' }, { asks: shown('b', 'other'), own: false }, { asks: shown('a', 'k'), own: true }]],
  ['a nested claude with the same key', [{ asks: shown('a', 'k'), own: true }, { asks: shown('b', 'k'), own: true }]],
  ['/clear, before a hook', [{ asks: shown('a', 'k'), own: true }, { asks: shown('b', 'k'), own: true }]],
  ['/clear and /login, named by the status line', [{ asks: shown('a', 'k'), own: true }, { report: 'b' }, { asks: shown('b', 'new'), own: true, account: 'new' }]],
  ['/clear and a refreshed login, unnamed', [{ asks: shown('a', 't1', { account: 'u' }), own: true }, { asks: shown('b', 't2', { account: 'u' }), own: true, account: 'u' }]],
  ['a refreshed login is the same account', [{ asks: shown('a', 't1', { account: 'u' }), own: true, account: 'u' }, { asks: shown('a', 't2', { account: 'u' }), own: true, account: 'u' }]],
  ['a request that names no account', [{ asks: shown('a', 't1', { account: 'u' }), own: true }, { asks: shown('a', 't1'), own: true, account: 'u' }]],
  ['another account', [{ asks: shown('a', 't1', { account: 'u' }), own: true }, { asks: shown('a', 't2', { account: 'v' }), own: true, account: 'v' }, { asks: shown('a', 't1'), own: true, account: 'u' }]],
  ['no credential at all', [{ asks: shown('a'), own: true, account: undefined! }, { asks: shown('a', 'k'), own: true, account: 'k' }]],
  ['a client from before the header', [{ asks: shown(undefined, 'k', { isClaudeCode: true }), own: true, account: 'k' }, { asks: shown(undefined, 'new', { isClaudeCode: true }), own: true }]],
])('%s', (_what, steps) => {
  const whose = createWhose();
  for (const step of steps) {
    if ('report' in step) whose.report(step.report);
    else {
      expect(whose.isOwn(step.asks)).toBe(step.own);
      if ('account' in step) expect(whose.account()).toBe(step.account);
    }
  }
});

const OTHER_KEY = 'sk-ant-api03-of-a-program';
const asProgram = (url: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': OTHER_KEY,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      ...headers,
    },
    body: JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 5, messages: [{ role: 'user', content: 'mine' }] }),
  });

test.each([
  ['no session', {}],
  ['another session', { 'x-claude-code-session-id': 'another' }],
])('a limit of a program (%s) is its own: it gets it, and nothing moves', async (_what, headers) => {
  let limited = false;
  const claude = closing(
    await startAnthropic({
      keys: ['sk-ant-api03-simulated', OTHER_KEY],
      script: ({ headers: sent }) =>
        limited && sent['x-api-key'] === OTHER_KEY ? claudeLimit(Date.now() + 3_600_000) : answer('Claude'),
    }),
  );
  const proxy = await startProxy([claudeAt(claude.url), fallback('gemini', streamed('Gemini here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('Claude');
  limited = true;
  const before = proxy.events.length;
  const response = await asProgram(proxy.url, headers);
  expect(response.status).toBe(429);
  expect(response.headers.get('anthropic-ratelimit-unified-status')).toBe('rejected');
  await expect.poll(() => proxy.events.slice(before)).toMatchObject([{ type: 'program-relay', status: 429 }]);
  expect(await (await ask(proxy.url)).text()).toContain('Claude');
  expect(proxy.ledger.cooldowns()['claude'] ?? []).toEqual([]);
  expect(proxy.of('exchange-start').map(({ turn }) => turn)).toEqual([1, 2]);
  expect(claude.requests.at(1)!.headers).toMatchObject({ 'x-api-key': OTHER_KEY });
});

test('a program is relayed to Claude while the session is with a fallback, and hears of a broken connection', async () => {
  const claude = closing(
    await startAnthropic({ script: [claudeLimit(Date.now() + 3_600_000), answer('for the program')] }),
  );
  const proxy = await startProxy([claudeAt(claude.url), fallback('gemini', streamed('Gemini here'))]);
  expect(await (await ask(proxy.url)).text()).toContain('Gemini here');
  const response = await asProgram(proxy.url, { 'x-api-key': 'sk-ant-api03-simulated' });
  expect(await response.text()).toContain('for the program');
  const unreachable = await startProxy([claudeAt('http://127.0.0.1:9'), fallback('gemini', streamed('no'))]);
  const refused = await asProgram(unreachable.url);
  expect([refused.status, await refused.json()]).toEqual([
    502,
    { type: 'error', error: { type: 'api_error', message: "Claude's address could not be reached: ECONNREFUSED" } },
  ]);
});

test('a login that is refreshed keeps its cooldown; another account has its own, and going back finds it again', async () => {
  const host = await startHost((_, response) => {
    const headers = { 'content-type': 'application/json', 'retry-after': '3600' };
    response.writeHead(429, headers).end('{"type":"error","error":{"type":"rate_limit_error","message":"limit"}}');
  });
  const proxy = await startProxy([claudeAt(host.url), fallback('gemini', streamed('Gemini here'))]);
  const askAs = async (token: string, account: string) => {
    const metadata = { user_id: JSON.stringify({ account_uuid: account, session_id: 's' }) };
    const headers = { authorization: `Bearer ${token}`, 'x-claude-code-session-id': 'session' };
    const before = host.seen.length;
    const body = { model: 'claude-opus-5-5', max_tokens: 5, messages: [{ role: 'user', content: 'x' }], metadata };
    await (await fetch(`${proxy.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) })).text();
    return host.seen.length > before;
  };
  expect(await askAs('t1', 'u')).toBe(true);
  expect(await askAs('t2', 'u')).toBe(false);
  expect(await askAs('t3', 'v')).toBe(true);
  expect(await askAs('t2', 'u')).toBe(false);
});
