import { expect, test } from 'vitest';
import { createAdaptedSend } from '../../src/providers/adapted.ts';
import { readRedirect, withoutRedirects } from '../../src/providers/redirect.ts';
import { createRefusals } from '../../src/providers/refusals.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { createTokenCounter } from '../../src/codec/tokens.ts';
import { startHost } from '../helpers/host.ts';
import { ask, claudeAt, failing, fallback, sse, startProxy, streamed } from '../helpers/proxy.ts';

const CREDENTIAL = 'sk-ant-api03-simulated';
const REDIRECTS = [301, 302, 303, 307, 308];

const OPENING = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage: {} };
const MESSAGE = [
  sse('message_start', { message: OPENING }),
  sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'behind the redirect' } }),
  sse('content_block_stop', { index: 0 }),
  sse('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }),
  sse('message_stop', {}),
].join('');
const EVENTS = { 'content-type': 'text/event-stream' };

/** A host that redirects whatever is not below `/gw`. */
const gateway = (status: number, to: (url: string) => string) =>
  startHost(({ url }, response) => {
    if (url.startsWith('/gw')) response.writeHead(200, EVENTS).end(MESSAGE);
    else response.writeHead(status, { location: to(url) }).end('moved');
  });

/** A host that nobody named. */
const stranger = () => startHost((_, response) => void response.writeHead(200, EVENTS).end(MESSAGE));

// oxfmt-ignore
test.each([
  ['relative', 'http://gw.example/v1/messages', 307, '/gw/v1', true, 'http://gw.example/gw/v1'],
  ['relative, without a slash', 'http://gw.example/v1/messages', 307, 'other', true, 'http://gw.example/v1/other'],
  ['the same origin, whole', 'http://gw.example/v1', 308, 'http://gw.example/gw', true, 'http://gw.example/gw'],
  ['http to https', 'http://gw.example/v1', 301, 'https://gw.example/v1', true, 'https://gw.example/v1'],
  ['http to https on its port', 'http://gw.example:8080/v1', 307, 'https://gw.example:8443/v1', true, 'https://gw.example:8443/v1'],
  ['https to http', 'https://gw.example/v1', 307, 'http://gw.example/v1', false, 'http://gw.example/v1'],
  ['another port', 'http://127.0.0.1:80/v1', 307, 'http://127.0.0.1:81/v1', false, 'http://127.0.0.1:81/v1'],
  ['another host', 'https://gw.example/v1', 307, 'https://other.example/v1', false, 'https://other.example/v1'],
  ['another host, without a scheme', 'https://gw.example/v1', 302, '//other.example/v1', false, 'https://other.example/v1'],
  ['a name below', 'https://gw.example/v1', 307, 'https://eu.gw.example/v1', false, 'https://eu.gw.example/v1'],
  ['a user in the address', 'https://gw.example/v1', 307, 'https://gw.example@other.example/', false, 'https://gw.example@other.example/'],
])('%s', (_what, from, status, location, sameHost, to) => {
  const redirect = readRedirect({ status, rawHeaders: ['Location', location] }, { url: new URL(from), method: 'POST' });
  expect([redirect?.to.href, redirect?.sameHost]).toEqual([to, sameHost]);
});

test.each([
  [200, '/x'],
  [300, '/x'],
  [304, '/x'],
  [307, undefined],
  [307, 'http://['],
])('%s with location %s leads nowhere', (status, location) => {
  const rawHeaders = location === undefined ? [] : ['Location', location];
  expect(readRedirect({ status, rawHeaders }, { url: new URL('http://h/'), method: 'POST' })).toBeUndefined();
});

test.each(REDIRECTS)(
  "Claude's own gateway answers %s within itself: followed as the client follows",
  async (status) => {
    const host = await gateway(status, (url) => `/gw${url}`);
    const proxy = await startProxy([claudeAt(host.url), fallback('gemini', streamed('no'))]);
    const response = await ask(proxy.url);
    expect([response.status, response.redirected]).toEqual([200, false]);
    expect(await response.text()).toContain('behind the redirect');
    const [first, second] = host.seen;
    expect(second!.url).toBe('/gw/v1/messages?beta=true');
    expect(second!.headers['x-api-key']).toBe(CREDENTIAL);
    // Fetch's own rule, and so Claude Code's: only 307 and 308 keep method and body.
    expect([second!.method, second!.body]).toEqual(status >= 307 ? ['POST', first!.body] : ['GET', '']);
  },
);

