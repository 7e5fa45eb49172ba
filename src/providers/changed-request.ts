import type { MessagesRequest } from '../codec/anthropic.ts';
import { withLateTools } from '../codec/late-tools.ts';
import { noteMedia } from '../codec/media-notes.ts';
import type { TranslationWarning } from '../events.ts';
import type { Capabilities, Provider } from './provider.ts';

/** What a host needs to be otherwise in a request. The same request comes back where nothing is. */
type RequestChange = (asked: MessagesRequest) => { request: MessagesRequest; warnings: readonly TranslationWarning[] };

/** Other hosts take all tools in one list. */
const allTools: RequestChange = (asked) => ({ request: withLateTools(asked), warnings: [] });

/**
 * The changes for each host but the user's own Claude.
 * @param sight of an adapted host, which is not sent media that it cannot read; translation sees to that itself.
 */
export function changesFor(sight: Capabilities | undefined): RequestChange[] {
  const isBlind = sight !== undefined && !(sight.images && sight.pdfs);
  return isBlind ? [allTools, (asked) => noteMedia(asked, sight)] : [allTools];
}

/** Applies the changes, one after the other, to each request before it is sent. */
export function withChanges(send: Provider['send'], changes: readonly RequestChange[]): Provider['send'] {
  return async (request) => {
    const asked = request.parsed();
    const warnings: TranslationWarning[] = [];
    let changed = asked;
    for (const change of changes) {
      const made = change(changed);
      changed = made.request;
      warnings.push(...made.warnings);
    }
    if (changed === asked) return send(request);
    const reply = await send({ ...request, parsed: () => changed });
    // Added to the reply's own list, which may grow until the answer ends.
    reply.warnings.unshift(...warnings);
    return reply;
  };
}
