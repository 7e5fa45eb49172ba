import type { TranslationWarning, ProviderId } from '../events.ts';
import type { Failure, Wire } from '../errors.ts';
import type { AnswerFacts } from '../codec/answer-facts.ts';
import type { MessagesRequest } from '../codec/anthropic.ts';
import type { WebAbility } from '../ground/web.ts';
import type { TokenCounter } from '../codec/tokens.ts';
import type { Pieces } from '../ground/pieces.ts';

/**
 * How a provider is reached. On the first wire requests pass unchanged or adapted, on the others they are translated.
 */
export type ProviderKind =
  | 'anthropic'
  | 'gemini'
  | 'openai'
  | 'openai-compatible'
  | 'azure'
  | 'vertex'
  | 'vertex-anthropic'
  | 'bedrock';

export type Capabilities = {
  tools: boolean;
  parallelTools: boolean;
  images: boolean;
  pdfs: boolean;
  /** Images inside a tool result; where false they are hoisted into a user message. */
  toolResultImages: boolean;
};

/** What one model of a provider can hold: in tokens, and in tools. */
export type ModelLimits = {
  contextWindow: number;
  maxOutput: number;
  /** The most tools that a request may declare; absent: as many as it likes. */
  maxTools?: number;
};

/** One request of the client, on its way to one provider. */
export type ProviderRequest = {
  method: string;
  /** Path and query as the client sent them, without ccmux's token: `/v1/messages?beta=true`. */
  path: string;
  /** Names and values alternating, in the client's order and case. */
  rawHeaders: string[];
  body: Pieces;
  /** The parsed body; parsed on first use and then kept. Never call it before the bytes for Claude are on their way. */
  parsed(): MessagesRequest;
  /** Aborted when the client hangs up or a limit of time has passed: the upstream must be closed at once. */
  signal: AbortSignal;
  /** No connection within this time is a `timeout`; absent or 0: no limit. */
  connectTimeoutMs?: number;
  /** The time limit for an error's body, whose status says the most. Default: 5 s. */
  errorBodyMs?: number;
  /** Which of the provider's keys it is asked with; absent: it has one. */
  key?: number | undefined;
  /** Called when the whole request is on its way: from then on there is time to parse. */
  onSent?: () => void;
  /** Called with the client's id of each tool call in the answer, before its bytes leave. */
  onCall?: (id: string) => void;
};

/** A provider's answer, always in Anthropic's wire format. A status of 400 and above is an answer too. */
export type Reply = {
  status: number;
  /** Names and values alternating. A translated reply carries the upstream's limit headers so that quota can be read. */
  rawHeaders: string[];
  /** The bytes for the client. May throw `UpstreamError`, also before its first chunk. */
  body: AsyncIterable<Uint8Array>;
  /** The model that answers, as the provider names it. Absent for Claude: as the client asked. */
  model?: string;
  /** What translation dropped or changed; complete when `body` has ended. */
  warnings: TranslationWarning[];
  /** What the body holds, kept current as it is read. Absent where nobody has read it: the user's own Claude. */
  holds?: AnswerFacts;
  /** Why the body ended with ccmux's own error event, in more detail than the event. */
  broken?: () => Failure | undefined;
};

/** What a host has answered to a question that costs nothing and needs a key. */
export type Checked = {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Whether a 200 proves that the key is accepted: a host may list its models for everybody. */
  proves: boolean;
};

/** A key, by where it comes from; `mark` tells it from others (see `keys.ts`). */
export type KeyName = { source: string; mark: string };

/** One place that can answer. Built from a catalogue row and the user's settings by `providers/build.ts`. */
export type Provider = {
  id: ProviderId;
  label: string;
  kind: ProviderKind;
  wire: Wire;
  translated: boolean;
  /** The user's own Claude: requests pass unchanged, with the client's own credential. */
  own: boolean;
  /** Costs money per token on top of what the user has (Claude itself and local hosts: false). */
  paid: boolean;
  /** It is not in the user's order: only a route that names it asks it. */
  routed?: true;
  /** `host[:port]`, for doctor and errors. */
  host: string;
  /** Where the key comes from (a variable's name, `apiKey`, `apiKeyCommand`, `none needed`), or undefined: no key. */
  keySource: string | undefined;
  /** Its keys, where there are several: the next one is asked while one is at its limit. */
  keys?: readonly KeyName[];
  /** Its keys as far as they are known by now: limits belong to them. In memory only. Absent for the user's own Claude. */
  knownKeys?: () => readonly { mark: string; key: string | undefined }[];
  /** Variables that would hold the key, for the message that says what is missing. */
  keyVariables: string[];
  capabilities: Capabilities;
  /** What it can do with the web by itself; absent: nothing. `off`: the user does not want it to. */
  web?(): WebAbility | 'off' | undefined;
  /** What so many web searches of its own cost for an answer of this model, US dollars; undefined: unknown. */
  searchesUsd?(model: string, searches: number): number | undefined;
  tokens: TokenCounter;
  /** The provider's name for a Claude model: by family, else its default. */
  modelFor(claudeModel: string): string;
  limitsOf(model: string): ModelLimits;
  send(request: ProviderRequest): Promise<Reply>;
  /** Asks for something that needs a key and costs nothing (see `key-check.ts`). @param at which of its keys. */
  checkKey?(at: number): Promise<Checked | undefined>;
  /** Loads what the first request needs, and contacts nobody. Absent: nothing is loaded late. */
  prepare?(): Promise<void>;
};
