import type { ProviderId } from '../events.ts';
import type { Label } from './label.ts';
import { plural } from './text.ts';
import { duration } from './time.ts';

/** `Gemini takes 10 requests a minute`, `3 requests waited for it, 6.0 s at most` */
export function queueParts(
  provider: ProviderId,
  { requests, longestMs, perMinute }: { requests: number; longestMs: number; perMinute?: number },
  label: Label,
): string[] {
  const what = perMinute === undefined ? 'a limited number of requests' : plural(perMinute, 'request');
  const longest = requests === 1 ? duration(longestMs) : `${duration(longestMs)} at most`;
  return [`${label(provider)} takes ${what} a minute`, `${plural(requests, 'request')} waited for it, ${longest}`];
}
