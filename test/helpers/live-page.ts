import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBus, type Bus, type EventBody } from '../../src/events.ts';
import { createPage } from '../../src/page/routes.ts';
import type { PageHistory } from '../../src/page/data.ts';
import { dayStart } from '../../src/state/calendar.ts';
import { createHistory } from '../../src/state/history.ts';
import type { LiveState } from '../../src/state/live.ts';
import type { UseRequest } from '../../src/page/data.ts';

export type LivePage = {
  /** Where the page is, a slash at its end. */
  url: string;
  bus: Bus;
  /** What the page was asked to do, in order. */
  uses: UseRequest[];
  /** Whose commands it was told to let run, in order. */
  allows: string[];
  /** Every path that was asked of the server. */
  requests: string[];
  /** Makes this the session's state and tells it by an event. */
  become(state: LiveState, event: EventBody): void;
  /** The next order is refused with this text. */
  refuse(error: string, options?: { fromProgram: boolean }): void;
  /** Ends the event streams, as the session does at its end. */
  hangUp(): void;
  close(): Promise<void>;
};

const prefix = '/some-token/ccmux';

/** A page as the session's proxy serves it, on loopback, over a state that the test decides. */
export async function serveLivePage(initial: LiveState): Promise<LivePage> {
  let state = initial;
  let refusal: string | undefined;
  let isPerson = true;
  const bus = createBus();
  const uses: UseRequest[] = [];
  const allows: string[] = [];
  const requests: string[] = [];
  const page = createPage({
    state: () => state,
    bus,
    prefix,
    use(provider, only) {
      uses.push({ provider, only });
      if (refusal !== undefined) return { error: refusal };
      const steered = provider === 'auto' ? null : { provider, only };
      state = { ...state, steer: steered, serving: steered?.provider ?? 'claude' };
      delete state.servingWhy;
      return state;
    },
    async allow(provider) {
      allows.push(provider);
      if (refusal !== undefined) return { error: refusal, ...(!isPerson && { person: false as const }) };
      const { asks: _asked, ...rest } = state;
      return (state = { ...rest, allowed: [provider] });
    },
    async lift(usd) {
      const { budget } = state;
      if (budget?.perSessionUsd === undefined) return { error: 'no budget' };
      return (state = { ...state, budget: { ...budget, perSessionUsd: budget.perSessionUsd + usd, liftedUsd: usd } });
    },
    memory: async (on) => (on && !isPerson ? { error: 'nobody', person: false } : state),
    explain: async (prompt) => `about: ${prompt}`,
    async history() {
      return pageHistory(state);
    },
    forbid() {
      const { allowed: _allowed, ...rest } = state;
      return (state = rest);
    },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://loopback');
    requests.push(pathname);
    const handled = pathname.startsWith(prefix) && page.handle(request, response, pathname.slice(prefix.length));
    if (handled === false) response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    bus,
    uses,
    allows,
    requests,
    become(next, event) {
      state = next;
      // The state may hold it, and an event that is emitted gets a time of its own.
      bus.emit({ ...event });
    },
    refuse(error, { fromProgram = false } = { fromProgram: false }) {
      refusal = error;
      isPerson = !fromProgram;
    },
    hangUp: page.close,
    async close() {
      page.close();
      await new Promise((done) => setImmediate(done));
      server.closeAllConnections();
      if (server.listening) await new Promise((done) => server.close(done));
    },
  };
}

/** The shown session and one before it, whose folder holds markup. */
function pageHistory({ summary }: LiveState): PageHistory {
  const history = createHistory({ by: 'session' });
  const dayBefore = summary.startedAt - 86_400_000;
  history.add(summary);
  history.add({
    ...summary,
    session: '20261121-090000-77b1',
    cwd: '/home/ada/<b>a folder with a long name</b>',
    startedAt: dayBefore,
    responses: summary.responses.map((response) => ({
      ...response,
      at: response.at - 86_400_000,
      ...(response.provider === 'claude' && { usd: 0.12 }),
    })),
    switches: [],
  });
  const { total, groups } = history.totals();
  return { since: dayStart(dayBefore), readAt: summary.lastAt, total, sessions: groups, unreadable: 1 };
}
