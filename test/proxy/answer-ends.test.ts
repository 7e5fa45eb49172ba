import { describe, expect, test } from 'vitest';
import { BOTH, chain, read } from '../helpers/chain.ts';
import { ask, claudeAt, fallback, startProxy, streamed } from '../helpers/proxy.ts';
import {
  answering,
  ending,
  erring,
  opening,
  respond,
  saying,
  startWireHost,
  thinking,
  WIRES,
  type Respond,
  type WireName,
} from '../helpers/wires.ts';

describe('broken off is not finished', () => {
  const words: [WireName, string[]][] = [
    [
      'gemini',
      [
        'UNEXPECTED_TOOL_CALL',
        'TOO_MANY_TOOL_CALLS',
        'MISSING_THOUGHT_SIGNATURE',
        'MALFORMED_RESPONSE',
        'MALFORMED_FUNCTION_CALL',
        'OTHER',
        'SOMETHING_NEW',
      ],
    ],
    ['chat', ['insufficient_system_resource', 'abort', 'error', 'network_error', 'something_new', 'constructor']],
    ['adapted', ['error', 'network_error', 'abort', 'something_new']],
    ['responses', ['cancelled', 'something_new']],
  ];
  const rows = words.flatMap(([wire, list]) => list.map((word) => [wire, word] as const));
  test.each(rows)('%s: %s', async (wire, word) => {
    const half = respond(opening(wire) + saying(wire, 'The first half of the') + ending(wire, word));
    const live = await chain(wire, half);
    expect(live).toMatchObject({ text: 'The first half of the', isOver: false });
    expect(live.error).toMatchObject({ type: 'api_error', message: `X broke the answer off: ${word}` });
    expect(live.reasons).toEqual([`answer broke off (${word})`]);
    // The client asks again, without a stream.
    expect(await read(await ask(live.proxy.url, { stream: false }))).toMatchObject({ text: 'y answers' });
    expect(await chain(wire, half, { stream: false })).toMatchObject({ text: 'y answers', asked: 1 });
    if (word.toLowerCase() === 'something_new') expect(live.warned).toContain('finish reason');
  });

  test.each(WIRES)('%s: an end without a word', async (wire) => {
    for (const cut of [
      opening(wire) + saying(wire, 'The first half'),
      `${opening(wire)}${saying(wire, 'Half')}data: {"typ`,
    ]) {
      const live = await chain(wire, respond(cut));
      expect(live).toMatchObject({ isOver: false, error: { type: 'api_error' } });
      expect(live.reasons[0]).toMatch(/^answer broke off \((no end|malformed_stream)\)$/);
      expect(await chain(wire, respond(cut), { stream: false })).toMatchObject({ text: 'y answers' });
    }
  });

  test.each([
    ['gemini', 'MAX_TOKENS'],
    ['chat', 'length'],
    ['chat', 'model_length'],
    ['chat', 'model_context_window_exceeded'],
    ['adapted', 'model_context_window_exceeded'],
    ['adapted', 'max_tokens'],
    ['responses', 'max_output_tokens'],
  ] as const)('%s: %s is a full output or context', async (wire, word) => {
    for (const stream of BOTH) {
      const got = await chain(wire, respond(opening(wire) + saying(wire, 'As far as') + ending(wire, word)), {
        stream,
      });
      expect(got).toMatchObject({ text: 'As far as', stop: 'max_tokens', isOver: true, reasons: [] });
    }
  });
});

