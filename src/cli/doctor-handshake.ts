import { addressMistake, placeOf, upstreamOf, variable, type Found } from '../launch/merge.ts';
import { certificateTrouble } from '../failover/outcome-network.ts';
import { nodeCode } from '../ground/node-code.ts';
import { proxyOfClaude } from '../providers/proxy-of.ts';
import { createTrust } from '../providers/trust.ts';
import { createUpstream } from '../providers/upstream.ts';
import { TIMEOUT_CODE } from '../providers/upstream-request.ts';
import { certificateText, certificateWay } from '../words/certificate.ts';
import { reasonText } from '../words/why.ts';
import type { Check } from './doctor-check.ts';

/** @returns Node's error code; undefined if the host answered anything. */
export type Handshake = (url: URL, env: NodeJS.ProcessEnv) => Promise<string | undefined>;

const about = 'network' as const;

/** The longest wait for a handshake. Milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * Connects to Claude's host like a session and sends only a TLS greeting.
 * @param env includes the network variables of the user's settings files.
 */
export async function shakeHands(url: URL, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const upstream = createUpstream(env, 0, createTrust(env).forClaude, proxyOfClaude(env));
  const greeting = { method: 'HEAD', url, rawHeaders: ['Host', url.host] };
  try {
    const response = await upstream.send({ ...greeting, firstByteTimeoutMs: PATIENCE_MS });
    response.resume();
    return undefined;
  } catch (error) {
    return nodeCode(error) ?? 'UNKNOWN';
  } finally {
    upstream.close();
  }
}

/**
 * Claude's address, and whether its host can be reached over TLS. One without TLS has no hands to shake: nothing is
 * sent to it. Only scheme, host and port of an address are shown.
 */
export async function checkAddress(found: Found, env: NodeJS.ProcessEnv, shake: Handshake): Promise<Check> {
  if (addressMistake(found) !== undefined) {
    const text = `ANTHROPIC_BASE_URL in ${placeOf(found, 'ANTHROPIC_BASE_URL')} is no address`;
    return { about, level: 'broken', text, way: 'It must begin with https:// or http://. Correct or unset it.' };
  }
  const url = new URL(upstreamOf(found));
  const isSet = variable(found, 'ANTHROPIC_BASE_URL') !== undefined;
  const origin = `${url.protocol}//${url.host}`;
  const address = isSet ? `${origin} (ANTHROPIC_BASE_URL in ${placeOf(found, 'ANTHROPIC_BASE_URL')})` : origin;
  if (url.protocol !== 'https:') return { about, level: 'note', text: `claude's address: ${address}, not contacted` };
  return checkOf(address, await shake(new URL('/', url), env));
}

function checkOf(address: string, code: string | undefined): Check {
  const text = `claude's address: ${address}`;
  if (code === undefined) return { about, level: 'ok', text: `${text} answers, and its certificate is trusted` };
  const what = certificateTrouble(code);
  if (what !== undefined) {
    const reason = { kind: 'certificate', code, what } as const;
    const why = `cannot be reached: ${certificateText(reason)} (${code})`;
    return { about, level: 'broken', text: `${text} ${why}`, way: certificateWay(reason) };
  }
  const reason =
    code === TIMEOUT_CODE ? ({ kind: 'silence', limitMs: PATIENCE_MS } as const) : { kind: 'network' as const, code };
  const way = 'Look at your connection, and at HTTPS_PROXY if your network needs a proxy.';
  return { about, level: 'warn', text: `${text} cannot be reached: ${reasonText(reason)}`, way };
}
