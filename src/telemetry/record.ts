import { context, SpanKind, SpanStatusCode, trace, type Meter, type Span, type Tracer } from '@opentelemetry/api';
import type { Event, EventOf, ProviderId, Usage } from '../events.ts';
import type { Said } from '../proxy/context.ts';
import { providerName } from './provider-name.ts';
import { inputMessages, outputMessages } from './texts.ts';

export type Recorder = {
  take(event: Event): void;
  /** Comes after the exchange's end. */
  said(said: Said): void;
  /** The session is over. */
  end(): void;
};

/**
 * What happens in a session as spans and metrics, by OpenTelemetry's conventions for generative AI: a span for each
 * exchange, below it one for each attempt. No prompt, no answer, no tool's input and no key is in any of them, unless the
 * user wants to have what is said.
 *
 * @param withTexts the spans of an exchange wait for what was said in it.
 */
export function createRecorder(tracer: Tracer, meter: Meter, withTexts: boolean): Recorder {
  const instruments = instrumentsOf(meter);
  const exchanges = new Map<number, Open>();
  /** Who has answered with which model, until its price is known. */
  const unpriced = new Map<number, Record<string, string>>();
  /** Exchanges that are over, but for what was said in them. */
  const unsaid = new Map<number, (said?: Said) => void>();
  let session = '';

  function take(event: Event): void {
    switch (event.type) {
      case 'session-start':
        session = event.session;
        return;
      case 'exchange-start':
        if (event.endpoint === 'messages') exchanges.set(event.exchange, startExchange(tracer, event, session));
        return;
      case 'attempt-start':
        startAttempt(tracer, exchanges.get(event.exchange), event);
        return;
      case 'attempt-fail':
        failAttempt(exchanges.get(event.exchange), event, instruments);
        return;
      case 'attempt-commit':
        commitAttempt(exchanges.get(event.exchange), event, instruments);
        return;
      case 'exchange-end': {
        const open = exchanges.get(event.exchange);
        exchanges.delete(event.exchange);
        if (!open) return;
        const answered = endExchange(open, event, instruments);
        const finish = (said?: Said) => finishExchange(open, event, said);
        if (withTexts) unsaid.set(event.exchange, finish);
        else finish();
        if (unsaid.size > MOST_UNSAID) say(unsaid.keys().next().value!);
        if (answered) unpriced.set(event.exchange, answered);
        if (unpriced.size > MOST_UNPRICED) unpriced.delete(unpriced.keys().next().value!);
        return;
      }
      case 'exchange-price':
        if (event.usd !== null) instruments.cost.add(event.usd, unpriced.get(event.exchange) ?? who(event.provider));
        unpriced.delete(event.exchange);
        return;
      case 'provider-switch':
        instruments.switches.add(1, {
          'ccmux.switch.from': event.from,
          'ccmux.switch.to': event.to,
          'ccmux.switch.cause': event.cause,
          ...(event.reason && { 'error.type': event.reason.kind }),
        });
        return;
      case 'quota-read':
        for (const { name, used } of event.windows) {
          if (used !== undefined)
            instruments.limit.record(used, { ...who(event.provider), 'ccmux.limit.window': name });
        }
        return;
      default:
      // Of the others nothing is sent.
    }
  }

  function say(exchange: number, said?: Said): void {
    unsaid.get(exchange)?.(said);
    unsaid.delete(exchange);
  }

  return {
    take,
    said: (said) => say(said.exchange, said),
    end: () => [...unsaid.keys()].forEach((exchange) => say(exchange)),
  };
}

/** Prices that are never told must not pile up. */
const MOST_UNPRICED = 100;
/** Nor must exchanges of which nobody tells what was said. */
const MOST_UNSAID = 100;

type Open = { span: Span; model: string; attempts: Map<number, { span: Span; provider: ProviderId; at: number }> };

type Instruments = ReturnType<typeof instrumentsOf>;

function instrumentsOf(meter: Meter) {
  return {
    // opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics
    duration: meter.createHistogram('gen_ai.client.operation.duration', {
      unit: 's',
      description: 'How long an attempt at a provider took.',
      advice: { explicitBucketBoundaries: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256] },
    }),
    tokens: meter.createHistogram('gen_ai.client.token.usage', {
      unit: '{token}',
      description: 'Tokens of an answer, by type.',
      advice: { explicitBucketBoundaries: [1, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576] },
    }),
    firstByte: meter.createHistogram('ccmux.first_byte', {
      unit: 's',
      description: 'How long a provider took until the first byte of its answer.',
      advice: { explicitBucketBoundaries: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] },
    }),
    switches: meter.createCounter('ccmux.switches', {
      unit: '{switch}',
      description: 'How often somebody else answered than before; failovers have the cause failover.',
    }),
    cost: meter.createCounter('ccmux.cost', { unit: 'USD', description: 'Estimated cost of answers.' }),
    limit: meter.createGauge('ccmux.limit.used', {
      unit: '1',
      description: 'How much of a limit is used, as a fraction.',
    }),
  };
}

