import type { ServerResponse } from 'node:http';

export type Answering = {
  /** True once a header was written: from then on only this stream reaches the client. */
  isOpen(): boolean;
  /**
   * Sends pings at intervals to a waiting client. The first ping opens the stream, after which no status can be sent;
   * `undefined` stops pings to a stream that is not open yet.
   */
  keepAlive(pings: { afterMs: number; everyMs: number } | undefined): void;
  /**
   * Commits to an answer: its status and headers, unless pings have already opened the stream.
   * @param own true for the user's own Claude; of a fallback's headers the client gets only those of the answer.
   */
  commit(status: number, rawHeaders: readonly string[], own: boolean): void;
  /** Writes bytes of the committed answer; resolves when the client can take more. */
  write(chunk: Uint8Array): void | Promise<void>;
  end(): void;
  /** Answers with ccmux's own body, or as an error event if the stream is already open. */
  finish(status: number, headers: readonly (readonly [string, string])[], body: string): void;
  /** Ends a committed stream with an error event; inside an unfinished event by breaking off. */
  fail(message: string): void;
  /** Breaks the connection, as the upstream did. */
  cut(): void;
};

/** Headers that belong to their own connection. */
const CONNECTION_ONLY = /^(connection|keep-alive|transfer-encoding|proxy-.*|te|trailer|upgrade)$/i;

/** An event ends with an empty line: at most so many bytes tell that it does. */
const END_OF_EVENT = 4;
const NOTHING = new Uint8Array();

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

/** The client's side of an exchange: one answer, settled once. */
export function createAnswering(outgoing: ServerResponse): Answering {
  let committed = false;
  /** The end of what was written. */
  let last: Uint8Array = NOTHING;
  let timer: NodeJS.Timeout | undefined;
  const quiet = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  outgoing.once('close', quiet);

  return {
    isOpen: () => outgoing.headersSent,
    keepAlive(pings) {
      if (outgoing.headersSent) return;
      if (!pings) return quiet();
      timer ??= setTimeout(() => {
        if (outgoing.closed || committed) return;
        outgoing.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
        outgoing.write(PING);
        timer = setInterval(() => outgoing.write(PING), pings.everyMs);
      }, pings.afterMs);
    },
    commit(status, rawHeaders, own) {
      if (committed) throw new Error('an answer was already committed');
      committed = true;
      quiet();
      if (outgoing.headersSent) return;
      const headers = own ? forClient(rawHeaders) : ofFallback(rawHeaders);
      // The upstream's Date is passed on; Node would add a second one.
      outgoing.sendDate = false;
      outgoing.writeHead(status, headers);
    },
    write(chunk) {
      last = chunk.length >= END_OF_EVENT ? chunk : Buffer.concat([last.subarray(-END_OF_EVENT), chunk]);
      if (outgoing.write(chunk) || outgoing.closed) return;
      return new Promise((resolve) => {
        const go = () => {
          outgoing.off('drain', go);
          outgoing.off('close', go);
          resolve();
        };
        outgoing.once('drain', go);
        outgoing.once('close', go);
      });
    },
    end() {
      outgoing.end();
    },
    finish(status, headers, body) {
      if (committed) throw new Error('an answer was already committed');
      committed = true;
      quiet();
      if (outgoing.headersSent) {
        outgoing.end(`event: error\ndata: ${body}\n\n`);
        return;
      }
      outgoing.writeHead(status, [...headers.flat(), 'content-length', String(Buffer.byteLength(body))]);
      outgoing.end(body);
    },
    fail(message) {
      quiet();
      const tail = Buffer.from(last.subarray(-END_OF_EVENT)).toString('latin1');
      if (tail !== '' && !/(\n|\r)\r?\n$/.test(tail)) return void outgoing.destroy();
      const body = JSON.stringify({ type: 'error', error: { type: 'api_error', message } });
      outgoing.end(`event: error\ndata: ${body}\n\n`);
    },
    cut() {
      quiet();
      outgoing.destroy();
    },
  };
}

/** The headers of Claude's own answer: all but those of the connection. */
export function forClient(rawHeaders: readonly string[]): string[] {
  return keepHeaders(rawHeaders, (name) => !CONNECTION_ONLY.test(name));
}

/**
 * A fallback's headers for the client. Its limits, account, cookies and retry headers are left out, because Claude Code
 * would treat them as Claude's.
 */
const OF_A_FALLBACK = /^(content-type|content-encoding|cache-control|date|request-id|x-request-id)$/i;

function ofFallback(rawHeaders: readonly string[]): string[] {
  return keepHeaders(rawHeaders, (name) => OF_A_FALLBACK.test(name));
}

function keepHeaders(rawHeaders: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (isKept(rawHeaders[i]!)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  return kept;
}
