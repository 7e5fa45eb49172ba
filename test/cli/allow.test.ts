import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { runAllow, type AllowIo } from '../../src/cli/allow.ts';
import { fakeIo } from './io.ts';
import { live } from './running-session.ts';

/** A session that keeps what it is asked, and a terminal whose user answers `reply`. */
async function terminal(
  options: { reply?: string; tty?: boolean; env?: Record<string, string>; refuse?: string } = {},
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked.push(request.url!);
      const refusal = options.refuse !== undefined && request.url === '/allow';
      response.writeHead(refusal ? 409 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(refusal ? { error: options.refuse } : live));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  const session = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tty = options.tty ?? true;
  const { io, written } = fakeIo({ CCMUX_SESSION: session, ...options.env }, { tty });
  const questions: string[] = [];
  const ask = async (question: string) => (questions.push(question), options.reply ?? '');
  const whole: AllowIo = { ...io, stdin: { isTTY: tty }, ask };
  return { allow: (provider: string) => runAllow({ provider }, whole), asked, questions, written };
}

it.each(['y', 'Y', ' yes '])('lets the commands run after a %j', async (reply) => {
  const { allow, asked, questions, written } = await terminal({ reply });
  expect(await allow('gemini')).toBe(0);
  expect(questions).toEqual(["Let gemini's commands run without a question until Claude answers again? [y/N] "]);
  expect(asked).toEqual(['/allow']);
  expect(written.out).toBe(
    "Gemini's commands run without a question until Claude answers again · undo: ccmux allow none\n",
  );
});

it.each(['', 'n', 'yep', 'gemini'])('changes nothing after a %j', async (reply) => {
  const { allow, asked, written } = await terminal({ reply });
  expect(await allow('gemini')).toBe(1);
  expect(asked).toEqual([]);
  expect(written.out).toBe('Nothing has changed.\n');
});

it('takes it back without a question, from anywhere', async () => {
  const { allow, asked, questions } = await terminal({ tty: false, env: { CLAUDECODE: '1' } });
  expect(await allow('none')).toBe(0);
  expect({ asked, questions }).toEqual({ asked: ['/forbid'], questions: [] });
});

it.each([
  ['without a terminal', { tty: false }],
  ['below Claude Code', { env: { CLAUDECODE: '1' } }],
])('asks nobody %s', async (_, options) => {
  const { allow, asked } = await terminal({ reply: 'y', ...options });
  await expect(allow('gemini')).rejects.toThrow('a command that a program runs cannot consent in your place');
  expect(asked).toEqual([]);
});

it('hands on why the session refuses', async () => {
  const { allow } = await terminal({ reply: 'y', refuse: 'nothing needs your word' });
  await expect(allow('gemini')).rejects.toThrow('nothing needs your word');
});

it('says so when the session does not answer', async () => {
  const { allow } = await terminal({ reply: 'y', env: { CCMUX_SESSION: 'http://127.0.0.1:1' } });
  await expect(allow('gemini')).rejects.toThrow('the session does not answer');
});

it('names the provider that was probably meant', async () => {
  const { allow } = await terminal({ reply: 'y', refuse: "no provider 'gemni' here." });
  await expect(allow('gemni')).rejects.toThrow(/^no provider 'gemni' here\. Did you mean gemini\?$/);
});
