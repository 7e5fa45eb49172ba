import type { AnswerFacts } from '../codec/answer-facts.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import type { Failure } from '../errors.ts';
import type { Step } from '../failover/step.ts';
import { includesText } from '../ground/bytes.ts';
import type { Provider, Reply } from '../providers/provider.ts';
import type { Ahead } from './ahead.ts';
import { aside } from './aside.ts';
import { chunksOf } from '../providers/chunks.ts';
import type { Answering } from './client.ts';
import type { Exchange, Asked, Over } from './exchange-state.ts';
import type { ExchangeContext } from './context.ts';
import { failureOf, passGate, type Gated } from './gate.ts';
import { headersOf } from './headers.ts';
import { createPlainWriter } from './plain-writer.ts';
import { toProviderRequest } from './provider-request.ts';
import type { ClientRequest } from './request.ts';
import { settleAnswer } from './settle.ts';
import { tapOf, type Tap } from './tap.ts';
import { createWatch } from './watch.ts';

type Opened = Extract<Gated, { type: 'open' }>;

/**
 * Asks one provider and passes its answer to the client once the gate opens. An upstream failure is a result, not an
 * exception.
 */
export async function attempt(
  the: Exchange,
  { provider: id, limits, gate }: Extract<Step, { do: 'ask' }>,
): Promise<Asked> {
  const { context, request, answering, record, past } = the;
  const { router } = context;
  const provider = router.provider(id);
  const number = past.filter(({ did }) => did === 'ask').length + 1;
  const key = router.keyFor(provider, request.family);
  const startedAt = context.elapsed();
  const facts = { wire: provider.wire, translated: provider.translated };
  // A timer calls this too, and nothing there catches an exception.
  const begin = () => aside(context, () => record.attempt(number, provider));
  const ahead = takeAhead(the);
  const watch = createWatch(limits, request.streaming, request.signal, context.times.afterEnd, ahead?.control);
  let reply: Reply | undefined;
  let gated: Gated;
  try {
    if (request.wasRead()) begin();
    const onSent = () => setImmediate(begin);
    const onCall = (call: string) => context.proposals.note(call, id);
    const how = {
      connectTimeoutMs: limits.connect,
      errorBodyMs: context.times.errorBody,
      signal: watch.signal,
      onSent,
      onCall,
      key,
    };
    const ask = (wanted: MessagesRequest | undefined) =>
      watch.headers(provider.send(toProviderRequest(wanted ? { ...request, parsed: () => wanted } : request, how)));
    if (ahead) {
      void ahead.sent.then(onSent);
      reply = await watch.headers(ahead.reply);
    } else {
      const asked = ask(the.wanted?.request);
      // Behind the bytes, but in the same turn of the event loop: no other request decides in between.
      if (request.endpoint === 'messages') aside(context, () => router.sent(provider));
      reply = await asked;
    }
    const plain = the.wanted?.plain;
    if (plain && REFUSALS.has(reply.status)) {
      // The note is ours: whatever is wrong with the request, it is asked once without it.
      reply = await ask(plain);
      if (reply.status < 400) withoutNote(the, provider);
    }
    const { status, rawHeaders, holds } = reply;
    // The body of an error has a limit of its own.
    const body = status < 400 ? watch.body(reply.body) : reply.body;
    const watched = { status, rawHeaders, body, ...(holds && { holds }) };
    const gateless = gate === 'none' && reply.status < 400;
    gated = gateless
      ? openAtOnce(watched)
      : await passGate(watched, { ...facts, own: provider.own }, context.times.errorBody);
    // The client has left.
    request.signal.throwIfAborted();
  } catch (error) {
    gated = { type: 'failed', failure: failureOf(error, { ...facts, headers: {} }), held: [], whole: true, error };
  }
  // A failure's limits are read with its body.
  const observe = () => reply && reply.status < 400 && router.observe(provider, headersOf(reply.rawHeaders));
  if (gated.type === 'failed') {
    begin();
    aside(context, observe);
  }
  if (gated.type === 'failed' && gated.failure.cause === 'fault' && !request.signal.aborted) context.fault(gated.error);
  const result = (failure: Failure | undefined, given?: AnswerFacts): Asked => {
    const ms = context.elapsed() - startedAt;
    return {
      did: 'ask',
      provider: id,
      key,
      number,
      ms,
      reply,
      held: gated.held,
      failure,
      given,
      silent: watch.wasSilent(),
    };
  };
  if (gated.type === 'failed') {
    watch.end();
    if (reply && !gated.whole) reply = withoutLength(reply);
    return result(gated.failure);
  }
  const { answer } = gated.tap;
  let told = false;
  const onCommit = () => {
    if (told) return;
    told = true;
    begin();
    aside(context, observe);
    aside(context, () => record.commit(number, provider));
  };
  watch.content(() => answer.complete);
  let settled: Promise<void> | undefined;
  const onWhole = () => {
    onCommit();
    if (request.signal.aborted || answer.error !== undefined) return;
    settled ??= settleAnswer(the, { ...result(undefined, answer), given: answer, reply: reply! }, false);
  };
  const failure = await deliver({ fault: context.fault, onCommit, onWhole }, reply!, gated, answering, provider);
  watch.end();
  return { ...result(failure, answer), ...(settled && { settled }) };
}

/** The request that has left already, once. */
function takeAhead({ ahead }: Exchange): Ahead | undefined {
  if (ahead === undefined || ahead.taken) return undefined;
  ahead.taken = true;
  return ahead;
}

