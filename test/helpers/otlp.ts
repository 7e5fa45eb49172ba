/**
 * A collector on loopback: takes what is posted, and reads it with the decoder that OpenTelemetry's own package generates
 * from the protocol's definitions (the last one that holds it). An official collector is to be had from no registry that
 * these tests can use.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import definitions from 'otlp-definitions/build/src/generated/root.js';
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

type KeyValue = { key: string; value: AnyValue };
type AnyValue = {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number;
  doubleValue?: number;
  arrayValue?: { values: AnyValue[] };
};
type Span = {
  name: string;
  spanId: Buffer;
  parentSpanId?: Buffer;
  kind?: number;
  startTimeUnixNano: number;
  endTimeUnixNano: number;
  status?: { code?: number };
  attributes?: KeyValue[];
};
type Point = { asDouble?: number; asInt?: number; sum?: number; count?: number; attributes?: KeyValue[] };
type Metric = { name: string } & Partial<Record<'gauge' | 'sum' | 'histogram', { dataPoints: Point[] }>>;
type Request = {
  resourceSpans?: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: Span[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: Metric[] }[] }[];
};

type Definition = { decode(bytes: Buffer): object; toObject(message: object, options: object): object };
type Service<Name extends string> = { v1: Record<Name, Definition> };

/** The package's types name none of them. */
const { trace, metrics } = (
  definitions as unknown as {
    opentelemetry: {
      proto: {
        collector: {
          trace: Service<'ExportTraceServiceRequest'>;
          metrics: Service<'ExportMetricsServiceRequest'>;
        };
      };
    };
  }
).opentelemetry.proto.collector;

/** By OpenTelemetry's own definitions; throws for what is no such message. */
function read({ decode, toObject }: Definition, body: Buffer): Request {
  return toObject(decode(body), { longs: Number });
}

function readTraces(body: Buffer, collector: Collector): void {
  for (const { resource, scopeSpans } of read(trace.v1.ExportTraceServiceRequest, body).resourceSpans ?? []) {
    Object.assign(collector.resource, attributesOf(resource.attributes));
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      collector.spans.push({
        name: span.name,
        id: span.spanId.toString('hex'),
        parent: span.parentSpanId?.toString('hex') ?? '',
        kind: span.kind ?? 0,
        startMs: Math.round(span.startTimeUnixNano / 1e6),
        endMs: Math.round(span.endTimeUnixNano / 1e6),
        status: span.status?.code ?? 0,
        attributes: attributesOf(span.attributes),
      });
    }
  }
}

function readMetrics(body: Buffer, collector: Collector): void {
  const { resourceMetrics = [] } = read(metrics.v1.ExportMetricsServiceRequest, body);
  const all = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  for (const { name, gauge, sum, histogram } of all) {
    collector.metrics[name] = (gauge ?? sum ?? histogram)!.dataPoints.map((point) => ({
      value: point.asDouble ?? point.asInt ?? point.sum ?? 0,
      count: point.count ?? 1,
      attributes: attributesOf(point.attributes),
    }));
  }
}

function attributesOf(pairs: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ arrayValue, ...value }: AnyValue): unknown {
  return arrayValue ? arrayValue.values.map(valueOf) : Object.values(value)[0];
}
