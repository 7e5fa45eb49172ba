import type { Failure } from '../errors.ts';
import { readErrorBody, statusOf } from './error-body.ts';
import { NOT_TOO_LONG, TOO_LONG } from './too-long-words.ts';

/** A conversation that is too long for a provider. */
export type TooLong = {
  /** What was sent, in tokens with the output that was asked for, as far as the provider said. */
  tokens?: number;
  /** What fits. */
  limit?: number;
  /** The host's words name the length, beyond a status that implies it. */
  named: boolean;
};

/**
 * The statuses that hosts use for it. Google also answers a too long input with a 500; LiteLLM passes it on as a 503.
 */
const STATUSES: ReadonlySet<number> = new Set([400, 413, 422, 500, 503]);

/** A longer message quotes the request, whose text may match by chance. */
const LONGEST_MESSAGE = 4_000;

/** @returns undefined where the provider refused the request for another reason. */
export function readTooLong(failure: Failure): TooLong | undefined {
  const body = readErrorBody(failure.body);
  const status = statusOf(failure, body);
  // An error inside a 200 often has no status of its own, only words.
  if (status === undefined ? failure.cause !== 'stream' : !STATUSES.has(status)) return undefined;
  const said = `${body.code} ${body.type} ${body.message.slice(0, LONGEST_MESSAGE)}`;
  if (NOT_TOO_LONG.test(said)) return undefined;
  const readings = TOO_LONG.flatMap(({ pattern }) => {
    const match = pattern.exec(said);
    return match ? [numbersIn(match.groups)] : [];
  });
  // Only a shorter request helps against a 413, whatever it counts.
  if (readings.length === 0) return status === 413 ? { named: false } : undefined;
  // A pattern with numbers wins over one without.
  const { sent, limit, cap } = readings.reduce((best, one) => (count(one) > count(best) ? one : best));
  // An output cap above the whole window is a wrong setting, which a shorter conversation does not mend.
  if (cap !== undefined && limit !== undefined && cap >= limit) return undefined;
  const tokens = sent === undefined ? undefined : sent + (cap ?? 0);
  return {
    named: true,
    ...(limit !== undefined && { limit }),
    // Input alone may be below a limit that it breaks together with the output.
    ...(tokens !== undefined && (limit === undefined || tokens > limit) && { tokens }),
  };
}

type Numbers = { sent?: number; limit?: number; cap?: number };

function numbersIn(groups: Record<string, string | undefined> | undefined): Numbers {
  const numbers = Object.entries(groups ?? {}).flatMap(([name, text]) => {
    const number = Number(text?.replaceAll(',', ''));
    return text !== undefined && Number.isSafeInteger(number) && number > 0 ? [[name, number] as const] : [];
  });
  return Object.fromEntries(numbers);
}

function count(numbers: Numbers): number {
  return Object.keys(numbers).length;
}
