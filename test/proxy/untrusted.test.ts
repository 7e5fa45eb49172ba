import { expect, it } from 'vitest';
import { ask, claudeAt, failing, fallback, startProxy, streamed } from '../helpers/proxy.ts';
import { startSecureEnd } from '../helpers/secure-end.ts';

it('says that Claude’s certificate is not trusted, and asks nobody else', async () => {
  const end = await startSecureEnd();
  const proxy = await startProxy([claudeAt(end.url), fallback('gemini', streamed('Gemini here'))]);
  for (const turn of [1, 2]) {
    const response = await ask(proxy.url, { stream: true, messages: [{ role: 'user', content: `turn ${turn}` }] });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { type: string; message: string } };
    expect(error.type).toBe('invalid_request_error');
    expect(error.message).toBe(
      'Claude could not be reached: certificate not trusted (SELF_SIGNED_CERT_IN_CHAIN). If your network inspects ' +
        "TLS, or the host has an authority of its own, set NODE_EXTRA_CA_CERTS to that authority's PEM file. " +
        'See: ccmux doctor',
    );
  }
  expect(end.claude.requests).toHaveLength(0);
  // Claude is asked each time: what is mended shows at once.
  expect(proxy.of('attempt-fail')).toMatchObject([1, 2].map((exchange) => ({ exchange, action: 'relay' })));
  expect(proxy.of('provider-cooldown')).toHaveLength(0);
});

it('passes over a fallback whose certificate is not trusted, and says why', async () => {
  const reason = { kind: 'certificate', code: 'CERT_HAS_EXPIRED', what: 'expired' };
  const proxy = await startProxy([
    fallback('claude', failing(529), { own: true, translated: false, wire: 'anthropic' }),
    fallback('broken', failing('CERT_HAS_EXPIRED')),
    fallback('gemini', streamed('Gemini here')),
  ]);
  const response = await ask(proxy.url, { stream: true, messages: [{ role: 'user', content: 'hello' }] });
  expect(await response.text()).toContain('Gemini here');
  expect(proxy.of('attempt-fail').find(({ provider }) => provider === 'broken')).toMatchObject({ reason });
  expect(proxy.of('provider-cooldown').find(({ provider }) => provider === 'broken')).toMatchObject({ reason });
});
