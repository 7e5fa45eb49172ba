/** A collector of OpenTelemetry's on loopback: takes what is posted and reads the protobuf by its published fields. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

export type CollectedSpan = {
  name: string;
  id: string;
  parent: string;
  kind: number;
  startMs: number;
  endMs: number;
  /** 2: error. */
  status: number;
  attributes: Record<string, unknown>;
};
export type CollectedPoint = { value: number; count: number; attributes: Record<string, unknown> };

export type Collector = {
  url: string;
  spans: CollectedSpan[];
  metrics: Record<string, CollectedPoint[]>;
  resource: Record<string, unknown>;
  requests: { path: string; headers: IncomingHttpHeaders; body: Buffer }[];
};

export async function startCollector(status = 200): Promise<Collector> {
  const collector: Collector = { url: '', spans: [], metrics: {}, resource: {}, requests: [] };
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    collector.requests.push({ path: incoming.url ?? '', headers: incoming.headers, body });
    if (incoming.url === '/v1/traces') readTraces(body, collector);
    if (incoming.url === '/v1/metrics') readMetrics(body, collector);
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return collector;
}

// opentelemetry-proto, trace/v1/trace.proto, metrics/v1/metrics.proto, common/v1/common.proto

function readTraces(body: Buffer, collector: Collector): void {
  for (const resourceSpans of messages(body, 1)) {
    for (const resource of messages(resourceSpans, 1)) Object.assign(collector.resource, attributes(resource, 1));
    for (const span of messages(resourceSpans, 2).flatMap((scope) => messages(scope, 2))) {
      const [code] = messages(span, 15).flatMap((status) => numbers(status, 3));
      collector.spans.push({
        name: String(messages(span, 5)[0]),
        id: messages(span, 2)[0]!.toString('hex'),
        parent: messages(span, 4)[0]?.toString('hex') ?? '',
        kind: numbers(span, 6)[0] ?? 0,
        startMs: Math.round((numbers(span, 7)[0] ?? 0) / 1e6),
        endMs: Math.round((numbers(span, 8)[0] ?? 0) / 1e6),
        status: code ?? 0,
        attributes: attributes(span, 9),
      });
    }
  }
}

function readMetrics(body: Buffer, collector: Collector): void {
  const all = messages(body, 1).flatMap((one) => messages(one, 2).flatMap((scope) => messages(scope, 2)));
  for (const metric of all) {
    const gaugeOrSum = [5, 7].flatMap((kind) => messages(metric, kind).flatMap((data) => messages(data, 1)));
    const histogram = messages(metric, 9).flatMap((data) => messages(data, 1));
    collector.metrics[String(messages(metric, 1)[0])] = [
      ...gaugeOrSum.map((point) => ({
        value: messages(point, 4)[0]?.readDoubleLE() ?? numbers(point, 6)[0] ?? 0,
        count: 1,
        attributes: attributes(point, 7),
      })),
      ...histogram.map((point) => ({
        value: messages(point, 5)[0]?.readDoubleLE() ?? 0,
        count: numbers(point, 4)[0] ?? 0,
        attributes: attributes(point, 9),
      })),
    ];
  }
}

function attributes(message: Buffer, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(message, field).map((pair) => [String(messages(pair, 1)[0]), valueOf(messages(pair, 2)[0]!)]),
  );
}

function valueOf(any: Buffer): unknown {
  const [[field, value] = [0, 0]] = fieldsOf(any);
  if (field === 1) return String(value);
  if (field === 4) return (value as Buffer).readDoubleLE();
  if (field === 5) return messages(value as Buffer, 1).map(valueOf);
  return field === 2 ? value === 1 : value;
}

/** Length-delimited fields, and those of eight bytes, as their bytes. */
function messages(message: Buffer, field: number): Buffer[] {
  return fieldsOf(message).flatMap(([number, value]) => (number === field && Buffer.isBuffer(value) ? [value] : []));
}

function numbers(message: Buffer, field: number): number[] {
  return fieldsOf(message).flatMap(([number, value]) => {
    if (number !== field) return [];
    return [Buffer.isBuffer(value) ? Number(value.readBigInt64LE()) : value];
  });
}

function fieldsOf(message: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === 0) fields.push([tag >> 3, varint()]);
    else {
      const length = kind === 2 ? varint() : kind === 1 ? 8 : 4;
      fields.push([tag >> 3, message.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}
