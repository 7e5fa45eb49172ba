import type { ServerResponse } from 'node:http';
import type { Bus } from '../events.ts';
import type { LiveState } from '../state/live.ts';
import type { Change } from './data.ts';

/** At most four messages a second, whatever the traffic. */
const INTERVAL_MS = 250;
/** Proxies and browsers drop silent streams; a comment is enough to keep one. */
const KEEP_ALIVE_MS = 15_000;

/**
 * One reader's server-sent events: the whole `state` first, then a `change` for what happened since.
 * A reader that does not keep up gets fewer, larger changes; nothing piles up here.
 *
 * @returns ends the stream.
 */
export function streamState(response: ServerResponse, bus: Bus, state: () => LiveState): () => void {
  const touched = new Set<number>();
  /** The part of the growing lists that this reader already has. */
  let sent = { failures: 0, switches: 0 };
  let scheduled: NodeJS.Timeout | undefined;
  let sentAt = 0;
  let changed = false;
  let blocked = false;

  const send = (event: string, data: unknown) => {
    sentAt = Date.now();
    blocked = !response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const flush = () => {
    clearTimeout(scheduled);
    scheduled = undefined;
    changed = false;
    const current = state();
    const { responses, failures, switches } = current.summary;
    const change: Change = {
      rest: { ...current, summary: { ...current.summary, responses: [], failures: [], switches: [] } },
      responses: responses.filter((row) => touched.has(row.exchange)),
      failures: { from: sent.failures, items: failures.slice(sent.failures) },
      switches: { from: sent.switches, items: switches.slice(sent.switches) },
    };
    touched.clear();
    sent = { failures: failures.length, switches: switches.length };
    send('change', change);
  };
  const schedule = () => {
    changed = true;
    if (blocked) return;
    scheduled ??= setTimeout(flush, Math.max(0, sentAt + INTERVAL_MS - Date.now())).unref();
  };

  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 2000\n\n');
  // Listening starts before the state is taken, so that nothing falls between the two.
  const unsubscribe = bus.on((event) => {
    if ('exchange' in event) touched.add(event.exchange);
    // The last event is sent at once, because the session's process is about to end.
    if (event.type === 'session-end') flush();
    else schedule();
  });
  const first = state();
  sent = { failures: first.summary.failures.length, switches: first.summary.switches.length };
  send('state', first);

  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS).unref();
  response.on('drain', () => {
    blocked = false;
    if (changed) schedule();
  });
  const stop = () => {
    unsubscribe();
    clearInterval(keepAlive);
    clearTimeout(scheduled);
  };
  response.on('close', stop);
  return () => {
    stop();
    response.end();
  };
}
