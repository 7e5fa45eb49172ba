import type { Telemetry } from '../telemetry/open.ts';
import { version } from '../version.ts';

/**
 * Telemetry of this session, or why there can be none.
 * @param withTexts `telemetryTexts`: what is said is sent, too.
 */
export async function startTelemetry(
  env: NodeJS.ProcessEnv,
  withTexts: boolean,
): Promise<Telemetry | string | undefined> {
  if (env['OTEL_SDK_DISABLED'] === 'true') return undefined;
  const places = ['ENDPOINT', 'TRACES_ENDPOINT', 'METRICS_ENDPOINT'].map((name) => `OTEL_EXPORTER_OTLP_${name}`);
  if (!places.some((name) => env[name]?.trim())) {
    return `telemetry is on, but no collector is named. Set ${places[0]} (http://localhost:4318, for example).`;
  }
  const wrong = places.find((name) => env[name]?.trim() && !isWebAddress(env[name]));
  if (wrong !== undefined) {
    return `telemetry is on, but ${wrong} holds no address such as http://localhost:4318.`;
  }
  const isOther = ['TRACES_', 'METRICS_'].every((signal) => env[`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`]?.trim());
  if (env['OTEL_EXPORTER_OTLP_PROTOCOL'] === 'grpc' && !isOther) {
    const own = places.slice(1).join(' and ');
    return `telemetry speaks http/protobuf, and OTEL_EXPORTER_OTLP_PROTOCOL says grpc. Name the collector's other port in ${own}.`;
  }
  const { openTelemetry } = await import('../telemetry/open.ts');
  return openTelemetry(env, version, withTexts);
}

function isWebAddress(text: string): boolean {
  return /^https?:$/.test(URL.parse(text.trim())?.protocol ?? '');
}

/** After Claude Code has exited. */
export function notSent(trouble: string): string {
  return `telemetry could not be sent to your collector: ${trouble}`;
}
