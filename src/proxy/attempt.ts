import type { Failure } from '../errors.ts';
import type { Usage } from '../events.ts';
import type { Outcome } from '../failover/outcome.ts';
import type { Provider, ProviderRequest, Reply } from '../providers/provider.ts';
import type { Answering } from './client.ts';
import type { ExchangeContext } from './exchange.ts';
import { failureOf, headersOf, passGate, type Gated } from './gate.ts';
import type { ExchangeRecord } from './record.ts';
import type { ClientRequest } from './request.ts';
import { createTap, type Tap } from './tap.ts';

/** One provider's try at one exchange. */
export type Attempt = {
  request: ClientRequest;
  answering: Answering;
  record: ExchangeRecord;
  provider: Provider;
  /** 1 for the first. */
  number: number;
  /** What was tried before in this exchange. */
  tried: readonly FailedAttempt[];
};

/** An attempt that ended before the gate: nothing of it has reached the client. */
export type FailedAttempt = {
  provider: Provider;
  failure: Failure;
  outcome: Outcome;
  reply: Reply | undefined;
  /** The reply's bytes, whole for an error status. */
  held: Uint8Array[];
};

type Opened = Extract<Gated, { type: 'open' }>;

/** A relayed fallback that says nothing for this long, before its first content, has failed; others keep their own time. */
const SILENCE_LIMIT_MS = 300_000;
/** Without streaming the headers come with the whole answer: as long as the client itself waits (API_TIMEOUT_MS). */
const WHOLE_ANSWER_TIMEOUT_MS = 600_000;

/** @returns what went wrong before the gate, or nothing when the exchange is over (answered, cut or cancelled). */
export async function attempt(context: ExchangeContext, the: Attempt): Promise<FailedAttempt | undefined> {
  const { request, answering, record, provider, number } = the;
  const { router } = context;
  const startedAt = context.now();
  const facts = { wire: provider.wire, translated: provider.translated };
  const begin = () => record.attempt(number, provider);
  let reply: Reply | undefined;
  let gated: Gated;
  try {
    if (request.wasRead()) begin();
    if (request.endpoint === 'messages') router.sent(provider);
    const limit = isStreaming(request.body) ? context.firstByteTimeoutMs : WHOLE_ANSWER_TIMEOUT_MS;
    // With nobody else to ask, only waiting can help.
    const firstByteTimeoutMs = router.hasReadyAlternative(provider.id) ? limit : 0;
    const onSent = () => setImmediate(begin);
    reply = await provider.send(toProviderRequest(request, { firstByteTimeoutMs, onSent }));
    begin();
    // A failure's limits are read with its body.
    if (reply.status < 400) router.observe(provider, headersOf(reply.rawHeaders));
    const gateless = router.isAlone(provider.id) && reply.status < 400;
    gated = gateless
      ? openAtOnce(reply)
      : await passGate(reply, facts, provider.own || provider.translated ? 0 : SILENCE_LIMIT_MS);
  } catch (error) {
    gated = { type: 'failed', failure: failureOf(error, { ...facts, headers: {} }), held: [] };
  }
  begin();
  if (request.signal.aborted) {
    record.end({ outcome: 'cancelled', provider: provider.id });
    return undefined;
  }
  if (reply && gated.type === 'open') {
    record.commit(number, provider);
    const broken = await deliver(reply, gated, answering, facts);
    try {
      await finish(context, the, { reply, tap: gated.tap, ms: context.now() - startedAt, broken });
    } catch (fault) {
      // The answer has been delivered: an account that fails must not touch it.
      context.fault(fault);
      record.end({ outcome: broken ? 'cut' : 'answered', provider: provider.id, status: reply.status });
    }
    return undefined;
  }
  const { failure, held } = gated as Extract<Gated, { type: 'failed' }>;
  const outcome = router.fail(provider, failure, request.family);
  record.fail(number, provider, failure, outcome, outcome.action, context.now() - startedAt);
  return { provider, failure, outcome, reply, held };
}

/** Claude's answer as it comes, with nothing known and nothing learnt: what is left when ccmux itself has a fault. */
export async function relayUndecided(
  context: ExchangeContext,
  request: ClientRequest,
  answering: Answering,
  claude: Provider,
): Promise<void> {
  const reply = await claude.send(toProviderRequest(request, { firstByteTimeoutMs: 0 }));
  const broken = await deliver(reply, openAtOnce(reply), answering, claude);
  if (broken && !request.signal.aborted) context.fault(new Error(`an undecided answer broke off: ${broken.cause}`));
}

