import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Wire } from './wires.ts';

/** A host's good answer, as it would have gone over the line. */
export type Good = {
  status: number;
  headers: [string, string][];
  body: Buffer;
  frameEnds: number[];
  contentAt: number;
};

/** One request on a line that does with the answer what a fault says. */
export type Call = {
  wire: Wire;
  good: Good;
  socket: Socket;
  /** Bytes of the answer's body that were given to the line. */
  sent: Buffer[];
  /** Status and headers, by hand: `status` may be anything. */
  head(status: number | string, headers: [string, string][]): void;
  /** A piece of a body that has no length. */
  chunk(bytes: Buffer | string): void;
  /** The polite end of such a body. */
  end(): void;
  /** Nothing, until the other side leaves or this host has had enough. */
  silence(): Promise<void>;
};

export type Behaviour = (call: Call) => void | Promise<void>;

export type Line = {
  url: string;
  /** Who does what in front of which host: the first part of a path names the cell, the second the wire. */
  behave(cell: string, wire: Wire, behaviour: Behaviour): void;
  /** What the cell's client would have got without ccmux. */
  sent(cell: string, wire: Wire): Buffer;
  forget(cell: string): void;
  close(): Promise<void>;
};

/**
 * A bad line in front of good hosts: a request is asked of the host itself, and its answer then suffers the fault.
 * @param patienceMs how long a silent host keeps a connection.
 */
export async function startLine(hosts: Record<Wire, string>, mark: string, patienceMs: number): Promise<Line> {
  const behaviours = new Map<string, Behaviour>();
  const sent = new Map<string, Buffer[]>();
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    const socket = response.socket!;
    socket.on('error', () => {});
    const [, cell = '', wire = 'claude', path = ''] = /^\/([^/]+)\/([^/]+)(.*)$/.exec(incoming.url ?? '') ?? [];
    const chunks: Buffer[] = [];
    incoming.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', async () => {
      const url = hosts[wire as Wire] + path;
      const good = await askHost(agent, url, incoming, Buffer.concat(chunks), mark).catch(() => undefined);
      // The line is being closed.
      if (!good) return void socket.destroy();
      const pieces: Buffer[] = [];
      sent.set(`${cell}/${wire}`, pieces);
      await behaviours.get(`${cell}/${wire}`)?.(callOf({ wire: wire as Wire, good, socket, sent: pieces }, patienceMs));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (cell, wire, behaviour) => void behaviours.set(`${cell}/${wire}`, behaviour),
    sent: (cell, wire) => Buffer.concat(sent.get(`${cell}/${wire}`) ?? []),
    forget(cell) {
      for (const map of [behaviours, sent])
        for (const key of map.keys()) if (key.startsWith(`${cell}/`)) map.delete(key);
    },
    close() {
      agent.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

function callOf(call: Pick<Call, 'wire' | 'good' | 'socket' | 'sent'>, patienceMs: number): Call {
  const { socket, sent } = call;
  return {
    ...call,
    head(status, headers) {
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`HTTP/1.1 ${status} Said\r\n${lines}connection: close\r\n\r\n`);
    },
    chunk(given) {
      const bytes = Buffer.from(given);
      if (bytes.length === 0) return;
      sent.push(bytes);
      socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]));
    },
    end() {
      socket.end('0\r\n\r\n');
    },
    async silence() {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
      socket.destroy();
    },
  };
}

function askHost(
  agent: http.Agent,
  url: string,
  { method = 'POST', headers }: http.IncomingMessage,
  body: Buffer,
  mark: string,
): Promise<Good> {
  return new Promise((resolve, reject) => {
    const { host: _, 'accept-encoding': __, ...rest } = headers;
    const request = http.request(url, { method, agent, headers: rest }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('error', reject);
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve(goodOf(answer, Buffer.concat(chunks), mark)));
    });
    request.on('error', reject);
    request.end(body);
  });
}

function goodOf(answer: http.IncomingMessage, body: Buffer, mark: string): Good {
  const text = body.toString('latin1');
  const frameEnds = [...text.matchAll(/\r?\n\r?\n/g)].map((match) => match.index + match[0].length);
  const headers = Object.entries(answer.headers)
    .filter(([name]) => !/^(connection|keep-alive|transfer-encoding|content-length|date)$/.test(name))
    .map(([name, value]): [string, string] => [name, String(value)]);
  return {
    status: answer.statusCode ?? 0,
    headers: [...headers, ['transfer-encoding', 'chunked']],
    body,
    frameEnds,
    contentAt: frameEnds.findLast((end) => end <= firstOf(text, mark, '"content_block_start"')) ?? 0,
  };
}

function firstOf(text: string, ...words: string[]): number {
  return Math.min(...words.map((word) => text.indexOf(word)).filter((at) => at >= 0));
}
