import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Event } from '../events.ts';
import type { Said } from '../proxy/context.ts';
import { createRecorder } from './record.ts';

// Loaded only with `telemetry: true`.

export type Telemetry = {
  take(event: Event): void;
  /** What was said in an exchange. Absent: nobody wants it sent. */
  said?(said: Said): void;
  /**
   * Sends what is left, but for no longer than a moment.
   * @returns what went wrong in this session, for the user.
   */
  close(): Promise<string | undefined>;
};

/** The longest wait at the exit. */
const LAST_MS = 1_000;

/**
 * Sends spans and metrics to the user's own collector, through the official SDK: it reads the address, headers,
 * certificates and time limits from the `OTEL_EXPORTER_OTLP_…` variables.
 * @param withTexts what is said is sent, too.
 */
export function openTelemetry(env: NodeJS.ProcessEnv, version: string, withTexts: boolean): Telemetry {
  let trouble: string | undefined;
  const seen = (result: { code: number; error?: Error }): void => {
    if (result.code !== 0) trouble ??= result.error?.message || 'no answer';
  };
  const resource = resourceFromAttributes({ 'service.name': 'ccmux', 'service.version': version }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const tracers = new TracerProvider({
    resource: defaultResource().merge(resource),
    spanProcessors:
      env['OTEL_TRACES_EXPORTER'] === 'none'
        ? []
        : [new BatchSpanProcessor({ exporter: watched(new OTLPTraceExporter(), seen) })],
  });
  const meters = new MeterProvider({
    resource: defaultResource().merge(resource),
    readers:
      env['OTEL_METRICS_EXPORTER'] === 'none'
        ? []
        : [
            new PeriodicExportingMetricReader({
              exporter: watched(new OTLPMetricExporter(), seen),
              exportIntervalMillis: Number(env['OTEL_METRIC_EXPORT_INTERVAL']) || 60_000,
            }),
          ],
  });
  const recorder = createRecorder(tracers.getTracer('ccmux', version), meters.getMeter('ccmux', version), withTexts);
  return {
    take: recorder.take,
    ...(withTexts && { said: recorder.said }),
    async close() {
      recorder.end();
      const sent = Promise.allSettled([tracers.shutdown(), meters.shutdown()]).then(() => true);
      const late = new Promise<false>((tooLate) => void setTimeout(tooLate, LAST_MS, false).unref());
      if (!(await Promise.race([sent, late]))) trouble ??= `no answer within ${LAST_MS / 1000} s`;
      return trouble;
    },
  };
}

type Exporter<Items> = { export(items: Items, done: (result: { code: number; error?: Error }) => void): void };

/** The same exporter; what becomes of each batch is seen. */
function watched<Items, One extends Exporter<Items>>(
  exporter: One & Exporter<Items>,
  seen: (result: { code: number; error?: Error }) => void,
): One {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    send(items, (result) => {
      seen(result);
      done(result);
    });
  return exporter;
}