describe('blocked is refused in the name of who blocked it', () => {
  const words: [WireName, string[]][] = [
    ['gemini', ['SAFETY', 'RECITATION', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'LANGUAGE']],
    ['chat', ['content_filter', 'sensitive', 'SAFETY']],
    ['adapted', ['refusal', 'content_filter', 'sensitive']],
    ['responses', ['content_filter']],
  ];
  const rows = words.flatMap(([wire, list]) => list.map((word) => [wire, word] as const));
  test.each(rows)('%s: %s before content', async (wire, word) => {
    const blocked = respond(opening(wire) + ending(wire, word));
    for (const stream of BOTH) {
      const got = await chain(wire, blocked, { stream });
      expect(got).toMatchObject({ text: 'y answers', asked: 1, reasons: [`refused (${word})`], cooldowns: [] });
      const alone = await chain(wire, blocked, { stream, alone: true });
      expect(alone).toMatchObject({ asked: 1, status: 429, stop: undefined });
      expect(alone.error.message).toContain(`X: refused (${word})`);
    }
  });
  test.each(rows)('%s: %s after content', async (wire, word) => {
    for (const stream of BOTH) {
      const got = await chain(wire, respond(opening(wire) + saying(wire, 'Here it is:') + ending(wire, word)), {
        stream,
      });
      expect(got).toMatchObject({ stop: 'end_turn', isOver: true, reasons: [], cooldowns: [], warned: ['refusal'] });
      expect(got.text).toMatch(new RegExp(`^Here it is:\\(X stopped this answer here: ${word}.*\\.\\)$`));
    }
  });
  test('Gemini blocks the prompt', async () => {
    const body = `data: ${JSON.stringify({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } })}\n\n`;
    for (const stream of BOTH)
      expect(await chain('gemini', respond(body), { stream })).toMatchObject({
        text: 'y answers',
        reasons: ['refused (PROHIBITED_CONTENT)'],
        cooldowns: [],
      });
  });
  test('a adapted refusal is named by its category, and leaves no details of Claude’s behind', async () => {
    const end = ending('adapted', 'refusal').replace(
      '"stop_sequence":null',
      '"stop_sequence":null,"stop_details":{"type":"refusal","category":"cyber"}',
    );
    const got = await chain('adapted', respond(opening('adapted') + saying('adapted', 'Well') + end));
    expect(got.text).toBe('Well(X stopped this answer here: cyber.)');
    expect(got.body).not.toContain('stop_details');
  });
  test('a refusal in the model’s own words is an answer', async () => {
    const refusal = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { role: 'assistant', refusal: 'I will not.' }, finish_reason: null }] })}\n\n`;
    expect(await chain('chat', respond(refusal + ending('chat')))).toMatchObject({
      text: 'I will not.',
      stop: 'end_turn',
      reasons: [],
    });
  });
});

describe('an answer of nothing but thinking', () => {
  test.each(WIRES)('%s fails over without a cooldown', async (wire) => {
    const thought = opening(wire) + thinking(wire, 'Let me see.');
    for (const [end, reason] of [
      [ending(wire), 'nothing but thinking'],
      [ending(wire, 'full'), 'output limit reached while thinking'],
    ] as const) {
      for (const stream of BOTH) {
        const got = await chain(wire, respond(thought + end), { stream });
        expect(got).toMatchObject({ text: 'y answers', asked: 1, reasons: [reason], cooldowns: [] });
      }
      expect(await chain(wire, respond(thought + end), { alone: true })).toMatchObject({ asked: 1, status: 429 });
    }
  });
  test.each(WIRES)('%s: an empty one is a server’s trouble', async (wire) => {
    for (const stream of BOTH) {
      const got = await chain(wire, respond(opening(wire) + ending(wire)), { stream });
      expect(got).toMatchObject({ text: 'y answers', reasons: ['empty answer'] });
      expect(got.cooldowns).toHaveLength(1);
    }
  });
});

describe('finished is finished', () => {
  test.each(WIRES)('%s: a last event without its empty line', async (wire) => {
    for (const stream of BOTH) {
      const got = await chain(wire, respond(answering(wire, 'x answers').trimEnd()), { stream });
      expect(got).toMatchObject({ text: 'x answers', stop: 'end_turn', isOver: true, reasons: [] });
    }
  });
  test('Claude’s own as well', async () => {
    const host = await startWireHost(respond(answering('adapted', 'Claude here').trimEnd()));
    const proxy = await startProxy([claudeAt(host.url), fallback('y', streamed('y answers'))]);
    await (await ask(proxy.url)).text();
    await expect
      .poll(() => proxy.of('exchange-end'), { interval: 2 })
      .toMatchObject([{ outcome: 'answered', provider: 'claude' }]);
    expect(proxy.of('provider-cooldown')).toEqual([]);
  });
  test('a chat host that gives no finish reason, but usage and [DONE]', async () => {
    const end = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } })}\n\ndata: [DONE]\n\n`;
    for (const stream of BOTH)
      expect(await chain('chat', respond(saying('chat', 'x answers') + end), { stream })).toMatchObject({
        text: 'x answers',
        stop: 'end_turn',
        reasons: [],
      });
    expect(await chain('chat', respond(`${saying('chat', 'half')}data: [DONE]\n\n`))).toMatchObject({ isOver: false });
  });
  test.each([null, undefined])('a adapted host that says that it is through, but not why (%s)', async (reason) => {
    const end = ending('adapted').replace('"stop_reason":"end_turn"', reason === null ? '"stop_reason":null' : '"x":1');
    for (const stream of BOTH)
      expect(
        await chain('adapted', respond(opening('adapted') + saying('adapted', 'x answers') + end), { stream }),
      ).toMatchObject({
        text: 'x answers',
        stop: 'end_turn',
        isOver: true,
      });
  });
  test.each(WIRES)('%s: an error or a cut behind the end', async (wire) => {
    const whole = answering(wire, 'x answers');
    const cut: Respond = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(whole, () => setImmediate(() => response.destroy()));
    };
    for (const answer of [respond(whole + erring(wire, 'late')), respond(`${whole}{"error":{"mess`), cut])
      for (const stream of BOTH) {
        const got = await chain(wire, answer, { stream });
        expect(got).toMatchObject({ text: 'x answers', stop: 'end_turn', isOver: true, reasons: [], cooldowns: [] });
      }
  });
  test('an error behind the end of Claude’s own answer is no failure of Claude’s', async () => {
    const host = await startWireHost(respond(answering('adapted', 'Claude here') + erring('adapted', 'late')));
    const proxy = await startProxy([claudeAt(host.url), fallback('y', streamed('y answers'))]);
    await (await ask(proxy.url)).text();
    await expect.poll(() => proxy.of('exchange-end'), { interval: 2 }).toMatchObject([{ outcome: 'answered' }]);
  });
});
