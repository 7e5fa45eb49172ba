import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveState } from '../../src/state/live.ts';
import { summarise } from '../../src/state/fold.ts';
import { journey, START } from '../report/story.ts';
import { FIVE_HOURS } from '../helpers/reasons.ts';

/** The clock of the session. */
export const now = START + 1_600_000;
export const backAt = now + 4_320_000;

/** A session in which Gemini stands in for Claude. */
export const live: LiveState = {
  version: 1,
  now,
  session: '20261122-140000-3f2a',
  pid: 1,
  cwd: '/home/ada/race-condition',
  startedAt: START,
  pageUrl: 'http://127.0.0.1:41234/token/ccmux/',
  serving: 'gemini',
  servingWhy: { kind: 'unavailable', provider: 'claude', reason: FIVE_HOURS },
  switchBack: 'turn',
  steer: null,
  budget: { perSessionUsd: 5, spentSessionUsd: 0.04, spentDayUsd: 0.31, unknownPrices: false },
  providers: [
    {
      id: 'claude',
      label: 'Claude',
      kind: 'anthropic',
      paid: false,
      state: 'cooldown',
      reason: FIVE_HOURS,
      until: backAt,
      models: {},
      windows: [
        { name: '5h', used: 1.04, resetAt: backAt, source: 'wire' },
        { name: '7d', used: 0.41, resetAt: now + 4 * 86_400_000, source: 'wire' },
      ],
      spentUsd: 0,
      usualMs: 2800,
    },
    {
      id: 'gemini',
      label: 'Gemini',
      kind: 'gemini',
      paid: true,
      state: 'ready',
      models: {},
      windows: [{ name: 'requestsPerDay', used: 0.2, limit: 1500, remaining: 1200, source: 'counted' }],
      spentUsd: 0.04,
      usualMs: 4100,
    },
    {
      id: 'openrouter',
      label: 'OpenRouter',
      kind: 'openai-compatible',
      paid: true,
      state: 'no_key',
      models: {},
      windows: [],
      spentUsd: 0,
    },
  ],
  summary: summarise(journey().filter(({ at }) => at < now)),
};

const servers: Server[] = [];

/** Ends whatever `serve` began. */
export function closeSessions(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

export type Order = { provider: string; only: boolean };

/** A session's control routes; `use` says what becomes of an order. */
export async function serve(
  state: LiveState,
  use: (order: Order) => [number, unknown] = () => [200, state],
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const [status, answer] = request.url === '/token/ccmux/use' ? use(JSON.parse(body)) : [200, state];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token/ccmux`;
}
