import { describe, expect, test } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { reasonText } from '../../src/words/why.ts';
import { BOTH, chain, read } from '../helpers/chain.ts';
import { closing } from '../helpers/closing.ts';
import { ask, claudeAt, CONFIG, fallback, startProxy, streamed } from '../helpers/proxy.ts';
import { erring, opening, providerOn, respond, startWireHost, WIRES, type Respond } from '../helpers/wires.ts';

describe('the body of an error', () => {
  const dripping: Respond = (response) => {
    response.writeHead(529, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 2);
    response.once('close', () => clearInterval(timer));
  };
  const endless: Respond = (response) => {
    response.writeHead(529, { 'content-type': 'application/json' });
    const more = () => void (response.destroyed || response.write('x'.repeat(16_384), () => setImmediate(more)));
    more();
  };
  test.each(WIRES)('%s: one that drips is left when its time is over', async (wire) => {
    for (const stream of BOTH) {
      const got = await chain(wire, dripping, { stream });
      expect(got).toMatchObject({ text: 'y answers', reasons: [expect.stringMatching(/^529/)] });
    }
  });
  test.each(WIRES)('%s: one that never ends is left when it has taken its room', async (wire) => {
    const got = await chain(wire, endless, { errorBodyMs: 3_600_000 });
    expect(got).toMatchObject({ text: 'y answers', reasons: [expect.stringMatching(/^529/)] });
  });
  test('Claude’s own, where only Claude may be asked: the client gets the status and what came', async () => {
    const host = await startWireHost((response) => {
      response.writeHead(400, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"type":"error"');
    });
    const proxy = await startProxy([claudeAt(host.url)]);
    const response = await ask(proxy.url);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('{"type":"error"');
  });
});

test.each(BOTH)('a mistake of our own is named as one, and the next provider answers (stream: %s)', async (stream) => {
  const claude = closing(await startAnthropic({ script: () => claudeLimit(Date.now() + 3_600_000) }));
  const faults = [
    async () => {
      throw new RangeError('a mistake');
    },
    async () => ({
      status: 200,
      rawHeaders: ['content-type', 'text/event-stream'],
      model: 'm',
      warnings: [],
      body: (async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from(opening('adapted'));
        throw new RangeError('a mistake');
      })(),
    }),
  ];
  for (const send of faults) {
    const proxy = await startProxy([claudeAt(claude.url), fallback('x', send), fallback('y', streamed('y answers'))]);
    expect(await read(await ask(proxy.url, { stream }))).toMatchObject({ text: 'y answers' });
    expect(proxy.of('attempt-fail').map(({ reason }) => reasonText(reason))).toContain('fault in ccmux (RangeError)');
    expect(proxy.of('fault')).toMatchObject([{ message: 'RangeError: a mistake' }]);
    expect(proxy.ledger.cooldowns()['x'] ?? []).toEqual([]);
  }
});

describe('an error inside a 200, where only one provider may be asked', () => {
  test.each(WIRES.flatMap((wire) => BOTH.map((stream) => [wire, stream] as const)))(
    '%s, stream: %s',
    async (wire, stream) => {
      const host = await startWireHost(respond(opening(wire) + erring(wire, 'the model is busy')));
      const x = providerOn(wire, host.url);
      const y = fallback('y', streamed('y answers'));
      const sole = await startProxy([x]);
      const forbidden = await startProxy([x, y], {
        config: { failover: { ...CONFIG.failover, enabled: false } },
      });
      const chosen = await startProxy([y, x]);
      chosen.context.router.use('x', true);
      for (const proxy of [sole, forbidden, chosen]) {
        const got = await read(await ask(proxy.url, { stream }));
        expect(got.error.message).toMatch(/X: .*(overloaded|unavailable|server error|error inside)/);
        expect(got.text).toBe('');
        expect(proxy.of('exchange-end')).toMatchObject([{ outcome: 'failed' }]);
      }
    },
  );
  test('Claude’s own comes as it came', async () => {
    const body = opening('adapted') + erring('adapted', 'busy');
    const host = await startWireHost(respond(body));
    const proxy = await startProxy([claudeAt(host.url)]);
    expect(await (await ask(proxy.url)).text()).toBe(body);
  });
});
