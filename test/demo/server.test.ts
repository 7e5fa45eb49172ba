import { request as httpRequest } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { answer, readFacts, type Step } from '../../src/demo/script.ts';

async function start(step: Step) {
  const simulator = await startAnthropic({ script: [step] });
  onTestFinished(() => simulator.close());
  const ask = (init: RequestInit = {}, stream = true) =>
    fetch(`${simulator.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'sk-ant-x', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'claude-opus-5-5',
        max_tokens: 9,
        stream,
        messages: [{ role: 'user', content: 'hi' }],
      }),
      ...init,
    });
  return { simulator, ask };
}

it('breaks a stream off before its first content', async () => {
  const { ask } = await start({ type: 'cut', afterContent: false });
  const reader = (await ask()).body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('message_start');
  await expect(async () => {
    while (!(await reader.read()).done);
  }).rejects.toThrow('terminated');
});

it('says an error after content, and nothing behind it', async () => {
  const { ask } = await start({
    type: 'stream-error',
    afterContent: true,
    error: { type: 'overloaded_error', message: 'Overloaded' },
  });
  const events = (await (await ask()).text()).trim().split('\n\n');
  expect(events.some((event) => event.includes('text_delta'))).toBe(true);
  expect(events.at(-1)).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
  );
});

it('leaves the closing events out', async () => {
  const { ask } = await start({ type: 'end-early' });
  const text = await (await ask()).text();
  expect(text).toContain('text_delta');
  expect(text).not.toContain('message_stop');
});

it('refuses without a header', async () => {
  const { ask } = await start({ type: 'refuse' });
  await expect(ask()).rejects.toThrow('fetch failed');
});

it('notes a client that hangs up, and only then', async () => {
  const { simulator, ask } = await start({ type: 'hang' });
  const giveUp = new AbortController();
  const asked = ask({ signal: giveUp.signal });
  await expect.poll(() => simulator.requests.length).toBe(1);
  expect(simulator.aborts).toEqual([]);
  giveUp.abort();
  await expect(asked).rejects.toThrow('aborted');
  await expect.poll(() => simulator.aborts.length).toBe(1);
});

it('compresses what the client can read', async () => {
  const { simulator } = await start(answer('Compressed.', { encoding: 'gzip' }));
  const encoding = await new Promise((resolve) => {
    const request = httpRequest(`${simulator.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'sk-ant-x', 'anthropic-version': '1', 'accept-encoding': 'gzip' },
    });
    request.on('response', (response) => resolve(response.resume().headers['content-encoding']));
    request.end(JSON.stringify({ model: 'claude-x', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }));
  });
  expect(encoding).toBe('gzip');
});

it('says so when more is asked than the script holds', async () => {
  const { simulator, ask } = await start(answer('only this'));
  await ask();
  expect((await ask()).status).toBe(500);
  expect(simulator.rejections[0]!.body).toContain('the script is over');
});

it('knows the turn and the step', () => {
  const reminder = '<system-reminder>\nnote\n</system-reminder>';
  expect(
    readFacts([
      { by: 'user', text: reminder },
      { by: 'user', text: 'first' },
      { by: 'model', text: 'a' },
      { by: 'user', text: 'second' },
      { by: 'model', text: '' },
      { by: 'tools', text: 'x' },
      { by: 'tools', text: 'y' },
      { by: 'user', text: reminder },
    ]),
  ).toEqual({ userText: 'second', turn: 2, stepInTurn: 1, toolResults: ['x', 'y'] });
});
