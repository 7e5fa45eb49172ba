import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkShared } from '../../src/cli/doctor-shared.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { startRedis, withRedis } from './redis.ts';

/** What `ccmux doctor` says first of a server. */
async function said(shared: string): Promise<string> {
  const home = temporaryFolder('ccmux-doctor-');
  const [first] = await checkShared({ shared }, { HOME: home, USERPROFILE: home });
  return `${first!.level}: ${first!.text}`;
}

/** Something that gives everybody the same answer. */
async function startOther(answer: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => void socket.write(answer));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(withRedis.skip)('doctor and the server of `shared`', { timeout: 60_000 }, () => {
  it('a server that takes changes, and keeps nothing of the trial', async () => {
    const redis = await startRedis();
    expect(await said(redis.url)).toMatch(/^ok: .*no machine has shared yet/);
    await expect.poll(() => redis.cli('KEYS', '*').trim(), { timeout: 10_000 }).toBe('');
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a full one', ['CONFIG', 'SET', 'maxmemory', '1'], /^broken: .*its memory is full/],
    ['a replica', ['REPLICAOF', '127.0.0.1', '1'], /^broken: .*it is a replica/],
    ["somebody's text", ['SET', 'ccmux:team', 'hello'], /^broken: .*not written by ccmux/],
    ["somebody's table", ['HSET', 'ccmux:team', 'revision', 'x', 'facts', '{}'], /^broken: .*not written by ccmux/],
  ])('%s', async (_, command, text) => {
    const redis = await startRedis();
    redis.cli(...command);
    expect(await said(redis.url)).toMatch(text);
  });
});

it.each([
  ['+OK\r\n', /^broken: .*no such server/],
  [':1\r\n', /^broken: .*no such server/],
  ['*2\r\n$1\r\na\r\n$1\r\nb\r\n', /^broken: .*no such server/],
  ['HTTP/1.1 400 Bad Request\r\n\r\n', /^broken: .*no such server/],
  ['-ERR go \u001b[2J\u001b]0;away\u0007\r\n', /^broken: .*: ERR go \?\[2J\?\]0;away\?$/],
])('doctor, and what is no such server: %j', async (answer, text) => {
  expect(await said(await startOther(answer))).toMatch(text);
});