test.each(REDIRECTS)("Claude's own gateway answers %s to another host: nobody follows", async (status) => {
  const other = await stranger();
  const host = await gateway(status, (url) => other.url + url);
  const proxy = await startProxy([claudeAt(host.url), fallback('gemini', streamed('no'))]);
  const response = await ask(proxy.url);
  expect(response.status).toBe(422);
  expect(response.headers.get('location')).toBeNull();
  expect(((await response.json()) as { error: { message: string } }).error.message).toBe(
    `${host.host} redirects to ${other.url}, and ccmux sends your credential to no address that you did not name. ` +
      'If that is where Claude is, set ANTHROPIC_BASE_URL to it.',
  );
  expect(other.seen).toEqual([]);
});

test('a gateway that redirects in a circle is given up', async () => {
  const host = await startHost((_, response) => void response.writeHead(307, { location: '/again' }).end());
  const proxy = await startProxy([claudeAt(host.url), fallback('gemini', streamed('no'))]);
  const response = await ask(proxy.url);
  expect(response.status).toBe(422);
  expect(await response.text()).toContain('redirects in a circle');
  expect(proxy.of('fault')).toEqual([]);
  expect(host.seen).toHaveLength(6);
});

test.each([300, ...REDIRECTS, 304])('a adapted fallback that answers %s has failed', async (status) => {
  const other = await stranger();
  const host = await startHost((_, response) => void response.writeHead(status, { location: `${other.url}/x` }).end());
  const upstream = createUpstream({});
  const relayed = createAdaptedSend(
    {
      id: 'x',
      label: 'X',
      baseUrl: host.url,
      auth: 'none',
      key: async () => undefined,
      headers: {},
      tokens: createTokenCounter(),
      refusals: createRefusals(),
      modelFor: () => 'm',
      limitsOf: () => ({ contextWindow: 1_000_000, maxOutput: 64 }),
    },
    upstream,
  );
  const x = fallback('x', withoutRedirects(relayed, { wire: 'anthropic', translated: false }), {
    wire: 'anthropic',
    translated: false,
  });
  const proxy = await startProxy([fallback('claude', failing(529)), x, fallback('y', streamed('y answers'))]);
  const response = await ask(proxy.url);
  expect([response.status, response.headers.get('location')]).toEqual([200, null]);
  expect(await response.text()).toContain('y answers');
  expect(other.seen).toEqual([]);
  expect(proxy.of('attempt-fail').at(-1)).toMatchObject({
    provider: 'x',
    status,
    failure: 'server_error',
    reason: { kind: 'redirect', to: other.host },
  });
  upstream.close();
});

/** What a foreign account says about itself, and what belongs to any answer. */
const FOREIGN = [
  'anthropic-ratelimit-unified-status',
  'anthropic-ratelimit-unified-5h-utilization',
  'anthropic-ratelimit-requests-remaining',
  'anthropic-organization-id',
  'anthropic-priority-input-tokens-remaining',
  'x-ratelimit-remaining-requests',
  'set-cookie',
  'location',
  'content-location',
  'refresh',
  'retry-after',
  'x-should-retry',
  'strict-transport-security',
  'alt-svc',
  'clear-site-data',
  'server',
];

test.each([true, false])("a fallback's headers are not Claude's (own: %s)", async (own) => {
  const host = await startHost((_, response) => {
    const headers = Object.fromEntries(FOREIGN.map((name) => [name, '1']));
    response.writeHead(200, { ...headers, ...EVENTS, 'request-id': 'req_1' }).end(MESSAGE);
  });
  const proxy = await startProxy([{ ...claudeAt(host.url), own }, fallback('y', streamed('no'))]);
  const response = await ask(proxy.url);
  expect(await response.text()).toContain('behind the redirect');
  expect(FOREIGN.filter((name) => response.headers.has(name))).toEqual(own ? FOREIGN : []);
  expect(response.headers.get('request-id')).toBe('req_1');
});