function openAtOnce(reply: Reply): Opened {
  const headers = headersOf(reply.rawHeaders);
  const tap = createTap(headers['content-type'] ?? '', headers['content-encoding']);
  return { type: 'open', held: [], rest: reply.body[Symbol.asyncIterator](), ended: false, tap };
}

/**
 * Behind the gate: bytes first, then a look at them.
 * @returns the failure of an answer that broke off or ended in an error; it has been relayed as it came.
 */
async function deliver(
  reply: Reply,
  { held, rest, ended, tap }: Opened,
  answering: Answering,
  facts: Pick<Failure, 'wire' | 'translated'>,
): Promise<Failure | undefined> {
  answering.commit(reply.status, reply.rawHeaders);
  try {
    // The tap has read these already.
    for (const chunk of held) await answering.write(chunk);
    if (!ended) {
      for (let next = await rest.next(); !next.done; next = await rest.next()) {
        const written = answering.write(next.value);
        await tap.write(next.value);
        await written;
      }
      await tap.end();
    }
  } catch (error) {
    answering.cut();
    return failureOf(error, { ...facts, headers: {} });
  }
  answering.end();
  const { error, complete } = tap.answer;
  if (error !== undefined) return { ...facts, cause: 'stream', headers: {}, body: error };
  // It ended politely and yet too early: the client takes what there is, as it would have without us.
  if (!complete && !tap.isBlind()) return { ...facts, cause: 'network', code: 'ECONNRESET', headers: {}, body: '' };
  return undefined;
}

type Delivered = { reply: Reply; tap: Tap; ms: number; broken: Failure | undefined };

async function finish(context: ExchangeContext, the: Attempt, { reply, tap, ms, broken }: Delivered): Promise<void> {
  const { request, record, provider, number } = the;
  const { family } = request;
  const { answer } = tap;
  const model = answer.model ?? reply.model;
  record.warn(provider, reply.warnings);
  // A translated provider learns by itself: it knows which counts its host reported.
  if (answer.usage && !provider.translated) provider.tokens.learn(request.parsed(), inputOf(answer.usage));
  const usd = answer.usage ? await context.price(provider, model, answer.usage) : undefined;
  if (usd !== undefined && provider.paid) context.spend(provider, usd);
  const cancelled = request.signal.aborted;
  if (broken && !cancelled) {
    // Nothing is spliced: the client's own retry comes at once, and must find somebody else.
    const outcome = context.router.fail(provider, broken, family);
    record.fail(number, provider, broken, outcome, 'relay', ms);
  } else if (!cancelled && request.endpoint === 'messages') {
    const { thread } = request.turn();
    const reasons = new Map(the.tried.map((failed) => [failed.provider.id, failed.outcome.reason]));
    context.router.answer({ exchange: record.exchange, provider, family, thread, ms, usage: answer.usage, reasons });
  }
  const headers = headersOf(reply.rawHeaders);
  const requestId = headers['request-id'] ?? headers['x-request-id'] ?? answer.messageId;
  record.end({
    outcome: cancelled ? 'cancelled' : broken ? 'cut' : 'answered',
    provider: provider.id,
    model,
    status: reply.status,
    ...(requestId !== undefined && { requestId }),
    ...(answer.stopReason !== undefined && { stopReason: answer.stopReason }),
    ...(answer.usage && { usage: answer.usage }),
    ...(usd !== undefined && { usd }),
  });
}

function inputOf({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

function toProviderRequest(
  request: ClientRequest,
  how: Pick<ProviderRequest, 'firstByteTimeoutMs' | 'onSent'>,
): ProviderRequest {
  const { method, path, rawHeaders, body, parsed, signal } = request;
  return {
    method,
    path,
    rawHeaders,
    body,
    parsed,
    signal,
    ...how,
    get stream() {
      return parsed().stream === true;
    },
  };
}

/** Found without parsing, good enough for a time limit: clients write `stream` as the body's last or an early field. */
function isStreaming(body: Buffer): boolean {
  return /"stream"\s*:\s*true/.test(
    body.toString('latin1', Math.max(body.length - 64, 0)) + body.toString('latin1', 0, 512),
  );
}
