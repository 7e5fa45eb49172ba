import { certificateTrouble } from '../failover/outcome-network.ts';
import { createTrust } from '../providers/trust.ts';
import { createUpstream, TIMEOUT_CODE } from '../providers/upstream.ts';
import { certificateText, certificateWay } from '../words/certificate.ts';
import { reasonText } from '../words/why.ts';
import type { Check } from './doctor-check.ts';

/** @returns Node's code for what went wrong; undefined when the host answered, whatever it said. */
export type Handshake = (url: URL, env: NodeJS.ProcessEnv) => Promise<string | undefined>;

/** Longer than this nobody waits for a doctor. Milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * Reaches Claude's host as a session would, and sends it nothing but a greeting.
 * @param env with what the user's settings files say of the network.
 */
export async function shakeHands(url: URL, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const upstream = createUpstream(env, 0, createTrust(env).forClaude);
  const greeting = { method: 'HEAD', url, rawHeaders: ['Host', url.host] };
  try {
    const response = await upstream.send({ ...greeting, firstByteTimeoutMs: PATIENCE_MS });
    response.resume();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  } finally {
    upstream.close();
  }
}

/** Whether Claude's host can be reached over TLS. One without TLS has no hands to shake. */
export async function checkHandshake(address: string, env: NodeJS.ProcessEnv, shake: Handshake): Promise<Check[]> {
  const url = URL.parse(address);
  if (url?.protocol !== 'https:') return [];
  return [checkOf(url.host, await shake(new URL('/', url), env))];
}

function checkOf(host: string, code: string | undefined): Check {
  const about = 'network' as const;
  if (code === undefined) return { about, level: 'ok', text: `${host} answers, and its certificate is trusted` };
  const what = certificateTrouble(code);
  if (what !== undefined) {
    const reason = { kind: 'certificate', code, what } as const;
    const text = `${host} cannot be reached: ${certificateText(reason)} (${code})`;
    return { about, level: 'broken', text, way: certificateWay(reason) };
  }
  const reason =
    code === TIMEOUT_CODE ? ({ kind: 'silence', limitMs: PATIENCE_MS } as const) : { kind: 'network' as const, code };
  const way = 'Look at your connection, and at HTTPS_PROXY if your network needs a proxy.';
  return { about, level: 'warn', text: `${host} cannot be reached: ${reasonText(reason)}`, way };
}
