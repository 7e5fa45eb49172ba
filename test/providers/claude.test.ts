import { expect, onTestFinished, test } from 'vitest';
import { createClaudeSend } from '../../src/providers/claude.ts';
import { createUpstream } from '../../src/providers/upstream.ts';
import { startHost } from '../helpers/host.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each<[place: string, sent: string[], received: string | undefined]>([
  ['', [], undefined],
  ['u:p@', [], basic('u:p')],
  ['u@', [], basic('u:')],
  ['u:p%40%C3%A4@', [], basic('u:p@ä')],
  ['u:100%@', [], basic('u:100%')],
  ['u:p@', ['X-Api-Key', 'k'], basic('u:p')],
  ['u:p@', ['Authorization', 'Bearer t'], 'Bearer t'],
])('a password in the address of a gateway (%s) goes along, beside %j', async (place, sent, received) => {
  const host = await startHost((_, response) => void response.end('{}'));
  const upstream = createUpstream({});
  onTestFinished(() => upstream.close());
  const send = createClaudeSend(() => host.url.replace('http://', `http://${place}`), upstream);
  const rawHeaders = ['Host', host.host, ...sent];
  const { signal } = new AbortController();
  await send({ method: 'POST', path: '/v1/messages', rawHeaders, body: [], parsed: () => ({}) as never, signal });
  expect(host.seen.map(({ headers }) => headers.authorization)).toEqual([received]);
});
