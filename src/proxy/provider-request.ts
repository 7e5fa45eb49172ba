import type { ProviderRequest } from '../providers/provider.ts';
import type { ClientRequest } from './request.ts';

/**
 * Plain values and functions only, like every object that is made for one request. A getter in it would belong to its
 * hidden class, of which V8 then makes one for each request, in the old generation: all that the getter sees, the whole
 * request, would stay in memory until a full garbage collection.
 */
export function toProviderRequest(
  request: ClientRequest,
  how: Partial<Pick<ProviderRequest, 'errorBodyMs' | 'onSent' | 'onCall' | 'connectTimeoutMs' | 'signal' | 'key'>> = {},
): ProviderRequest {
  const { method, path, rawHeaders, body, parsed, signal } = request;
  return { method, path, rawHeaders, body, parsed, signal, ...how };
}