function startExchange(tracer: Tracer, event: EventOf<'exchange-start'>, session: string): Open {
  const span = tracer.startSpan('exchange', {
    kind: SpanKind.SERVER,
    startTime: event.at,
    attributes: {
      'ccmux.session': session,
      'ccmux.thread': event.thread,
      'ccmux.turn': event.turn,
      'gen_ai.request.model': event.model,
      ...(event.claudeSession !== undefined && { 'gen_ai.conversation.id': event.claudeSession }),
    },
  });
  return { span, model: event.model, attempts: new Map() };
}

function startAttempt(tracer: Tracer, open: Open | undefined, event: EventOf<'attempt-start'>): void {
  if (!open) return;
  const span = tracer.startSpan(
    `chat ${open.model}`,
    {
      kind: SpanKind.CLIENT,
      startTime: event.at,
      attributes: { ...who(event.provider), 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': open.model },
    },
    trace.setSpan(context.active(), open.span),
  );
  open.attempts.set(event.attempt, { span, provider: event.provider, at: event.at });
}

function failAttempt(open: Open | undefined, event: EventOf<'attempt-fail'>, { duration }: Instruments): void {
  const attempt = open?.attempts.get(event.attempt);
  if (!open || !attempt) return;
  open.attempts.delete(event.attempt);
  const failed = { 'error.type': event.status === undefined ? event.failure : String(event.status) };
  attempt.span.setAttributes({
    ...failed,
    'ccmux.failure': event.failure,
    'ccmux.reason': event.reason.kind,
    'ccmux.action': event.action,
  });
  attempt.span.setStatus({ code: SpanStatusCode.ERROR });
  attempt.span.end(event.at);
  duration.record(seconds(event.at - attempt.at), { ...operation(attempt.provider, open.model), ...failed });
}

function commitAttempt(open: Open | undefined, event: EventOf<'attempt-commit'>, { firstByte }: Instruments): void {
  const attempt = open?.attempts.get(event.attempt);
  attempt?.span.setAttribute('ccmux.first_byte', seconds(event.firstByteMs));
  if (open && attempt) firstByte.record(seconds(event.firstByteMs), operation(attempt.provider, open.model));
}

/** @returns the attributes of a provider that has answered. */
function endExchange(
  open: Open,
  event: EventOf<'exchange-end'>,
  { duration, tokens }: Instruments,
): Record<string, string> | undefined {
  const { provider, model, outcome, usage, stopReason, status } = event;
  const isFailed = outcome === 'failed' || outcome === 'cut';
  const ended = {
    ...(provider !== undefined && who(provider)),
    ...(model !== undefined && { 'gen_ai.response.model': model }),
    ...(stopReason !== undefined && { 'gen_ai.response.finish_reasons': [stopReason] }),
    ...(usage && usageAttributes(usage)),
    ...(isFailed && { 'error.type': status === undefined ? outcome : String(status) }),
  };
  let answered: Record<string, string> | undefined;
  // At most one attempt has not failed: the one that the client got.
  for (const attempt of open.attempts.values()) {
    attempt.span.setAttributes(ended);
    if (isFailed) attempt.span.setStatus({ code: SpanStatusCode.ERROR });
    answered = {
      ...operation(attempt.provider, open.model),
      ...(model !== undefined && { 'gen_ai.response.model': model }),
    };
    const failed = isFailed ? { 'error.type': String(ended['error.type']) } : {};
    duration.record(seconds(event.at - attempt.at), { ...answered, ...failed });
    if (usage) {
      const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
      tokens.record(input, { ...answered, 'gen_ai.token.type': 'input' });
      tokens.record(usage.outputTokens, { ...answered, 'gen_ai.token.type': 'output' });
    }
  }
  open.span.setAttributes({ ...ended, 'ccmux.outcome': outcome });
  if (isFailed) open.span.setStatus({ code: SpanStatusCode.ERROR });
  return answered;
}

/** Ends the spans of an exchange, as of then. What was said stands on the attempt that answered. */
function finishExchange({ span, attempts }: Open, { at, stopReason }: EventOf<'exchange-end'>, said?: Said): void {
  const [answering] = [...attempts.values()];
  if (said) {
    (answering?.span ?? span).setAttributes({
      'gen_ai.input.messages': inputMessages(said.asked),
      ...(said.answered && { 'gen_ai.output.messages': outputMessages(said.answered, stopReason) }),
    });
  }
  for (const attempt of attempts.values()) attempt.span.end(at);
  span.end(at);
}

/** OpenTelemetry's input tokens include what was read from and written to a cache; Anthropic's do not. */
function usageAttributes({
  inputTokens,
  outputTokens,
  cacheReadTokens,
  cacheWriteTokens,
}: Usage): Record<string, number> {
  return {
    'gen_ai.usage.input_tokens': inputTokens + cacheReadTokens + cacheWriteTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.cache_read.input_tokens': cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': cacheWriteTokens,
  };
}

function operation(provider: ProviderId, model: string): Record<string, string> {
  return { ...who(provider), 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model };
}

function who(provider: ProviderId): Record<string, string> {
  return { 'gen_ai.provider.name': providerName(provider), 'ccmux.provider': provider };
}

function seconds(ms: number): number {
  return ms / 1000;
}
