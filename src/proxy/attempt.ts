import type { Failure } from '../errors.ts';
import type { ProviderId } from '../events.ts';
import type { Step } from '../failover/plan.ts';
import type { Provider, ProviderRequest, Reply } from '../providers/provider.ts';
import type { Answering } from './client.ts';
import type { Exchange, ExchangeContext } from './exchange.ts';
import { failureOf, headersOf, passGate, type Gated } from './gate.ts';
import type { ClientRequest } from './request.ts';
import { createTap, type Tap } from './tap.ts';

/** What came of asking one provider. */
export type Asked = {
  did: 'ask';
  provider: ProviderId;
  /** 1 for the exchange's first. */
  number: number;
  ms: number;
  reply: Reply | undefined;
  /** What was read of the reply before the gate: the whole of it for an error status. */
  held: Uint8Array[];
  /** Why there is no whole answer. */
  failure: Failure | undefined;
  /** The answer that was given to the client, whole or until it broke off; undefined: nothing has reached the client. */
  given: Tap['answer'] | undefined;
};

type Opened = Extract<Gated, { type: 'open' }>;

/** Asks one provider, and gives its answer to the client once it has passed the gate. Upstream trouble is a result. */
export async function attempt(
  the: Exchange,
  { provider: id, limits, gate }: Extract<Step, { do: 'ask' }>,
): Promise<Asked> {
  const { context, request, answering, record, past } = the;
  const { router } = context;
  const provider = router.provider(id);
  const number = past.filter(({ did }) => did === 'ask').length + 1;
  const startedAt = context.now();
  const facts = { wire: provider.wire, translated: provider.translated };
  const begin = () => record.attempt(number, provider);
  let reply: Reply | undefined;
  let gated: Gated;
  try {
    if (request.wasRead()) begin();
    if (request.endpoint === 'messages') router.sent(provider);
    const onSent = () => setImmediate(begin);
    const onCall = (call: string) => context.proposals.note(call, id);
    reply = await provider.send(toProviderRequest(request, { firstByteTimeoutMs: limits.firstByte, onSent, onCall }));
    begin();
    // A failure's limits are read with its body.
    if (reply.status < 400) router.observe(provider, headersOf(reply.rawHeaders));
    const gateless = gate === 'none' && reply.status < 400;
    gated = gateless ? openAtOnce(reply) : await passGate(reply, facts, limits);
    // Nothing is given to a client that has left.
    request.signal.throwIfAborted();
  } catch (error) {
    gated = { type: 'failed', failure: failureOf(error, { ...facts, headers: {} }), held: [] };
  }
  begin();
  const end = (failure: Failure | undefined, given?: Tap['answer']): Asked => {
    const ms = context.now() - startedAt;
    return { did: 'ask', provider: id, number, ms, reply, held: gated.held, failure, given };
  };
  if (gated.type === 'failed') return end(gated.failure);
  record.commit(number, provider);
  return end(await deliver(reply!, gated, answering, provider), gated.tap.answer);
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
  { wire, translated, own }: Pick<Provider, 'wire' | 'translated' | 'own'>,
): Promise<Failure | undefined> {
  const facts = { wire, translated };
  answering.commit(reply.status, reply.rawHeaders, own);
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

export function toProviderRequest(
  request: ClientRequest,
  how: Pick<ProviderRequest, 'firstByteTimeoutMs' | 'onSent' | 'onCall'>,
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
