import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const script = join(import.meta.dirname, '..', 'src', 'footer.ts');
const STDIN = JSON.stringify({ session_id: 's', model: { id: 'm' } });

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A session's control routes, with one answer for the footer. @returns its address, and what it was sent. */
async function session(answer: Answer) {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token/ccmux`, received };
}

const segment: Answer = (_, response) => response.end('ccmux ▸ Gemini');

/** Runs the status line as Claude Code does. */
/** All that it needs of this process's own environment. */
const machine = () => ({ PATH: process.env['PATH'], NODE_OPTIONS: process.env['NODE_OPTIONS'] });

async function footer(env: Record<string, string>): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [script], { env: { ...machine(), ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(STDIN);
  const code = await new Promise<number | null>((closed) => child.on('close', closed));
  return { code, stdout, stderr };
}

it('shows the segment of the session, which it tells what Claude Code told it', async () => {
  const { address, received } = await session(segment);
  expect(await footer({ CCMUX_SESSION: address })).toEqual({ code: 0, stdout: 'ccmux ▸ Gemini\n', stderr: '' });
  expect(received).toEqual([`POST /token/ccmux/footer ${STDIN}`]);
});

it.each([
  ['beside a line', 'printf "my line\\n\\n"', 'my line │ ccmux ▸ Gemini\n'],
  ['beside the last of several lines', 'printf "one\\ntwo"', 'one\ntwo │ ccmux ▸ Gemini\n'],
  ['after a colour', 'printf "\\033[31mred"', '\u001B[31mred\u001B[0m │ ccmux ▸ Gemini\n'],
  ['beside what the command makes of its stdin', 'cat', `${STDIN} │ ccmux ▸ Gemini\n`],
  ['alone when the command fails', 'echo no; exit 1', 'ccmux ▸ Gemini\n'],
  ['alone when the command says nothing', 'true', 'ccmux ▸ Gemini\n'],
  ['alone when there is no such command', 'no-such-command-anywhere', 'ccmux ▸ Gemini\n'],
])("puts it next to the user's own status line: %s", async (_, command, stdout) => {
  const { address } = await session(segment);
  expect(await footer({ CCMUX_SESSION: address, CCMUX_STATUS_LINE: command })).toEqual({ code: 0, stdout, stderr: '' });
});

it('goes under a line that leaves no room', async () => {
  const { address } = await session(segment);
  const env = { CCMUX_SESSION: address, CCMUX_STATUS_LINE: 'printf "a rather long line of mine"' };
  expect((await footer({ ...env, COLUMNS: '40' })).stdout).toBe('a rather long line of mine\nccmux ▸ Gemini\n');
  expect((await footer({ ...env, COLUMNS: '50' })).stdout).toBe('a rather long line of mine │ ccmux ▸ Gemini\n');
});

it.each([
  ['東京の本社 作業中', 36, 'below'],
  ['東京の本社 作業中', 46, 'beside'],
  ['한국어', 26, 'below'],
  ['e\u0301e\u0301', 26, 'beside'],
  ['👨‍👩‍👧', 26, 'beside'],
])('measures %s in the columns that it takes (%i: %s)', async (line, columns, where) => {
  const { address } = await session(segment);
  const env = { CCMUX_SESSION: address, CCMUX_STATUS_LINE: `printf %s '${line}'`, COLUMNS: String(columns) };
  const between = where === 'below' ? '\n' : ' │ ';
  expect((await footer(env)).stdout).toBe(`${line}${between}ccmux ▸ Gemini\n`);
});

it.each([
  ['another command', encodeURIComponent("printf '%s' 'späte Zeile'"), 'späte Zeile │ ccmux ▸ Gemini\n'],
  ['none any more', '', 'ccmux ▸ Gemini\n'],
])('runs what stands in the settings now: %s', async (_, header, stdout) => {
  const { address } = await session((_request, response) => {
    response.writeHead(200, { 'x-status-line': header }).end('ccmux ▸ Gemini');
  });
  expect((await footer({ CCMUX_SESSION: address, CCMUX_STATUS_LINE: 'echo old' })).stdout).toBe(stdout);
});

it.each<[string, Answer]>([
  ['does not answer', () => {}],
  ['hangs up', (request) => request.socket.destroy()],
  ['refuses', (_, response) => response.writeHead(404).end('not found')],
  ['breaks off', (_, response) => response.write('ccmux', () => response.destroy())],
])("leaves the user's own line when the session %s", async (_, answer) => {
  const { address } = await session(answer);
  const shown = await footer({ CCMUX_SESSION: address, CCMUX_STATUS_LINE: 'echo mine' });
  expect(shown).toEqual({ code: 0, stdout: 'mine\n', stderr: '' });
});

it.each([{ CCMUX_SESSION: 'http://127.0.0.1:9/gone/ccmux' }, { CCMUX_SESSION: 'nonsense' }, {}])(
  'is quiet when there is nothing to show: %j',
  async (env) => {
    expect(await footer(env)).toEqual({ code: 0, stdout: '', stderr: '' });
  },
);
