import type { Bus, Usage } from '../events.ts';
import type { SafetyChecks, Times } from '../failover/situation.ts';
import type { Message, MessagesRequest } from '../codec/anthropic.ts';
import type { Away } from '../memory/away.ts';
import type { HandOff } from '../memory/hand-off.ts';
import type { Listener } from '../memory/noted.ts';
import type { MemoryRecord } from '../memory/recall.ts';
import type { Question } from '../memory/select.ts';
import type { Provider } from '../providers/provider.ts';
import type { Budget } from './budget.ts';
import type { Proposals } from './proposals.ts';
import type { ClientRequest } from './request.ts';
import type { Rules } from './rules.ts';
import type { Router } from './router.ts';
import type { traitsOf } from './traits.ts';
import type { SwarmGuard } from './swarm.ts';
import type { Transcripts } from './transcripts.ts';
import type { TypedTurn } from './typed-turns.ts';

/** What an exchange needs from its session. */
export type ExchangeContext = {
  router: Router;
  bus: Bus;
  now: () => number;
  /** A monotonic clock in milliseconds, for durations. */
  elapsed: () => number;
  nextExchange(): number;
  /** Counts the turns: called once for each request that starts one. */
  nextTurn(): number;
  currentTurn(): number;
  /** True for a prompt id on its first occurrence; afterwards it is known. */
  isNewPrompt(prompt: string): boolean;
  /** The transcripts of the session's requests. */
  transcripts: Transcripts;
  /** Checks who asks. False for another program's request, which is passed on without a decision. */
  isOwn(request: ClientRequest): boolean;
  /** The way to the user's own Claude. */
  claude: Provider['send'];
  previews: boolean;
  /** What the next model is told of the session. */
  handOff: HandOff;
  /** Who answered in Claude's place, and what they did. */
  away: Away;
  /** What outlives the session; absent: nothing does. */
  remembering?: Remembering | undefined;
  /** Is told what is said; absent: nobody is. */
  said?: ((said: Said) => void) | undefined;
  /** Whether a fallback is told who it is. */
  attribution: boolean;
  safetyChecks: SafetyChecks;
  /** The fallbacks' open proposals. */
  proposals: Proposals;
  times: Times;
  /** `failover.retries`. */
  retries: number;
  /** The Claude models that the client itself switches to on an overload, as the user names them. */
  fallbackModels: readonly string[];
  /** Waits, milliseconds; ends at once when the client hangs up. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** The longest silence for a client while a fallback thinks, before the first ping and between two; milliseconds. */
  pings: { afterMs: number; everyMs: number };
  /** @param models names of the one that answered, the surest first. @returns US dollars, or null when the price is unknown. */
  price(provider: Provider, models: readonly string[], usage: Usage): Promise<number | null>;
  /** The expected cost of an answer, without waiting for the price list. @param tokens of the request, and at most of the answer. */
  estimate(
    provider: Provider,
    claudeModel: string,
    usage: { input: number; output: number; searches: number },
  ): Estimate;
  rules: Rules;
  swarm: SwarmGuard;
  /** What the user typed in the turn that a request belongs to. */
  typedTurn(request: ClientRequest): Promise<TypedTurn>;
  /** A provider as a route of the user's wants it, with models of its own; undefined: as it is. @param route its place. */
  routed(route: number, id: string): Provider | undefined;
  /** What a request's traits depend on beside it: the client's permission mode, the folders, and how tokens are counted. */
  session(): Parameters<typeof traitsOf>[1];
  budget: Pick<Budget, 'cap' | 'reserve' | 'spend'>;
  /** Called with a fault of ccmux itself. It must not fail a request. */
  fault(fault: unknown): void;
};

export type Remembering = {
  /** @param allowed who could answer this request of the main thread in Claude's place; what nobody could is not kept. */
  listener(conversation: string, allowed: readonly Provider[]): Listener;
  /**
   * A request of the main thread is over: what was heard is kept, with nobody waiting.
   * @param answer undefined where nobody has answered.
   */
  afterRequest(conversation: string, answer: LastAnswer | undefined): void;
  /** What earlier sessions said, or nothing where that takes too long. */
  recall(provider: Provider, question: Question): Promise<readonly MemoryRecord[]>;
};

/** The answer that no request of the main thread has repeated yet. */
export type LastAnswer = {
  request: MessagesRequest;
  answeredBy: string;
  allowed: readonly Provider[];
  read(): Promise<Message | undefined>;
};

/** What was said in an exchange. */
export type Said = {
  exchange: number;
  /** What the request adds to its conversation: all that is behind the last answer. */
  asked: readonly Message[];
  /** As the client got it; undefined where nobody has answered. */
  answered: Message | undefined;
};

/** US dollars. `assumed`: the price is unknown. */
export type Estimate = { usd: number; assumed?: true };
