import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bus, ProviderId } from '../events.ts';
import type { LiveState } from '../state/live.ts';
import type { PageHistory, UseRequest } from './data.ts';
import { streamState } from './stream.ts';
import { contentSecurityPolicy, pageAssets, pageHtml } from './template.ts';

/** What an order came to. `person` false: it is for a person, and did not come from one. */
type Outcome = LiveState | { error: string; person?: false };

export type PageOptions = {
  state: () => LiveState;
  bus: Bus;
  /** Does what `ccmux use` does. */
  use: (provider: ProviderId | 'auto', only: boolean) => Outcome;
  /** Does what `ccmux allow` does, for a person. @param request from whom it comes. */
  allow: (provider: ProviderId, request: IncomingMessage) => Promise<Outcome>;
  /** Does what `ccmux budget +N` does, for a person. @param usd how much more the session may spend. */
  lift: (usd: number, request: IncomingMessage) => Promise<Outcome>;
  /** Does what `ccmux memory on` and `off` do; to begin again is for a person. */
  memory: (on: boolean, request: IncomingMessage) => Promise<Outcome>;
  /** Ends every consent. */
  forbid: () => LiveState;
  /** All sessions of the last days. */
  history: () => Promise<PageHistory>;
  /** `ccmux explain`, in sentences. */
  explain: (prompt: string) => Promise<string>;
  /** Path under which the page lives, without a slash at its end: `/<token>/ccmux`. */
  prefix: string;
};

export type Page = {
  /**
   * Answers `GET /`, `GET /events`, `GET /status`, `GET /history`, `POST /use`, `POST /allow`, `POST /budget`,
   * `POST /memory`, `POST /explain` and `POST /forbid` below the prefix.
   * The caller has checked token, `Host` and `Origin`.
   *
   * @param subpath what follows the prefix, without the query: `/events`.
   * @returns false when the path is not the page's; then nothing was written.
   */
  handle(request: IncomingMessage, response: ServerResponse, subpath: string): boolean | Promise<boolean>;
  /** Ends the event streams soon, so that the server can close; the events of this moment still go out. */
  close(): void;
};

/** More than any valid request needs. */
const BODY_LIMIT = 4096;

/** The live page of one session. */
export function createPage(options: PageOptions): Page {
  const { state, bus, use, allow, lift, memory, forbid, explain, history, prefix } = options;
  const streams = new Set<() => void>();

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void | Promise<void>> = {
    'GET ': (_request, response) => {
      response.writeHead(308, { location: `${prefix}/`, 'referrer-policy': 'no-referrer' }).end();
    },
    'GET /': async (_request, response) => {
      const assets = await pageAssets();
      const html = pageHtml(assets, { mode: 'live', state: state() });
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy(assets, 'live'),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        ...guarded,
      });
      response.end(html);
    },
    'GET /events': (_request, response) => {
      const end = streamState(response, bus, state);
      streams.add(end);
      response.on('close', () => streams.delete(end));
    },
    'GET /status': (_request, response) => sendJson(response, 200, state()),
    'GET /history': async (_request, response) => {
      try {
        sendJson(response, 200, await history());
      } catch (fault) {
        sendJson(response, 500, { error: (fault as Error).message });
      }
    },
    'POST /use': async (request, response) => {
      const wanted = await readOrder(request, response);
      if (wanted === undefined) return;
      sendOutcome(response, use(wanted.provider, wanted.only));
    },
    'POST /allow': async (request, response) => {
      const wanted = await readOrder(request, response);
      if (wanted === undefined) return;
      sendOutcome(response, await allow(wanted.provider, request));
    },
    'POST /budget': async (request, response) => {
      if (!isSameOrigin(request)) return refuseOthers(response);
      const { add } = Object(await readJson(request)) as { add?: unknown };
      if (typeof add !== 'number') return sendJson(response, 400, { error: 'expected {"add": <US dollars>}' });
      sendOutcome(response, await lift(add, request));
    },
    'POST /memory': async (request, response) => {
      if (!isSameOrigin(request)) return refuseOthers(response);
      const { on } = Object(await readJson(request)) as { on?: unknown };
      if (typeof on !== 'boolean') return sendJson(response, 400, { error: 'expected {"on": true|false}' });
      sendOutcome(response, await memory(on, request));
    },
    'POST /explain': async (request, response) => {
      if (!isSameOrigin(request)) return refuseOthers(response);
      const { prompt } = Object(await readJson(request)) as { prompt?: unknown };
      sendJson(response, 200, { text: await explain(typeof prompt === 'string' ? prompt : '') });
    },
    'POST /forbid': (request, response) => {
      if (isSameOrigin(request)) return sendJson(response, 200, forbid());
      refuseOthers(response);
    },
  };

  return {
    handle(request, response, subpath) {
      const route = routes[`${request.method} ${subpath}`];
      if (route === undefined) return false;
      const done = route(request, response);
      return done === undefined ? true : done.then(() => true);
    },
    close() {
      // The last events, above all the session's end, still go out.
      setImmediate(() => {
        for (const end of streams) end();
      });
    },
  };
}

/** The token is in the path: it must not leave in a `Referer`, nor stay in a cache. */
const guarded = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

function sendOutcome(response: ServerResponse, outcome: Outcome): void {
  if (!('error' in outcome)) return sendJson(response, 200, outcome);
  sendJson(response, outcome.person === false ? 403 : 409, { error: outcome.error });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...guarded });
  response.end(JSON.stringify(body));
}

function refuseOthers(response: ServerResponse): void {
  sendJson(response, 403, { error: 'not from this page' });
}

/** @returns the parsed request; undefined if it was refused. */
async function readOrder(request: IncomingMessage, response: ServerResponse): Promise<UseRequest | undefined> {
  const wanted = isSameOrigin(request) ? await readUse(request) : undefined;
  if (wanted === undefined) refuseOthers(response);
  else if ('error' in wanted) sendJson(response, 400, wanted);
  else return wanted;
  return undefined;
}

/** Browsers send an origin with every POST; a client without one is not a browser, and knows the token. */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}

/** @returns undefined for anything but JSON, or for a body that is too long. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined;
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > BODY_LIMIT) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readUse(request: IncomingMessage): Promise<UseRequest | { error: string }> {
  const body = (await readJson(request)) as Partial<UseRequest> | null | undefined;
  if (typeof body?.provider === 'string') return { provider: body.provider, only: body.only === true };
  return { error: 'expected {"provider": "<id>|auto", "only": true|false}' };
}
