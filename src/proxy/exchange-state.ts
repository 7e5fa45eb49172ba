import type { Way } from '../failover/ways.ts';
import type { Traits } from '../failover/when.ts';
import type { AnswerFacts } from '../codec/answer-facts.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import type { Failure } from '../errors.ts';
import type { ProviderId } from '../events.ts';
import type { Note } from '../memory/note.ts';
import type { Listener } from '../memory/noted.ts';
import type { Tried, Waited } from '../failover/past.ts';
import type { Reply } from '../providers/provider.ts';
import type { Ahead } from './ahead.ts';
import type { Reservation } from './budget.ts';
import type { Answering } from './client.ts';
import type { Estimate, ExchangeContext } from './context.ts';
import type { Overheard } from './overheard.ts';
import type { ExchangeRecord } from './record.ts';
import type { ClientRequest } from './request.ts';
import type { Unread } from './unread.ts';

/** One request of the client on its way through the exchange. */
export type Exchange = {
  context: ExchangeContext;
  request: ClientRequest;
  answering: Answering;
  record: ExchangeRecord;
  /** Its first step, where that was carried out before anything else. */
  ahead?: Ahead | undefined;
  /** The reservation for the current provider, if there is a cap: `settle` pays or releases it. */
  reserved?: Estimate & Reservation;
  /** What the user's rules may ask about it, and the way that they give it. */
  traits: Traits;
  unread: Unread;
  way?: Way;
  /** What the provider that is asked now gets in place of the client's own request. */
  wanted?: Wanted;
  /** Who is told what is read of it, for what outlives the session. */
  listener?: Listener;
  /** The answer as the client gets it, where it is to be kept or told. */
  overheard?: Overheard;
  past: (Waited | (Tried & Pick<Asked, 'reply' | 'held'>))[];
};

/** The client's request as one provider gets it. Claude's own never has one: its bytes are the client's. */
export type Wanted = {
  request: MessagesRequest;
  /** The same without the note, for a host that refuses it; absent: there is none in it. */
  plain?: MessagesRequest;
  /** The note of this turn. */
  note?: Note;
};

/** The result of asking one provider. */
export type Asked = {
  did: 'ask';
  provider: ProviderId;
  /** Which of the provider's keys it was asked with; undefined: it has one. */
  key: number | undefined;
  /** 1 for the exchange's first. */
  number: number;
  ms: number;
  reply: Reply | undefined;
  /** What was read of the reply before the gate: the whole of it for an error status. */
  held: Uint8Array[];
  /** The failure, if there is no whole answer. */
  failure: Failure | undefined;
  /** The client's answer, whole or until it broke off; undefined: nothing has reached the client. */
  given: AnswerFacts | undefined;
  /** True after a long silence: a client that hangs up then was impatient with this provider. */
  silent: boolean;
  /** Set if the answer was settled before the client got its end: resolves when it is paid. */
  settled?: Promise<void>;
};

/** The client got an answer of ccmux's own. */
export type Over = { did: 'end'; facts: Parameters<ExchangeRecord['end']>[0] };
