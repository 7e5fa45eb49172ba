import { expect, it } from 'vitest';
import { createQueue, toChunks } from '../../src/providers/chunks.ts';
import { endOfAnswer } from '../../src/providers/end-of-answer.ts';

/** Sends these pieces and keeps the connection open. @returns what came, and whether the source was left. */
async function read(pieces: string[], stays = true): Promise<{ text: string; ended: boolean; left: boolean }> {
  let left = false;
  const source = createQueue({ pause() {}, resume() {}, leave: () => (left = true) });
  for (const piece of pieces) source.push(Buffer.from(piece));
  if (!stays) source.end();
  const answer = endOfAnswer(toChunks(source), { ended: 5, finished: 10 });
  let text = '';
  const all = (async () => {
    for await (const chunk of answer) text += Buffer.from(chunk).toString();
    return true;
  })();
  const ended = await Promise.race([all, new Promise<false>((resolve) => setTimeout(() => resolve(false), 100))]);
  return { text, ended, left };
}

const chat = (finish: string | null, content = 'hi') =>
  `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: finish }] })}\n\n`;

// oxfmt-ignore
it.each<[what: string, pieces: string[], ended: boolean]>([
  ['[DONE]', [chat(null), 'data: [DONE]\n\n'], true],
  ['[DONE] in two pieces', [chat(null), 'data: [DO', 'NE]\n\n'], true],
  ['a finish reason', [chat(null), chat('stop')], true],
  ['a finish reason and the usage', [chat('stop'), 'data: {"usage":{}}\n\n'], true],
  ['the last event of Responses', ['data: {"type":"response.completed","response":{}}\n\n'], true],
  ["Gemini's finish reason", ['data: {"candidates":[{"finishReason":"STOP"}]}\n\n'], true],
  ['no end', [chat(null)], false],
  ['text that quotes one', [chat(null, '"finish_reason": "stop" data: [DONE]')], false],
])('%s', async (_what, pieces, ended) => {
  expect(await read(pieces)).toEqual({ text: pieces.join(''), ended, left: ended });
});

it('ends with its source', async () => {
  expect(await read([chat(null)], false)).toEqual({ text: chat(null), ended: true, left: false });
});