/** The statuses of a request that a host does not want. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);

function withoutNote(the: Exchange, provider: Provider): void {
  const { context } = the;
  context.handOff.refused(provider.id);
  the.wanted = { request: the.wanted!.plain! };
  context.fault(new Error(`${provider.id} refused a request with a hand-off note, and took it without`));
}

/** An error that was not read to its end is passed on as far as it came. */
function withoutLength(reply: Reply): Reply {
  const rawHeaders = reply.rawHeaders.filter((_, i, all) => !/^content-length$/i.test(all[i - (i % 2)]!));
  return { ...reply, rawHeaders };
}

/**
 * Passes Claude's answer on without reading it: the last resort if ccmux itself has a fault.
 * @param ahead the request, where it has left already and nobody waits for its answer.
 * @returns how the exchange has ended.
 */
export async function relayUndecided(
  context: ExchangeContext,
  request: ClientRequest,
  answering: Answering,
  claude: Provider,
  ahead?: Ahead,
): Promise<Over['facts']> {
  const reply = await (ahead && !ahead.taken
    ? replyFor(ahead, request.signal)
    : claude.send(toProviderRequest(request)));
  const broken = await deliver(context, reply, openAtOnce(reply), answering, claude);
  if (broken && !request.signal.aborted) context.fault(new Error(`an undecided answer broke off: ${broken.cause}`));
  const outcome = broken ? 'cut' : reply.status < 400 ? 'answered' : 'relayed';
  return { outcome, provider: claude.id, status: reply.status };
}

/** No watch was made that would break it off when the client leaves. */
function replyFor({ control, reply }: Ahead, client: AbortSignal): Promise<Reply> {
  const leave = () => control.abort(client.reason);
  if (client.aborted) leave();
  else client.addEventListener('abort', leave, { once: true });
  return reply;
}

function openAtOnce(reply: Pick<Reply, 'rawHeaders' | 'body' | 'holds'>): Opened {
  return { type: 'open', held: [], rest: chunksOf(reply.body), ended: false, tap: tapOf(reply) };
}

/**
 * Behind the gate: bytes first, then a look at them and what is to be told; but for the last ones, which the client
 * gets when the answer is on record. If ccmux is killed after that, the report still has every answer that the client has seen whole.
 * @param onCommit called when the client has the first bytes. @param onWhole called when the answer is whole, before the
 *   client can know. Both may be called more than once.
 * @returns the failure of an answer that broke off or ended in an error, which the client got as it came.
 */
async function deliver(
  { fault, onCommit = () => {}, onWhole = () => {} }: Listening,
  reply: Reply,
  { held, unread, rest, ended, tap }: Opened,
  answering: Answering,
  { wire, translated, own }: Pick<Provider, 'wire' | 'translated' | 'own'>,
): Promise<Failure | undefined> {
  const facts = { wire, translated };
  const encoding = headersOf(reply.rawHeaders)['content-encoding'];
  // Pings have opened the client's stream without the answer's headers, so the rest must be uncompressed.
  const opened = answering.isOpen();
  answering.commit(reply.status, reply.rawHeaders, own);
  try {
    const client = opened && encoding !== undefined ? createPlainWriter(encoding, answering) : undefined;
    const write = (chunk: Uint8Array) => (client ?? answering).write(chunk);
    const look = () => void (tap.answer.complete && onWhole());
    const pass = async (chunk: Uint8Array) => {
      const isLast = mayBeLast(chunk, tap);
      const written = isLast ? undefined : write(chunk);
      if (!isLast) {
        await left();
        onCommit();
      }
      const looked = tap.write(chunk);
      if (looked) await looked;
      look();
      await (isLast ? write(chunk) : written);
    };
    look();
    // The tap has read these already.
    for (const chunk of held) {
      const written = write(chunk);
      if (written) await written;
    }
    if (held.length > 0) await left();
    if (unread) await pass(unread);
    onCommit();
    if (!ended) {
      // Where the end is known with the last bytes, both are sent to the client in one write.
      while (!rest.isOver()) {
        const { done, value } = await rest.next();
        if (done) break;
        await pass(value);
      }
      await tap.end();
      look();
    }
    await client?.end();
  } catch (error) {
    onCommit();
    // A whole answer lacks nothing.
    if (tap.answer.complete) {
      answering.end();
      return undefined;
    }
    const failure = failureOf(error, { ...facts, headers: {} });
    if (failure.cause === 'fault') fault(error);
    const silent = failure.cause === 'timeout';
    // Claude's connection breaks off as it would without ccmux. Nothing can be added to a compressed stream.
    const tells = (silent || !own) && (opened || encoding === undefined);
    if (tells) answering.fail(silent ? 'the answer fell silent' : 'the answer broke off');
    else answering.cut();
    return failure;
  }
  answering.end();
  const { error, complete } = tap.answer;
  if (error !== undefined) return reply.broken?.() ?? { ...facts, cause: 'stream', headers: {}, body: error };
  // It ended early without an error: the client takes what there is, as it would without ccmux.
  if (!complete && !tap.isBlind())
    return { ...facts, cause: 'stream', defect: 'broken', code: 'no end', headers: {}, body: '' };
  return undefined;
}

/** Node gathers what is written to a response until its next tick: whatever is done before it holds the bytes up. */
const left = () => new Promise<void>((resolve) => process.nextTick(resolve));

type Listening = { fault: ExchangeContext['fault']; onCommit?: () => void; onWhole?: () => void };

/** A compressed answer cannot be searched for its end: it is on record before the client's stream ends. */
function mayBeLast(chunk: Uint8Array, { answer }: Tap): boolean {
  return answer.stopReason !== undefined || includesText(chunk, LAST);
}

const LAST = 'message_stop';
