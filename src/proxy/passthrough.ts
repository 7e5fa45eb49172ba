import { toProviderRequest } from './provider-request.ts';
import type { Answering } from './client.ts';
import type { ExchangeContext } from './context.ts';
import { failureOf } from './gate.ts';
import type { ClientRequest } from './request.ts';

/**
 * Relays the request of another program, which found the session's address in its environment and has a key of its own,
 * as without ccmux: no failover, nothing is learnt from the answer, and the session's state does not change.
 */
export async function passThrough(
  context: ExchangeContext,
  request: ClientRequest,
  answering: Answering,
): Promise<void> {
  let status: number | undefined;
  try {
    const reply = await context.claude(toProviderRequest(request));
    status = reply.status;
    answering.commit(reply.status, reply.rawHeaders, true);
    for await (const chunk of reply.body) await answering.write(chunk);
    answering.end();
  } catch (error) {
    if (answering.isOpen()) answering.cut();
    else if (!request.signal.aborted) refuse(answering, error);
  }
  context.bus.emit({ type: 'program-relay', ...(status !== undefined && { status }) });
}

/** Like a broken connection without ccmux. */
function refuse(answering: Answering, error: unknown): void {
  const failure = failureOf(error, { wire: 'anthropic', translated: false, headers: {} });
  const code = 'code' in failure ? failure.code : undefined;
  const message = `Claude's address could not be reached${code === undefined ? '' : `: ${code}`}`;
  const body = JSON.stringify({ type: 'error', error: { type: 'api_error', message } });
  answering.finish(502, [['content-type', 'application/json']], body);
}
