/** A chain of three: Claude is limited, X speaks a wire as the test says, Y is good. */
import { expect } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { reasonText } from '../../src/words/why.ts';
import { closing } from './closing.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from './proxy.ts';
import { providerOn, startWireHost, type Respond, type WireName } from './wires.ts';

/** With a stream and without. */
export const BOTH = [true, false];

/** What the client got. */
export async function read(response: Response) {
  const body = await response.text();
  const events = /event-stream/.test(response.headers.get('content-type') ?? '')
    ? body
        .split('\n\n')
        .flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? [])
        .map((data) => JSON.parse(data))
    : [];
  const whole = events.length === 0 && body.startsWith('{') ? JSON.parse(body) : undefined;
  const deltas = events.filter((event) => event.delta?.type === 'text_delta').map((event) => event.delta.text);
  return {
    status: response.status,
    body,
    text: whole?.content?.map((block: { text?: string }) => block.text).join('') ?? deltas.join(''),
    stop: whole?.stop_reason ?? events.findLast((event) => event.type === 'message_delta')?.delta.stop_reason,
    isOver: whole?.type === 'message' || events.at(-1)?.type === 'message_stop',
    error: whole?.error ?? events.find((event) => event.type === 'error')?.error,
  };
}

/** Claude is limited, then X on a wire answers as told, then Y, if there is one, is good. */
export async function chain(wire: WireName, answer: Respond, { stream = true, alone = false, errorBodyMs = 20 } = {}) {
  const claude = closing(await startAnthropic({ script: () => claudeLimit(Date.now() + 3_600_000) }));
  const host = await startWireHost(answer);
  const y = fallback('y', streamed('y answers'));
  const proxy = await startProxy([claudeAt(claude.url), providerOn(wire, host.url), ...(alone ? [] : [y])]);
  proxy.context.times = { ...proxy.context.times, errorBody: errorBodyMs };
  const got = await read(await ask(proxy.url, { stream, max_tokens: 32_000 }));
  await expect.poll(() => proxy.of('exchange-end'), { interval: 2 }).toHaveLength(1);
  const failed = proxy.of('attempt-fail').filter(({ provider }) => provider === 'x');
  return {
    ...got,
    asked: host.asked(),
    reasons: failed.map(({ reason }) => reasonText(reason)),
    cooldowns: proxy.ledger.cooldowns()['x'] ?? [],
    warned: proxy.of('translation-warn').flatMap(({ warnings }) => warnings.map(({ what }) => what)),
    proxy,
  };
}
