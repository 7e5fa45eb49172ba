import { json } from './json-reply.ts';
import type { Provider, ProviderRequest } from './provider.ts';

/** Seconds: longer than any rehearsal takes. */
const FOR_S = 3600;

/**
 * For `ccmux drill`: these providers really answer one step of the work each, and are then at a limit, of which their hosts
 * know nothing. All that comes of a limit is real.
 */
export function withMadeUpLimits(providers: readonly Provider[], ids: readonly string[]): Provider[] {
  return providers.map((provider) => (ids.includes(provider.id) ? limitedAfterOneStep(provider) : provider));
}

function limitedAfterOneStep(provider: Provider): Provider {
  let hasAnswered = false;
  return {
    ...provider,
    async send(request) {
      if (!isStep(request)) return provider.send(request);
      if (hasAnswered) return limited(provider.modelFor(request.parsed().model));
      const reply = await provider.send(request);
      hasAnswered = reply.status < 400;
      return reply;
    },
  };
}

/** Requests of the client's own (a title, a count) bring no tools along. */
function isStep({ path, parsed }: ProviderRequest): boolean {
  return !path.includes('count_tokens') && (parsed().tools?.length ?? 0) > 0;
}

function limited(model: string) {
  const error = { type: 'rate_limit_error', message: 'A limit that ccmux drill has made up' };
  return json(429, { type: 'error', error }, ['retry-after', String(FOR_S)], model, []);
}
